package faults

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

var command = Kind{
	Name:    "command",
	Summary: "Run your own commands that break something and mend it again.",
	Doc: `Three commands of yours run on the machine where drillctl runs: apply breaks
something, verify tells by its exit status whether it is broken, revert mends it.
Each is a program and its arguments; no shell is involved unless you name one. They
get drillctl's environment and run in dir, and each may take as long as timeout.

Verify must end with 0 while the damage is in force, and with another status
before and after it: so it is asked once before apply, until it agrees after
apply, and until it disagrees after revert, for twice the timeout. Without that
proof there is no verdict. When between the start and the end of apply the damage
came is not known: failover is judged by the start.
Revert must be safe to repeat, also where apply never ran or ran half: it runs
at the end of the fault, after Ctrl-C, and from 'drillctl recover'.

on is optional, and only takes region: the region that goes away by it.`,
	Outside: true,
	Fits:    needs[runtimes.Commander]("run commands"),
	New:     func() Fault { return &Command{Timeout: 10 * time.Second} },
}

// Command is damage that drillctl knows nothing of.
type Command struct {
	Apply   []string      `yaml:"apply" json:"apply" required:"true" doc:"the command that does the damage, e.g. [systemctl, stop, api]"`
	Verify  []string      `yaml:"verify" json:"verify" required:"true" doc:"the command that ends with 0 exactly while the damage is in force"`
	Revert  []string      `yaml:"revert" json:"revert" required:"true" doc:"the command that takes the damage back; safe to repeat"`
	Dir     string        `yaml:"dir" json:"dir,omitempty" doc:"the directory in which they run (default: where drillctl is started)"`
	Timeout time.Duration `yaml:"timeout" json:"timeout_ns" doc:"of each command"`
}

// Check implements Checker.
func (f *Command) Check() map[string]string {
	bad := map[string]string{}
	for key, argv := range map[string][]string{"apply": f.Apply, "verify": f.Verify, "revert": f.Revert} {
		if argv != nil && (len(argv) == 0 || argv[0] == "") {
			bad[key] = "has no program; write it like [systemctl, stop, api]"
		}
	}
	if f.Timeout <= 0 || f.Timeout > 10*time.Minute {
		bad["timeout"] = "must be above 0 and at most 10m"
	}
	if len(bad) == 0 {
		return nil
	}
	return bad
}

// Patience implements Patient.
func (f *Command) Patience() time.Duration { return 2 * f.Timeout }

// Arm implements Fault. That the damage is not in force already is asked by
// whoever arms.
func (f *Command) Arm(_ context.Context, on []Target) (Armed, error) {
	if len(on) == 0 {
		return nil, runtimes.ErrNoInstance
	}
	// recover may be started elsewhere.
	dir, err := filepath.Abs(f.Dir)
	if err != nil {
		return nil, fmt.Errorf("directory of the commands: %w", err)
	}
	f.Dir = dir
	return &commanded{f, on}, nil
}

// Undo implements Fault.
func (f *Command) Undo(ctx context.Context, in runtimes.Instance) error {
	exit, said, err := f.run(ctx, in, f.Revert)
	if err == nil && exit != 0 {
		err = fmt.Errorf("exit status %d%s", exit, lastLine(said))
	}
	if err != nil {
		return fmt.Errorf("revert: %w", err)
	}
	return nil
}

func (f *Command) run(ctx context.Context, in runtimes.Instance, argv []string) (int, string, error) {
	x, ok := in.(runtimes.Commander)
	if !ok {
		return -1, "", fmt.Errorf("%s: %w: running a command", in.Node().Name, runtimes.ErrUnsupported)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, f.Timeout, fmt.Errorf("it took longer than %s", f.Timeout))
	defer cancel()
	return x.RunCommand(ctx, f.Dir, argv)
}

// lastLine is what a command said at last, to find the mistake by.
func lastLine(said string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if last == "" {
		return ""
	}
	if len(last) > 200 {
		last = last[:200] + "…"
	}
	return ": " + strings.ToValidUTF8(last, "?")
}

type commanded struct {
	f  *Command
	on []Target
}

func (c *commanded) Fire(ctx context.Context) (map[string]time.Duration, error) {
	return each(ctx, c.on, func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
		exit, said, err := c.f.run(ctx, in, c.f.Apply)
		if err == nil && exit != 0 {
			err = fmt.Errorf("exit status %d%s", exit, lastLine(said))
		}
		if err != nil {
			return 0, fmt.Errorf("apply: %w", err)
		}
		return mono.Now(), nil
	})
}

func (c *commanded) Revert(ctx context.Context) (map[string]time.Duration, error) {
	return undoEach(ctx, c.on, c.f)
}

func (c *commanded) Verify(ctx context.Context, want bool) ([]Evidence, error) {
	var out []Evidence
	var errs error
	for _, t := range c.on {
		exit, _, err := c.f.run(ctx, t.Instance, c.f.Verify)
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("verify: %w", err))
			continue
		}
		out = append(out, Evidence{Instance: t.Instance.Node().Name, How: "verify", OK: (exit == 0) == want, Text: fmt.Sprintf("%s ended with status %d", c.f.Verify[0], exit), At: mono.Now()})
	}
	return out, errs
}

func (c *commanded) Close() error { return nil }
