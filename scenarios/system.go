package scenarios

// System says what is drilled. Exactly one of its keys is given.
type System struct {
	Gateway    *Gateway     `yaml:"gateway" doc:"the bundled multi-region gateway"`
	Compose    *Compose     `yaml:"compose" doc:"a Compose application: started for the drill and taken down again, or left as it is where it is up already"`
	Containers *Containers  `yaml:"containers" doc:"containers that run already: found by label or Compose project, never made nor removed"`
	Kubernetes *Unsupported `yaml:"kubernetes" doc:"a Kubernetes application (not in this version)"`
	URL        *URL         `yaml:"url" doc:"anything reachable: drillctl only loads and measures it"`
}

// Unsupported is a key of the format that this version cannot carry out.
type Unsupported struct{}
