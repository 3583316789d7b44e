package scenarios

import (
	"github.com/drillctl/drillctl/runner/load/ask"
)

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
