package predict

import "time"

// A Preset is the settings that a product comes with.
type Preset struct {
	Name string
	Doc  string // where they stand
	Settings
}

// Presets lists them by name.
func Presets() []Preset {
	const s = time.Second
	return []Preset{
		{"caddy", "Caddy's active health checks: 30s, timeout 5s, one failure", Settings{Interval: 30 * s, Timeout: 5 * s, Threshold: 1}},
		{"haproxy", "HAProxy: inter 2s, fall 3, the check's timeout is inter", Settings{Interval: 2 * s, Timeout: 2 * s, Threshold: 3}},
		{"kubernetes", "a readiness probe: periodSeconds 10, timeoutSeconds 1, failureThreshold 3", Settings{Interval: 10 * s, Timeout: s, Threshold: 3}},
		{"route53", "Amazon Route 53: 30s, 4s to connect and 2s to answer, 3 failures, unhealthy once 18 % or fewer checkers disagree; TTL 60s",
			Settings{Interval: 30 * s, Timeout: 6 * s, Threshold: 3, TTL: 60 * s, Phase: 0.82}},
		{"route53-fast", "the same with fast checks: 10s", Settings{Interval: 10 * s, Timeout: 6 * s, Threshold: 3, TTL: 60 * s, Phase: 0.82}},
	}
}

// Lookup finds a preset by its name.
func Lookup(name string) (Preset, bool) {
	for _, p := range Presets() {
		if p.Name == name {
			return p, true
		}
	}
	return Preset{}, false
}
