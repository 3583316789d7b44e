package scenarios

// Quota is who may send what. Keys are added in the primary region and replicated
// with the data; the load sends the key of its tenant in the header X-API-Key.
type Quota struct {
	Tenants Tenants     `yaml:"tenants" doc:"who has a key, by name" required:"true"`
	LoadAs  string      `yaml:"load-as" doc:"the tenant that the load is" required:"true"`
	Cache   Duration    `yaml:"cache" doc:"how long a gateway believes a key before it asks its region's store again; one that it knows stays good while the store does not answer" default:"10s" min:"10ms" max:"1h"`
	Store   *QuotaStore `yaml:"store" doc:"a node in the primary region that counts for all regions; without the key, and while it does not answer, each gateway of a region counts for itself, with its part of every tenant's limit"`
}

// QuotaStore is the node that counts.
type QuotaStore struct {
	Wait Duration `yaml:"wait" doc:"how long a gateway waits for its answer; after that it counts for itself, and asks again with one request every 500ms" default:"25ms" min:"1ms" max:"1m"`
}

// Tenants keep the order in which they are written.
type Tenants []Tenant

// Tenant is one customer of the bundled system.
type Tenant struct {
	Name  string `yaml:"-"`
	Key   string `yaml:"key" doc:"its API key" required:"true"`
	Rate  Rate   `yaml:"rate" doc:"requests that it may send, in the long run" required:"true"`
	Burst int    `yaml:"burst" doc:"requests that it may send at once" default:"20" min:"1" max:"1000000"`
}

// Tokens are the bearer tokens of clients. Those of the load get them ahead of time,
// half of their life before they run out.
type Tokens struct {
	Lifetime Duration `yaml:"lifetime" doc:"of a token, whole seconds; clients outlive the loss of the issuer by half of it at least" default:"60s" min:"2s" max:"1d"`
	Refresh  Duration `yaml:"refresh" doc:"how often a gateway asks the issuer for its keys; a new key is published for twice as long before it signs" default:"1s" min:"50ms" max:"1h"`
	Keep     Duration `yaml:"keep-keys" doc:"how long gateways believe the keys that they have while the issuer is away; afterwards they let nobody in" default:"1h" min:"1s" max:"30d"`
	Leeway   Duration `yaml:"leeway" doc:"by how much clocks may differ when times of tokens are looked at" default:"1s" min:"0s" max:"5m"`
}
