package scenarios

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
	Limited     *Percent     `yaml:"rate-limited" metric:"rate-limited" doc:"share of answers that are 429, at most"`
	Abort       *Duration    `yaml:"abort-within" metric:"abort" doc:"start of the outage to all damage taken back by abort-if, at most; makes the drill one of aborting, which goes on afterwards until it has settled"`
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
