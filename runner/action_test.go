package runner

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runtimes"
)

// An answering operator takes some time and says what he was told to.
type answering struct {
	after time.Duration
	err   error
}

func (o answering) Confirm(ctx context.Context, _ string) (string, error) {
	select {
	case <-time.After(o.after):
		return "ada", o.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// execBench has instances that can run programs.
type execRuntime struct {
	runtimes.Runtime
	exec func(name string, argv []string) (int, string, error)
}

type execInstance struct {
	runtimes.Instance
	rt execRuntime
}

func (r execRuntime) Instances(ctx context.Context) ([]runtimes.Instance, error) {
	all, err := r.Runtime.Instances(ctx)
	for i := range all {
		all[i] = execInstance{all[i], r}
	}
	return all, err
}

func (i execInstance) Exec(_ context.Context, argv []string) (int, string, error) {
	return i.rt.exec(i.Node().Name, argv)
}

func TestActions(t *testing.T) {
	run := drill.ActionSpec{ID: "steps[1]", Kind: drill.ActionRun, At: 3 * time.Second, Timeout: 5 * time.Second, Argv: []string{"do", "it"}, Targets: []string{"a-gateway-1"}, Text: "run do it", Declares: true}
	ask := drill.ActionSpec{ID: "steps[1]", Kind: drill.ActionConfirm, At: 3 * time.Second, Timeout: 5 * time.Second, Text: "confirm: is it?", Declares: true}
	elsewhere := run
	elsewhere.Targets = []string{"nobody"}
	tests := []struct {
		name     string
		spec     drill.ActionSpec
		exec     func(string, []string) (int, string, error)
		operator Operator
		verdict  drill.Verdict
		outcome  string
		says     string
		took     time.Duration
		declared time.Duration // after the action began; negative is never
	}{
		{name: "runs", spec: run, exec: func(string, []string) (int, string, error) { time.Sleep(time.Second); return 0, "done", nil },
			verdict: drill.Pass, outcome: Completed, took: time.Second},
		{name: "fails", spec: run, exec: func(string, []string) (int, string, error) { return 3, "no", nil },
			verdict: drill.Inconclusive, outcome: Completed, says: "exit status 3"},
		{name: "cannot run", spec: run, exec: func(string, []string) (int, string, error) { return -1, "", errors.New("no such program") },
			verdict: drill.Inconclusive, outcome: Completed, says: "no such program"},
		{name: "panics", spec: run, exec: func(string, []string) (int, string, error) { panic("boom") },
			verdict: drill.Inconclusive, outcome: Completed, says: "boom"},
		{name: "nobody there", spec: elsewhere, verdict: drill.Inconclusive, outcome: Completed, says: "no such instance"},
		{name: "confirmed", spec: ask, operator: answering{after: 2 * time.Second}, verdict: drill.Pass, outcome: Completed, took: 2 * time.Second, declared: 2 * time.Second},
		{name: "refused", spec: ask, operator: answering{time.Second, errors.New("the operator said no")}, verdict: drill.Inconclusive, outcome: Aborted, says: "said no", took: time.Second, declared: -1},
		{name: "nobody answers", spec: ask, operator: answering{after: time.Hour}, verdict: drill.Inconclusive, outcome: Aborted, says: "more than 5s", took: 5 * time.Second, declared: -1},
		{name: "nobody to ask", spec: ask, verdict: drill.Inconclusive, outcome: Aborted, says: "nobody to ask", declared: -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.w.outage = time.Second
				b.opts.Runtime = execRuntime{b.opts.Runtime, tt.exec}
				b.opts.Operator = tt.operator
				b.opts.Plan.Actions = []Action{{tt.spec}}
				b.opts.Plan.Spec.Actions = []drill.ActionSpec{tt.spec}
				rec, err := Run(t.Context(), b.opts)
				if err != nil {
					t.Fatal(err)
				}
				if rec.Verdict != tt.verdict || rec.Outcome != tt.outcome || !strings.Contains(rec.Reason, tt.says) || b.w.inForce {
					t.Errorf("verdict %s, outcome %s, in force %v: %s", rec.Verdict, rec.Outcome, b.w.inForce, rec.Reason)
				}
				began, ended := kinds(rec, drill.KindActionBegan), kinds(rec, drill.KindActionDone, drill.KindActionFailed)
				if len(began) != 1 || len(ended) != 1 || ended[0].Took != tt.took {
					t.Fatalf("began %v, ended %v, want it to take %s", began, ended, tt.took)
				}
				declared := kinds(rec, drill.KindDeclared)
				if (len(declared) == 0) != (tt.declared < 0) || len(declared) > 0 && declared[0].At-began[0].At != tt.declared {
					t.Errorf("declared %v, want %s after %s", declared, tt.declared, began[0].At)
				}
			})
		})
	}
}

// A program beside drillctl: really run, with its output kept.
func TestActionOnThisMachine(t *testing.T) {
	b := newBench(t)
	d := &run{opts: b.opts}
	data := map[string]string{}
	a := Action{drill.ActionSpec{ID: "steps[1]", Argv: []string{"sh", "-c", "echo of $DRILLCTL_STEP; exit 2"}}}
	err := d.execute(t.Context(), a, data)
	if err == nil || err.Error() != "exit status 2" || data["output"] != "of steps[1]\n" || data["exit"] != "2" {
		t.Errorf("%v, %v", err, data)
	}
}
