package scenarios

// Serverless is the platform behind each API: its instances, and who waits for them.
type Serverless struct {
	ColdStart   Duration `yaml:"cold-start" doc:"how long an instance takes to start" default:"500ms" min:"0s" max:"1m"`
	Work        Duration `yaml:"work" doc:"how long a request takes an instance, beside what its store needs" default:"20ms" min:"0s" max:"1m"`
	Concurrency int      `yaml:"concurrency" doc:"requests that one instance serves at a time" default:"4" min:"1" max:"1000"`
	Min         int      `yaml:"min-instances" doc:"instances of each API that are always up" default:"0" min:"0" max:"1000"`
	Max         int      `yaml:"max-instances" doc:"instances of each API, at most" default:"10" min:"1" max:"1000"`
	Idle        Duration `yaml:"idle" doc:"without a request for so long an instance ends" default:"10s" min:"100ms" max:"1h"`
	Queue       int      `yaml:"queue" doc:"requests that may wait for an instance of one API; more are answered 429 at once" default:"100" min:"0" max:"100000"`
}

// Limits bound the requests in flight in one gateway of a region; an edge, which
// carries everything, has none.
type Limits struct {
	Upstream int `yaml:"upstream" doc:"requests of one gateway to one API; more go to other APIs, or get 503 at once; 0 is no limit" default:"0" min:"0" max:"100000"`
	Gateway  int `yaml:"gateway" doc:"requests of all clients to one gateway; more get 503 and Retry-After at once; 0 is no limit" default:"0" min:"0" max:"100000"`
}

// Clients bound the connections of clients.
type Clients struct {
	Header    Duration `yaml:"header-timeout" doc:"how long the header of a request may take" default:"5s" min:"10ms" max:"1h"`
	All       int      `yaml:"all" doc:"connections of all clients to one gateway, which is what such a machine can hold; more wait until one has ended; 0 is no limit" default:"0" min:"0" max:"1000000"`
	PerClient int      `yaml:"per-client" doc:"connections from one address to one gateway; more are refused at once; 0 is no limit" default:"0" min:"0" max:"1000000"`
}

// Capacity is what one API can do.
type Capacity struct {
	Workers     int      `yaml:"workers" doc:"requests that it works on at a time; others wait in line, also when their client has gone; 0 is as many as come" default:"0" min:"0" max:"1000"`
	ServiceTime Duration `yaml:"service-time" doc:"with workers: how long one is busy with a request, beside the store's part" default:"20ms" min:"1ms" max:"1m"`
	WarmUp      Duration `yaml:"warm-up" doc:"with workers: how long its caches take to fill when it starts over orders that are there; its capacity grows from a twentieth to all of it (default: not at all)" min:"100ms" max:"1h"`
}
