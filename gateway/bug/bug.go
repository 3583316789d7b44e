// Package bug names the mistakes that the bundled system can be told to make.
// Every shipped drill must fail on its bug and pass without it: that is how we
// know that the drills can see.
package bug

import "slices"

// The switchable bugs.
const (
	AckBeforeReplicate = "ack-before-replicate"
	NoFailover         = "no-failover"
	HealthCheckLies    = "health-check-lies"
	RetryStorm         = "retry-storm"
	NoFailback         = "no-failback"
	SplitBrain         = "split-brain"
	NoDrain            = "no-drain"
	SlowEjection       = "slow-ejection"
	EqualWeights       = "equal-weights"
	StaleLatency       = "stale-latency"
	LongTTL            = "long-ttl"
	BlindBalancer      = "blind-balancer"
	OneBalance         = "one-balance"
	ConfigDrift        = "config-drift"
	NoPanicThreshold   = "no-panic-threshold"
	BlindRestore       = "blind-restore"
	NoOffsite          = "no-offsite"
	UncheckedBackups   = "unchecked-backups"
	ScaleStuck         = "scale-stuck"
	NoQueueLimit       = "no-queue-limit"
	NoBreaker          = "no-breaker"
	NoLagLimit         = "no-lag-limit"
	NoShedding         = "no-shedding"
	NoSlowStart        = "no-slow-start"
	BlindMonitor       = "blind-monitor"
	NeedsControlPlane  = "needs-control-plane"
	NoConfigCache      = "no-config-cache"
	PushEverywhere     = "push-everywhere"
	AckWithoutDisk     = "ack-without-disk"
	NoHealthChecks     = "no-health-checks"
	NoRestart          = "no-restart"
	RoutesByResolver   = "routes-by-resolver"
	NoConnectionLimit  = "no-connection-limit"
	NoHeaderTimeout    = "no-header-timeout"
	NoRateLimit        = "no-rate-limit"
	KeysNotReplicated  = "keys-not-replicated"
	QuotaWaits         = "quota-waits"
	QuotaFailsClosed   = "quota-fails-closed"

	HealthCheckSkipsTLS = "health-check-skips-tls"
	BlindToExpiry       = "blind-to-expiry"
	NoKeyCache          = "no-key-cache"
	FailOpen            = "fail-open"
	DeafGuard           = "deaf-guard"
	NoEventCopy         = "no-event-copy"
	NoRedelivery        = "no-redelivery"
	NoKeyOverlap        = "no-key-overlap"
)

// A Bug is one switchable mistake.
type Bug struct {
	Name    string `json:"name"`
	Summary string `json:"summary"` // one line: what goes wrong
}

// All lists the bugs by name.
func All() []Bug {
	return []Bug{
		{AckWithoutDisk, "the store acknowledges writes also when its disk is full and nothing was written"},
		{AckBeforeReplicate, "the store acknowledges writes long before they are safe in another region"},
		{BlindBalancer, "gateways send requests to APIs whatever their health, and never to another region's"},
		{BlindRestore, "a restore takes the newest backup and asks no checksum whether it is whole"},
		{BlindMonitor, "the monitor looks at the gateways' health pages only, never at what clients get"},
		{BlindToExpiry, "the monitor never looks until when certificates are valid"},
		{ConfigDrift, "the last region runs with an older configuration: its health checks are three times as slow"},
		{DeafGuard, "drillctl's own abort guard stays silent, whatever clients get"},
		{EqualWeights, "the traffic manager answers all regions alike, whatever their weights"},
		{FailOpen, "gateways let in every token while the issuer's keys cannot be had"},
		{HealthCheckLies, "gateways always call themselves ready, and no failed health check counts"},
		{HealthCheckSkipsTLS, "the traffic manager's health checks take any certificate, also one that clients refuse"},
		{KeysNotReplicated, "the store that is given an API key keeps it for itself, and out of the log that goes to other regions"},
		{LongTTL, "the traffic manager's answers may be kept sixty times as long as configured"},
		{NeedsControlPlane, "gateways forget their routes when the control plane has been silent for a while"},
		{NoBreaker, "gateways send an API as many requests at once as come, however slow it is"},
		{NoConfigCache, "gateways keep their routes in memory only, and have none after a restart"},
		{NoConnectionLimit, "gateways let one client have as many connections as it likes"},
		{NoDrain, "a gateway that is told to stop cuts its requests off at once"},
		{NoEventCopy, "the events of writes are never sent to other regions"},
		{NoFailback, "traffic never returns to a region that has healed"},
		{NoFailover, "the traffic manager answers its first choice whatever its health"},
		{NoHealthChecks, "nobody checks health: what runs is taken for healthy"},
		{NoKeyCache, "gateways ask the token issuer for its keys at every request"},
		{NoKeyOverlap, "the token issuer drops its signing key in the moment in which it makes a new one"},
		{NoLagLimit, "the store acknowledges writes however long no other region has copied any"},
		{NoHeaderTimeout, "gateways wait for ever for the end of a request's header"},
		{NoOffsite, "backups are kept by the store that makes them, and nowhere else"},
		{NoPanicThreshold, "gateways believe their health checks even when all of them fail at once"},
		{NoQueueLimit, "a serverless backend lets any number of requests wait for an instance"},
		{NoRedelivery, "events that could not be delivered are forgotten, and not sent again"},
		{NoRestart, "nothing that has ended is started again: no node has a restart policy"},
		{NoRateLimit, "gateways let every tenant send as much as it likes"},
		{NoShedding, "gateways take on as many requests at once as come, whether they can be answered in time or not"},
		{NoSlowStart, "gateways give an API that has come back its whole share at once"},
		{OneBalance, "gateways balance round-robin whatever is configured"},
		{PushEverywhere, "the control plane gives new routes to all regions at once, and does not look how they do"},
		{QuotaFailsClosed, "gateways refuse every request while the quota store is silent"},
		{QuotaWaits, "gateways wait for the quota store for as long as their clients do"},
		{RetryStorm, "gateways retry everything ten times, without a budget and without ejecting"},
		{RoutesByResolver, "traffic managers take clients to be where their resolver is, and pass over their subnet"},
		{ScaleStuck, "a serverless backend never has more than one instance, whatever waits"},
		{SlowEjection, "gateways never eject on failed requests and need five times as many failed checks"},
		{SplitBrain, "a cut-off region keeps taking writes, and its traffic manager keeps answering"},
		{StaleLatency, "traffic managers measure latency once and never again"},
		{UncheckedBackups, "nobody looks whether the backups are there and whole until one is needed"},
	}
}

// Names lists the names of the bugs by the alphabet.
func Names() []string {
	var names []string
	for _, b := range All() {
		names = append(names, b.Name)
	}
	slices.Sort(names)
	return names
}

// Known says whether a bug of that name exists.
func Known(name string) bool {
	return slices.ContainsFunc(All(), func(b Bug) bool { return b.Name == name })
}
