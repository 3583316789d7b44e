// Package scenarios is a drill as written down: YAML as Go types with positions.
// Parse reports every mistake of a file at once, with its place and what to do.
package scenarios

import (
	"time"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runner/load/ask"
)

// APIVersion is the version of the format.
const APIVersion = "drillctl/v1"

// The defaults of the ends of a drill. Hold is the larger of its default and 3
// health intervals; settle the larger of its default and hold with a timeout.
const (
	defaultHold   = Duration(30 * time.Second)
	defaultSettle = Duration(15 * time.Second)
)

// A Scenario is one drill as written, with defaults filled in.
type Scenario struct {
	APIVersion  string     `yaml:"apiVersion" doc:"version of the format" enum:"drillctl/v1" required:"true"`
	Name        string     `yaml:"name" doc:"short name: lower case, digits, hyphens" required:"true"`
	Title       string     `yaml:"title" doc:"one line for lists and reports"`
	Strategy    string     `yaml:"strategy" doc:"the resilience strategy that it drills" enum:"multiple-regions,traffic,failover,data,containers,serverless,monitoring,testing"`
	Description string     `yaml:"description" doc:"what is drilled and why"`
	Expect      string     `yaml:"expect" doc:"what should happen"`
	Labels      []string   `yaml:"labels" doc:"words to choose drills by"`
	Proves      *Proves    `yaml:"proves" doc:"what shows that this drill can fail; a run does not read it"`
	Seed        *uint64    `yaml:"seed" doc:"fixes every random choice; without it each run draws and records one" min:"0"`
	System      System     `yaml:"system" doc:"what is drilled" required:"true"`
	Load        Load       `yaml:"load" doc:"the traffic that measures" required:"true"`
	Steady      Steady     `yaml:"steady" doc:"the condition to be met before any damage"`
	Hold        Duration   `yaml:"hold" doc:"recovered means good for this long (default: the larger of 30s and 3 health intervals)" min:"1s" max:"1h"`
	Detect      Detect     `yaml:"detect" doc:"what counts as an outage"`
	Steps       []Step     `yaml:"steps" doc:"the damage, by time" required:"true"`
	Settle      Duration   `yaml:"settle" doc:"how long to watch after the last damage is gone (default: 15s, or hold and one timeout if that is longer)" min:"1s" max:"1h"`
	Objectives  Objectives `yaml:"objectives" doc:"the targets" required:"true"`
	Regression  Regression `yaml:"regression" doc:"how much worse than a baseline a reading may be, with 'drillctl run --baseline'; default: failover and rto, if asked, +10%"`
	AbortIf     *AbortIf   `yaml:"abort-if" doc:"end the drill when it goes too far"`
	Drift       Drift      `yaml:"drift" doc:"what is made of differences in the configuration, between regions and from the last drill: report (the default), fail or fail-regions, or a mapping with more"`
	Schedule    Schedule   `yaml:"schedule" doc:"how often it is to be drilled: daily, weekly, monthly, quarterly, half-yearly, yearly or a duration; 'drillctl due' reminds"`

	Monitoring *Monitoring `yaml:"monitoring" doc:"where the alerts are looked up that objectives ask for; not needed with system.gateway.monitor"`

	Participants []Participant `yaml:"participants" doc:"who takes part, for the reports"`
	Exercise     *Exercise     `yaml:"exercise" doc:"what the quarterly report says of the drill beside its numbers"`

	file  string
	marks map[string]mark // places by path
}

// Proves says what the drill must be able to see: a drill that cannot fail shows
// nothing.
type Proves struct {
	Shows     string   `yaml:"shows" json:"shows" doc:"what a pass shows"`
	Source    string   `yaml:"source" json:"source" doc:"where the drill comes from"`
	FailsWith []string `yaml:"fails-with" json:"fails_with" doc:"bugs of the bundled system: with any one of them switched on this drill must miss an objective, as 'make matrix' tries" enum:"ack-before-replicate,ack-without-disk,blind-balancer,blind-monitor,blind-restore,blind-to-expiry,config-drift,equal-weights,fail-open,health-check-lies,health-check-skips-tls,keys-not-replicated,long-ttl,needs-control-plane,no-breaker,no-config-cache,no-connection-limit,no-drain,no-failback,no-failover,no-header-timeout,no-health-checks,no-key-cache,no-key-overlap,no-lag-limit,no-offsite,no-panic-threshold,no-queue-limit,no-rate-limit,no-restart,no-shedding,no-slow-start,one-balance,push-everywhere,quota-fails-closed,quota-waits,retry-storm,routes-by-resolver,scale-stuck,slow-ejection,split-brain,stale-latency,unchecked-backups" required:"true" min:"1"`
}

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

// Gateway is the bundled system.
type Gateway struct {
	Regions     Regions     `yaml:"regions" doc:"regions in order of preference; the primary serves first"`
	Family      string      `yaml:"ip-family" doc:"the addresses by which the nodes and the clients reach each other; network faults cut both, whichever it is (default: ipv4)" enum:"ipv4,ipv6"`
	Routing     string      `yaml:"routing" doc:"how traffic finds a region" enum:"failover,latency,geo,weighted,edge" default:"failover"`
	Replication string      `yaml:"replication" doc:"how data gets to other regions" enum:"async,sync,backup" default:"async"`
	MaxLag      Duration    `yaml:"max-lag" doc:"how long a write may be in the writer's region only, with replication async: then writes are refused until another region has copied what came before (default: any time)" min:"200ms" max:"1h"`
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
	Bugs        []string    `yaml:"bugs" doc:"mistakes that the system is told to make; 'drillctl gateway bugs' lists them" enum:"ack-before-replicate,ack-without-disk,blind-balancer,blind-monitor,blind-restore,blind-to-expiry,config-drift,equal-weights,fail-open,health-check-lies,health-check-skips-tls,keys-not-replicated,long-ttl,needs-control-plane,no-breaker,no-config-cache,no-connection-limit,no-drain,no-failback,no-failover,no-header-timeout,no-health-checks,no-key-cache,no-key-overlap,no-lag-limit,no-offsite,no-panic-threshold,no-queue-limit,no-rate-limit,no-restart,no-shedding,no-slow-start,one-balance,push-everywhere,quota-fails-closed,quota-waits,retry-storm,routes-by-resolver,scale-stuck,slow-ejection,split-brain,stale-latency,unchecked-backups"`
}

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

// Control is the control plane of the gateways, in the primary region.
type Control struct {
	Every  Duration `yaml:"every" doc:"how often a gateway asks for its routes" default:"500ms" min:"50ms" max:"1h"`
	Canary Duration `yaml:"canary" doc:"how long the last region tries new routes before the others get them" default:"5s" min:"100ms" max:"1h"`
}

// TLS is how the gateways serve HTTPS.
type TLS struct {
	Lifetime Duration `yaml:"lifetime" doc:"how long their certificates are valid" default:"90d" min:"1m" max:"365d"`
}

// Tokens are the bearer tokens of clients. Those of the load get them ahead of time,
// half of their life before they run out.
type Tokens struct {
	Lifetime Duration `yaml:"lifetime" doc:"of a token, whole seconds; clients outlive the loss of the issuer by half of it at least" default:"60s" min:"2s" max:"1d"`
	Refresh  Duration `yaml:"refresh" doc:"how often a gateway asks the issuer for its keys; a new key is published for twice as long before it signs" default:"1s" min:"50ms" max:"1h"`
	Keep     Duration `yaml:"keep-keys" doc:"how long gateways believe the keys that they have while the issuer is away; afterwards they let nobody in" default:"1h" min:"1s" max:"30d"`
	Leeway   Duration `yaml:"leeway" doc:"by how much clocks may differ when times of tokens are looked at" default:"1s" min:"0s" max:"5m"`
}

// Capacity is what one API can do.
type Capacity struct {
	Workers     int      `yaml:"workers" doc:"requests that it works on at a time; others wait in line, also when their client has gone; 0 is as many as come" default:"0" min:"0" max:"1000"`
	ServiceTime Duration `yaml:"service-time" doc:"with workers: how long one is busy with a request, beside the store's part" default:"20ms" min:"1ms" max:"1m"`
	WarmUp      Duration `yaml:"warm-up" doc:"with workers: how long its caches take to fill when it starts over orders that are there; its capacity grows from a twentieth to all of it (default: not at all)" min:"100ms" max:"1h"`
}

// Load is the traffic that measures: constant pacing; missed slots are skipped
// and counted, never caught up.
type Load struct {
	Rate      Rate     `yaml:"rate" doc:"reads per second; the resolution of every time is at least one slot" required:"true"`
	Writes    Rate     `yaml:"writes" doc:"numbered writes per second beside the reads, reconciled at the end: what RPO is measured from"`
	Intruders Rate     `yaml:"intruders" doc:"requests per second with a forged token, an expired one, one for somebody else or none, which are to be refused; with system.gateway.tokens"`
	Timeout   Duration `yaml:"timeout" doc:"of one request" default:"1s" min:"10ms" max:"1m"`
	Deadline  Duration `yaml:"deadline" doc:"slower than this is not good (default: the timeout)" min:"1us" max:"1m"`
	From      Origins  `yaml:"from" doc:"the region that the clients are near to, for routing latency and geo (default: the primary); or several regions and their shares of the requests, each with DNS answers and connections of its own: {us-east: 60%, eu: 40%}"`
	Profile   string   `yaml:"profile" doc:"pooled keeps connections as users do; fresh makes one per request" enum:"pooled,fresh" default:"pooled"`

	Resolver *Resolver `yaml:"resolver" doc:"what the clients make of the TTL of DNS answers (default: they honour it)"`

	Read     *ask.Request  `yaml:"read" doc:"of a system of your own: how it is read (default: GET of the entry)"`
	Write    *ask.Request  `yaml:"write" doc:"of a system of your own: how one numbered record is written"`
	ReadBack *ask.ReadBack `yaml:"read-back" doc:"of a system of your own: how the records are found again at the end"`
	Postgres *ask.Postgres `yaml:"postgres" doc:"of a system of your own: the PostgreSQL in which the numbered records are rows, in the place of write and read-back"`
}

// Steady is the condition to be met before any damage.
type Steady struct {
	For     Duration `yaml:"for" doc:"how long the system must be good" default:"5s" min:"1s" max:"1h"`
	Success Percent  `yaml:"success" doc:"share of good requests" default:"99.9%"`
}

// Detect sets what counts as an outage.
type Detect struct {
	Window        Duration `yaml:"window" doc:"sliding window" default:"1s" min:"100ms" max:"1m"`
	MinRequests   int      `yaml:"min-requests" doc:"the window is never shorter than this many requests" default:"10" min:"1" max:"10000"`
	MinBad        int      `yaml:"min-bad" doc:"bad requests in the window that an outage needs at least" default:"3" min:"1" max:"10000"`
	Down          Percent  `yaml:"down" doc:"share of bad requests at which clients are down" default:"10%"`
	Up            Percent  `yaml:"up" doc:"share of bad requests that recovered may still have" default:"1%"`
	CapacityFloor Percent  `yaml:"capacity-floor" doc:"good requests that recovered needs, as a share of the offered rate" default:"90%"`
	Share         Percent  `yaml:"share-tolerance" doc:"how far from its baseline share a returned region may be" default:"10%"`
}

// Step is one thing at one time: a fault, an action or a question.
type Step struct {
	At    Duration  `yaml:"at" doc:"when, from the start of the fault phase" required:"true" max:"1h"`
	Fault string    `yaml:"fault" doc:"kind of damage; see 'drillctl faults'"`
	On    Selector  `yaml:"on" doc:"whom it hits; optional where the damage is done outside, and then a region"`
	From  *Selector `yaml:"from" doc:"the other side, for faults of links; who sends it, for flood"`
	For   Duration  `yaml:"for" doc:"how long it lasts" min:"100ms" max:"1h"`
	Name  string    `yaml:"name" doc:"a name for reports"`
	// A step does one of three things: damage, an action or a question.
	Action  *Action  `yaml:"action" doc:"something to run that is no damage"`
	Confirm string   `yaml:"confirm" doc:"what the operator has to do or decide; the step is over when they say so on the terminal"`
	Timeout Duration `yaml:"timeout" doc:"how long the operator has" default:"10m" min:"1s" max:"1h"`

	Kind   faults.Kind  `yaml:"-"`
	Damage faults.Fault `yaml:"-"` // with its parameters
}

// Action is a program to run. Either run or shell is given.
type Action struct {
	Run      []string  `yaml:"run" doc:"the program and its arguments; no shell reads them"`
	Shell    string    `yaml:"shell" doc:"a script for sh -c"`
	In       *Selector `yaml:"in" doc:"the instances to run it in; without, it runs where drillctl does"`
	Timeout  Duration  `yaml:"timeout" doc:"how long it may take; then it is ended" default:"30s" min:"1s" max:"1h"`
	Declares bool      `yaml:"declares" doc:"running it declares the disaster: RTA from declaration counts from here"`
}

// Selector chooses instances: all conditions given must hold.
type Selector struct {
	Region  []string `yaml:"region" doc:"regions" min:"1"`
	Role    []string `yaml:"role" doc:"roles: gateway, api, store, vault, dns, edge, monitor, control, quota, issuer" min:"1"`
	Service []string `yaml:"service" doc:"services; of the bundled system the same as roles" min:"1"`
	Name    []string `yaml:"name" doc:"instances by name" min:"1"`
	Label   []string `yaml:"label" doc:"labels as key=value" min:"1"`
	Pick    string   `yaml:"pick" doc:"how many of those: one, minority, majority, all, a number or a percentage" default:"all" or:"number"`
}

// Objectives are the targets, by what they are about.
type Objectives struct {
	Failover    *Duration    `yaml:"failover" metric:"failover" doc:"fault in force to recovery, at most"`
	RTO         *Duration    `yaml:"rto" metric:"rta" doc:"start of the outage to recovery, at most"`
	Declared    *Duration    `yaml:"rto-from-declaration" metric:"rta-from-declaration" doc:"declaration of the disaster (a confirm step, or declares: true) to recovery, at most"`
	RPO         *Duration    `yaml:"rpo" metric:"rpa" doc:"age of the oldest acknowledged write that is lost, at most"`
	LostWrites  *int         `yaml:"lost-writes" metric:"lost-writes" doc:"acknowledged writes that are lost, at most" min:"0"`
	Avail       *Percent     `yaml:"availability" metric:"availability" doc:"share of good requests from the fault to the end, at least"`
	TimeAvail   *Percent     `yaml:"time-availability" metric:"time-availability" doc:"share of time without outage from the fault to the end, at least"`
	Downtime    *Duration    `yaml:"downtime" metric:"downtime" doc:"sum of outages, at most"`
	EED         *Duration    `yaml:"eed" metric:"error-equivalent-downtime" doc:"bad requests over the offered rate, at most"`
	Detect      *Duration    `yaml:"detect" metric:"detect" doc:"fault in force to the first report by the system itself, at most"`
	Failback    *Duration    `yaml:"failback" metric:"failback" doc:"fault gone to the region's baseline share, at most"`
	Disturbance *Duration    `yaml:"failback-disturbance" metric:"failback-disturbance" doc:"error-equivalent downtime of the return, at most"`
	Flaps       *int         `yaml:"flaps" metric:"flaps" doc:"outages after the first in one incident, at most" min:"0"`
	P99         *Duration    `yaml:"p99" metric:"p99" doc:"99th percentile of good requests while the fault lasts, at most"`
	Staleness   *Duration    `yaml:"staleness" metric:"staleness" doc:"age of an acknowledged write that a read misses, at most"`
	Shift       *Duration    `yaml:"shift" metric:"shift" doc:"fault in force to the first good request served by a survivor, at most; seen even where retries mask the failover"`
	Added       *Duration    `yaml:"added-latency" metric:"added-latency" doc:"rise of the 99th percentile of latency from the steady to the fault phase, at most"`
	SplitBrain  *Duration    `yaml:"split-brain" metric:"split-brain" doc:"overlap of acknowledgements by two leaders, at most"`
	Overshoot   *Multiple    `yaml:"overshoot" metric:"overshoot" doc:"busiest second of a survivor over its baseline, at most, e.g. 250%"`
	LetIn       *int         `yaml:"intruders-let-in" metric:"intruders-let-in" doc:"requests with a forged token that were served, at most" min:"0"`
	Refused     *int         `yaml:"valid-refused" metric:"valid-refused" doc:"requests with a good token that were answered 401 or 403, at most" min:"0"`
	Budget      *ErrorBudget `yaml:"error-budget" metric:"error-budget" doc:"share of an SLO's error budget that the drill may spend"`

	Alerts []AlertTarget `yaml:"alerts" metric:"alert-fires" doc:"alerts of the monitoring that must fire, and resolve"`

	Origins []OriginTarget `yaml:"origins" metric:"rta" doc:"targets for the clients near one region, where load.from names several"`
}

// ErrorBudget is an SLO and how much of its budget the drill may spend.
type ErrorBudget struct {
	SLO    Percent  `yaml:"slo" doc:"service level objective" required:"true"`
	Window Duration `yaml:"window" doc:"its period" default:"30d" min:"1h"`
	Spend  Percent  `yaml:"spend" doc:"share of the budget that may be spent" required:"true"`
}

// AbortIf ends the drill when it goes too far.
type AbortIf struct {
	Success Below    `yaml:"success" doc:"share of good requests below which it counts, e.g. \"< 5%\"" required:"true"`
	For     Duration `yaml:"for" doc:"for how long" required:"true" min:"1s" max:"1h"`
}
