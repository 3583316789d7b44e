package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/program"
	"github.com/drillctl/drillctl/runtimes"
)

// An Action is a step that does no damage: a program, or a question to the
// operator. Its Spec holds all that it needs.
type Action struct{ Spec drill.ActionSpec }

// An Operator is asked to do or decide something.
type Operator interface {
	// Confirm asks and returns who said yes, or an error: they said no, or ctx
	// ended first.
	Confirm(ctx context.Context, text string) (who string, err error)
}

// Asks says whether the plan needs an operator.
func (p Plan) Asks() bool {
	for _, a := range p.Actions {
		if a.Spec.Kind == drill.ActionConfirm {
			return true
		}
	}
	return false
}

// errNotConfirmed is the cause of a drill's end when the operator said no, or
// nothing.
var errNotConfirmed = errors.New("not confirmed")

// act carries out one action and tells of it. A program that ends badly does not
// end the drill: what becomes of the system without it is worth seeing. Without
// the operator's word there is no drill to go on with.
func (d *run) act(ctx context.Context, cancel context.CancelCauseFunc, a Action) {
	began := d.now()
	d.rec.emit(d.actionEvent(drill.KindActionBegan, a, began))
	timed, stop := context.WithTimeoutCause(ctx, a.Spec.Timeout, fmt.Errorf("it took more than %s", a.Spec.Timeout))
	defer stop()
	if a.Spec.Declares && a.Spec.Kind == drill.ActionRun {
		d.declare(a, "")
	}
	data := map[string]string{}
	err := safely(func() error {
		if a.Spec.Kind == drill.ActionConfirm {
			return d.ask(timed, a, data)
		}
		return d.execute(timed, a, data)
	})
	e := d.actionEvent(drill.KindActionDone, a, d.now())
	e.Took, e.Data = d.now()-began, data
	if err != nil {
		e.Kind, e.Note = drill.KindActionFailed, a.Spec.Text+": "+err.Error()
	}
	d.rec.emit(e)
	switch {
	case a.Spec.Kind != drill.ActionConfirm:
	case err == nil:
		d.declare(a, data["by"])
	case ctx.Err() == nil:
		cancel(fmt.Errorf("%s: %w: %w", a.Spec.ID, errNotConfirmed, err))
	}
}

func (d *run) actionEvent(kind drill.Kind, a Action, at time.Duration) drill.Event {
	return drill.Event{At: at, Kind: kind, Step: a.Spec.ID, Subject: a.Spec.ID, Note: a.Spec.Text}
}

func (d *run) declare(a Action, by string) {
	e := d.actionEvent(drill.KindDeclared, a, d.now())
	if by != "" {
		e.Data = map[string]string{"by": by}
	}
	d.rec.emit(e)
}

func (d *run) ask(ctx context.Context, a Action, data map[string]string) error {
	if d.opts.Operator == nil {
		return errors.New("there is nobody to ask")
	}
	who, err := d.opts.Operator.Confirm(ctx, a.Spec.Text)
	if err != nil {
		return err
	}
	data["by"] = who
	return nil
}

// execute runs an action's program, beside drillctl or in all its targets at once.
func (d *run) execute(ctx context.Context, a Action, data map[string]string) error {
	if len(a.Spec.Targets) == 0 {
		r := program.Run(ctx, a.Spec.Argv, append(os.Environ(), "DRILLCTL_RUN_ID="+d.opts.Dir.ID, "DRILLCTL_STEP="+a.Spec.ID))
		data["exit"], data["output"] = strconv.Itoa(r.Exit), r.Output
		if !r.OK() {
			return errors.New(r.Problem())
		}
		return nil
	}
	running, err := instancesByName(ctx, d.opts.Runtime)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var errs error
	for _, name := range a.Spec.Targets {
		wg.Go(func() {
			exit, output := -1, ""
			err := safely(func() (err error) {
				exit, output, err = within(ctx, running[name], a.Spec.Argv)
				return err
			})
			mu.Lock()
			defer mu.Unlock()
			data["exit."+name], data["output."+name] = strconv.Itoa(exit), output
			switch {
			case err != nil:
				errs = errors.Join(errs, fmt.Errorf("%s: %w", name, err))
			case exit != 0:
				errs = errors.Join(errs, fmt.Errorf("%s: exit status %d", name, exit))
			}
		})
	}
	wg.Wait()
	return errs
}

func within(ctx context.Context, in runtimes.Instance, argv []string) (int, string, error) {
	x, ok := in.(runtimes.Execer)
	switch {
	case in == nil:
		return -1, "", runtimes.ErrNoInstance
	case !ok:
		return -1, "", fmt.Errorf("%w: its runtime cannot run a program in it", runtimes.ErrUnsupported)
	}
	exit, output, err := x.Exec(ctx, argv)
	return exit, strings.ToValidUTF8(output, "?"), err
}
