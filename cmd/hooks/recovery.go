package hooks

import (
	"fmt"
	"time"

	"github.com/drillctl/drillctl/cmd/recovery"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/notify"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
)

// RecoveryTold gives what tells people that a dead run's damage was taken back:
// its drill.started had no end. Nothing about it can keep a recovery from its work,
// so mistakes in the settings and what was not delivered are warnings.
func RecoveryTold(env terminal.Env, set *settings.Settings) func(rundir.Dir, []runner.Recovery) {
	defer settings.ForgetSecrets()
	if !set.Notifies() {
		return func(rundir.Dir, []runner.Recovery) {}
	}
	warn := func(err error) {
		if err != nil {
			fmt.Fprintf(env.Err, "drillctl: warning: notify: %v\n", err)
		}
	}
	to, err := set.Recipients()
	warn(err)
	return func(d rundir.Dir, done []runner.Recovery) {
		if len(done) == 0 || len(to.Channels) == 0 {
			return
		}
		m := notify.New(to.Channels, notify.Limits{})
		m.Tell(AboutRecovery(d, done))
		warn(undelivered(m.Close()))
	}
}

// AboutRecovery is what people are told of it. A run that died before it wrote
// down what it is has its name alone.
func AboutRecovery(d rundir.Dir, done []runner.Recovery) notify.Message {
	head := drill.Record{RunID: d.ID}
	if d.ReadJSON(rundir.Head, &head) != nil {
		head = drill.Record{RunID: d.ID}
		if a, err := d.ReadAttempt(); err == nil {
			head.Scenario = a.Scenario
		}
	}
	var parts []string
	gone := true
	for _, r := range done {
		parts = append(parts, r.Entry.Kind+" on "+recovery.Hurt(r.Entry)+": "+recovery.Fate(r))
		gone = gone && r.Err == nil
	}
	return notify.NewNarrator(head, head.Spec, 0, 0).Recovered(gone, parts, time.Now())
}
