package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strings"
	"sync"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/runner"
)

// NeedOperator refuses a drill that asks where nobody can answer: without a
// terminal, and in CI, some of which has one at which nobody sits.
func NeedOperator(env Env, plan runner.Plan, yes bool) error {
	why := ""
	switch ci := env.Getenv("CI"); {
	case !plan.Asks() || yes:
		return nil
	case ci != "" && ci != "false" && ci != "0":
		why = "this is CI (CI=" + ci + "), where nobody answers"
	case !env.InTTY:
		why = "there is no terminal to ask on"
	default:
		return nil
	}
	return exit.Usagef("run it at a terminal, or with --yes to confirm everything at once", "the drill asks the operator, and %s", why)
}

// A Desk is the terminal at which the operator sits, for all drills of a command.
type Desk struct {
	in    io.Reader
	mu    sync.Mutex // one question at a time
	once  sync.Once
	lines chan string
}

// NewDesk reads nothing before the first question.
func NewDesk(in io.Reader) *Desk { return &Desk{in: in, lines: make(chan string)} }

// An operator answers at the desk, or has said yes to everything beforehand.
type operator struct {
	*Desk
	yes  bool
	who  string
	line func(string) // shows one line above the live view
}

// Operator is who answers at the desk: with yes they have confirmed everything
// beforehand. Questions are shown with line.
func (d *Desk) Operator(yes bool, line func(string)) runner.Operator {
	return operator{Desk: d, yes: yes, who: whoami(), line: line}
}

// whoami is who sits at the terminal, as far as the system knows.
func whoami() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return u.Username
}

// Confirm implements runner.Operator.
func (o operator) Confirm(ctx context.Context, text string) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.yes {
		o.line("confirmed beforehand (--yes): " + text)
		return o.who + " (--yes)", nil
	}
	o.once.Do(func() { go o.read() })
	o.line(text)
	o.line("  press Enter when it is done, or type no and Enter to end the drill")
	for {
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case answer, open := <-o.lines:
			switch {
			case !open:
				return "", errors.New("the terminal is gone")
			case answer == "" || answer == "y" || answer == "yes":
				return o.who, nil
			case answer == "n" || answer == "no":
				return "", fmt.Errorf("%s said no", o.who)
			}
			o.line(fmt.Sprintf("  %q is no answer: Enter for yes, or no", answer))
		}
	}
}

// read passes on what is typed. It ends with the terminal: a read of one cannot
// be given up.
func (d *Desk) read() {
	defer close(d.lines)
	in := bufio.NewScanner(d.in)
	for in.Scan() {
		d.lines <- strings.ToLower(strings.TrimSpace(in.Text()))
	}
}
