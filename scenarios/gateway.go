package scenarios

import (
	"github.com/drillctl/drillctl/faults"
)

// Gateway is the bundled system.
type Gateway struct {
	Regions     Regions     `yaml:"regions" doc:"regions in order of preference; the primary serves first"`
	Family      string      `yaml:"ip-family" doc:"the addresses by which the nodes and the clients reach each other; network faults cut both, whichever it is (default: ipv4)" enum:"ipv4,ipv6"`
	Routing     string      `yaml:"routing" doc:"how traffic finds a region" enum:"failover,latency,geo,weighted,edge" default:"failover"`
	Replication string      `yaml:"replication" doc:"how data gets to other regions" enum:"async,sync,backup,events" default:"async"`
	MaxLag      Duration    `yaml:"max-lag" doc:"how long a write may be in the writer's region only, with replication async: then writes are refused until another region has copied what came before (default: any time)" min:"200ms" max:"1h"`
	CopyEvery   Duration    `yaml:"copy-every" doc:"for how long writes gather until they are sent to other regions as events, with replication events, which delivers each at least once" default:"500ms" min:"50ms" max:"1h"`
	BackupEvery Duration    `yaml:"backup-every" doc:"time between backups, with replication backup" default:"5s" min:"100ms" max:"1h"`
	BackupCheck Duration    `yaml:"backup-check" doc:"time between two looks whether all backups are there and whole, with replication backup" default:"2s" min:"100ms" max:"1h"`
	StoreDisk   faults.Size `yaml:"store-disk" doc:"size of a disk of its own, in memory, for each store, 16MiB to 1GiB; disk-full can fill it (default: stores keep their data on the machine's disk)"`
	Vaults      []string    `yaml:"backup-vaults" doc:"regions with an object store that keeps every backup, beside the files of the other regions' stores"`
	Balance     string      `yaml:"balance" doc:"how a gateway chooses among its APIs" enum:"round-robin,least-connections,ip-hash,weighted" default:"round-robin"`
	Health      Health      `yaml:"health" doc:"health checks of gateways and traffic managers"`
	TTL         Duration    `yaml:"ttl" doc:"time to live of the entry's DNS answers, whole seconds" default:"1s" min:"1s" max:"1h"`
	Drain       Duration    `yaml:"drain" doc:"how long a stopping gateway goes on serving (default: until checks and TTL have moved its clients)" min:"1ms" max:"1h"`
	KeepAlive   Duration    `yaml:"keep-alive" doc:"how long a gateway keeps a client's connection before it asks for a new one" default:"5s" min:"100ms" max:"1h"`
	Retries     Retries     `yaml:"retries" doc:"retries of the gateways"`
	Panic       Percent     `yaml:"panic-threshold" doc:"below this share of APIs that are healthy by active checks a gateway balances over all of them, but for those that failed requests have put out; 0% always believes the checks" default:"0%"`
	Limits      Limits      `yaml:"limits" doc:"how many requests may be in flight in a gateway of a region"`
	Clients     Clients     `yaml:"connections" doc:"what clients may take of the gateways, or of the edge, before they have asked anything"`
	SlowStart   Duration    `yaml:"slow-start" doc:"how long a gateway gives an API that has come back less than its share, from a tenth to all of it (default: not at all)" min:"100ms" max:"1h"`
	API         Capacity    `yaml:"api" doc:"what one API can do (default: as much as the machine can)"`
	Serverless  *Serverless `yaml:"serverless" doc:"APIs whose instances start by need and end when idle; without the key they are always up"`
	Monitor     *Monitor    `yaml:"monitor" doc:"a node that watches the gateways' metrics and raises alerts, as a Prometheus would; without the key there is none"`
	Quota       *Quota      `yaml:"quota" doc:"API keys, and how much each tenant may send (default: nobody needs a key)"`
	Control     *Control    `yaml:"control-plane" doc:"where gateways have their routes from, in versions (default: they pass everything on)"`
	TLS         *TLS        `yaml:"tls" doc:"the gateways of the regions serve HTTPS, with certificates of an authority of the drill's own (default: plain HTTP)"`
	Tokens      *Tokens     `yaml:"tokens" doc:"what clients must show to the gateways of regions, signed by an issuer in the primary region (default: everybody is let in)"`
	Bugs        []string    `yaml:"bugs" doc:"mistakes that the system is told to make; 'drillctl gateway bugs' lists them" enum:"@bugs"`
}

// Regions keep the order in which they are written.
type Regions []Region

// Region is one region of the bundled system.
type Region struct {
	Name     string `yaml:"-"`
	Role     string `yaml:"role" doc:"primary has the data's writer and serves while it is healthy; standby when those before it do not, or in its part with routing latency, geo or weighted" enum:"primary,standby" default:"standby"`
	Gateways int    `yaml:"gateways" doc:"gateway instances" default:"2" min:"1" max:"9"`
	APIs     int    `yaml:"apis" doc:"API instances" default:"2" min:"1" max:"9"`
	Weight   int    `yaml:"weight" doc:"its share of the answers with routing weighted; 0 is the last resort" default:"1" min:"0" max:"1000"`
}

// Health is how health is checked.
type Health struct {
	Interval  Duration `yaml:"interval" doc:"time between checks" default:"1s" min:"10ms" max:"1h"`
	Timeout   Duration `yaml:"timeout" doc:"of one check" default:"500ms" min:"1ms" max:"1h"`
	Threshold int      `yaml:"threshold" doc:"failures in a row that make unhealthy" default:"3" min:"1" max:"100"`
	Success   int      `yaml:"success" doc:"successes in a row that make healthy again" default:"2" min:"1" max:"100"`
}

// Retries is how gateways try again.
type Retries struct {
	Budget Percent `yaml:"budget" doc:"retries as a share of requests" default:"20%"`
	Max    int     `yaml:"max" doc:"retries of one request" default:"1" min:"0" max:"10"`
}

// Control is the control plane of the gateways, in the primary region.
type Control struct {
	Every  Duration `yaml:"every" doc:"how often a gateway asks for its routes" default:"500ms" min:"50ms" max:"1h"`
	Canary Duration `yaml:"canary" doc:"how long the last region tries new routes before the others get them" default:"5s" min:"100ms" max:"1h"`
}

// TLS is how the gateways serve HTTPS.
type TLS struct {
	Lifetime Duration `yaml:"lifetime" doc:"how long their certificates are valid" default:"90d" min:"1m" max:"365d"`
}
