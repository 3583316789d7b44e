package cmd

import (
	"fmt"
	"time"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/notify"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
)

// recoveryTold gives what tells people that a dead run's damage was taken back:
// its drill.started had no end. Nothing about it can keep a recovery from its work,
// so mistakes in the settings and what was not delivered are warnings.
func recoveryTold(env terminal.Env, set *settings) func(rundir.Dir, []runner.Recovery) {
	defer forgetSecrets()
	if !set.v.GetBool("notify") {
		return func(rundir.Dir, []runner.Recovery) {}
	}
	warn := func(err error) {
		if err != nil {
			fmt.Fprintf(env.Err, "drillctl: warning: notify: %v\n", err)
		}
	}
	to, err := set.recipients()
	warn(err)
	return func(d rundir.Dir, done []runner.Recovery) {
		if len(done) == 0 || len(to.channels) == 0 {
			return
		}
		m := notify.New(to.channels, notify.Limits{})
		m.Tell(aboutRecovery(d, done))
		warn(undelivered(m.Close()))
	}
}

// aboutRecovery is what people are told of it. A run that died before it wrote
// down what it is has its name alone.
func aboutRecovery(d rundir.Dir, done []runner.Recovery) notify.Message {
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
		parts = append(parts, r.Entry.Kind+" on "+hurt(r.Entry)+": "+fate(r))
		gone = gone && r.Err == nil
	}
	return notify.NewNarrator(head, head.Spec, 0, 0).Recovered(gone, parts, time.Now())
}
