package gateway

import (
	"slices"
	"time"
)

func (c Config) checkControl(bad complain) {
	if c.Control == nil {
		return
	}
	if e := c.Control.Every; e < 10*time.Millisecond || e > time.Hour {
		bad("control-plane.every", "must be 10ms to 1h, not %v", e)
	}
	if d := c.Control.Canary; d < 0 || d > time.Hour {
		bad("control-plane.canary", "must be 0s to 1h, not %v", d)
	}
}

func (c Config) checkTokens(bad complain) {
	t := c.Tokens
	if t == nil {
		return
	}
	for _, d := range []struct {
		field    string
		value    time.Duration
		min, max time.Duration
	}{
		{"lifetime", t.Lifetime, 2 * time.Second, 24 * time.Hour}, // tokens count in seconds
		{"refresh", t.Refresh, 50 * time.Millisecond, time.Hour},
		{"keep-keys", t.Keep, t.Refresh, 30 * 24 * time.Hour},
		{"leeway", t.Leeway, 0, 5 * time.Minute},
	} {
		if d.value < d.min || d.value > d.max {
			bad("tokens."+d.field, "must be %v to %v, not %v", d.min, d.max, d.value)
		}
	}
}

func (c Config) checkServerless(bad complain) {
	s := c.Serverless
	switch {
	case s == nil:
	case s.Concurrency < 1 || s.Max < 1:
		bad("serverless", "concurrency and max-instances must be 1 or more, not %d and %d", s.Concurrency, s.Max)
	case s.Min < 0 || s.Min > s.Max:
		bad("serverless.min-instances", "must be 0 to %d, the most, not %d", s.Max, s.Min)
	case s.ColdStart < 0 || s.Work < 0 || s.Idle <= 0 || s.Queue < 0:
		bad("serverless", "cold-start, work and queue must be 0 or more, idle more")
	}
}

// checkVaults asks of each object store that its region is there, and that there
// is something to keep.
func (c Config) checkVaults(bad complain) {
	for i, name := range c.Vaults {
		if !slices.ContainsFunc(c.Regions, func(r Region) bool { return r.Name == name }) {
			bad("backup-vaults", "there is no region %q", name)
		}
		if slices.Contains(c.Vaults[:i], name) {
			bad("backup-vaults", "%q is there twice", name)
		}
	}
	if c.MaxLag != 0 && (c.MaxLag < 200*time.Millisecond || c.MaxLag > time.Hour || c.Replication != Async) {
		bad("max-lag", "must be 200ms to 1h, with replication async, not %v with %s", c.MaxLag, c.Replication)
	}
	if c.Replication == Events && (c.CopyEvery < 50*time.Millisecond || c.CopyEvery > time.Hour) {
		bad("copy-every", "must be 50ms to 1h, not %v", c.CopyEvery)
	}
	if len(c.Vaults) > 0 && c.Replication != Backup {
		bad("backup-vaults", "backups are made with replication backup, not %s", c.Replication)
	}
}
