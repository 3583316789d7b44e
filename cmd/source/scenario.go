package source

import (
	"errors"
	"fmt"
	"io"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/scenarios"
)

// Load finds and parses a scenario. All problems are shown at once.
func Load(env terminal.Env, name string) (*scenarios.Scenario, []byte, error) {
	file, src, err := Open(env, name)
	if err != nil {
		return nil, nil, err
	}
	sc, problems := scenarios.Parse(file, src, faults.All())
	if len(problems) > 0 {
		for _, p := range problems {
			fmt.Fprint(env.Err, p.Format(src))
		}
		return nil, nil, exit.Usagef(fmt.Sprintf("'drillctl init' shows what can be written, 'drillctl validate %s' looks again", name), "%s: %s", file, plural(len(problems), "problem"))
	}
	return sc, src, nil
}

// Open finds a scenario and reads it as it is; - is stdin.
func Open(env terminal.Env, name string) (string, []byte, error) {
	if name == "-" {
		src, err := io.ReadAll(io.LimitReader(env.In, maxStdin))
		return "stdin", src, err
	}
	file, src, err := scenarios.Open(name)
	if errors.Is(err, scenarios.ErrUnknown) {
		return file, nil, exit.UsageError{Err: err, Hint: "'drillctl list' lists the drills that come with drillctl"}
	}
	return file, src, err
}

// maxStdin is well above what the parser takes: it says how much is too much.
const maxStdin = 1 << 20

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
