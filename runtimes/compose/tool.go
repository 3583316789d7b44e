package compose

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/drillctl/drillctl/internal/program"
	"github.com/drillctl/drillctl/runtimes"
)

// A Tool is a compose command of this machine.
type Tool struct {
	Argv      []string // [docker compose] or [docker-compose]
	Version   string
	Separator string // between the parts of a container's name
}

func (t Tool) String() string { return strings.Join(t.Argv, " ") + " " + t.Version }

// commands are those to try, the better one first.
var commands = [][]string{{"docker", "compose"}, {"docker-compose"}}

// FindTool looks for the compose command: the plugin of docker, else
// docker-compose of whatever version. environ is its environment.
func FindTool(ctx context.Context, environ []string) (Tool, error) {
	var said []string
	for _, argv := range commands {
		r := program.Run(ctx, append(append([]string(nil), argv...), "version", "--short"), environ)
		if r.OK() {
			return tool(argv, r.Output), nil
		}
		said = append(said, strings.Join(argv, " ")+": "+r.Problem())
	}
	if err := ctx.Err(); err != nil {
		return Tool{}, err
	}
	return Tool{}, fmt.Errorf("%w: there is no compose command here (%s)", runtimes.ErrUnsupported, strings.Join(said, "; "))
}

// tool reads what a version command said. The first version joins names with
// underscores.
func tool(argv []string, said string) Tool {
	t := Tool{Argv: argv, Version: strings.TrimPrefix(strings.TrimSpace(said), "v"), Separator: "-"}
	if strings.HasPrefix(t.Version, "1.") {
		t.Separator = "_"
	}
	return t
}

// UpArgs is the command line that starts an application in the background.
func (t Tool) UpArgs(a App) []string {
	args := append(append([]string(nil), t.Argv...), "--project-name", a.Project)
	for _, f := range a.Files {
		args = append(args, "--file", f)
	}
	for _, p := range a.Profiles {
		args = append(args, "--profile", p)
	}
	return append(args, "up", "--detach")
}

// Up starts an application and gives the end of what the command printed. It
// returns when its containers were started; whether they are well is another question. When
// ctx ends the command is ended, and what it had made by then is there.
func (t Tool) Up(ctx context.Context, a App, environ []string) (output string, err error) {
	r := program.Run(ctx, t.UpArgs(a), environ)
	if r.OK() {
		return r.Output, nil
	}
	return r.Output, errors.New(strings.Join(t.Argv, " ") + " up: " + r.Problem() + lastLines(r.Output))
}

// shownLines is how much of a command's output goes into an error.
const shownLines = 8

// lastLines is the end of what a command printed, for an error.
func lastLines(output string) string {
	text := strings.TrimSpace(strings.ToValidUTF8(output, "?"))
	if text == "" {
		return " (it printed nothing)"
	}
	lines := strings.Split(text, "\n")
	lines = lines[max(0, len(lines)-shownLines):]
	return "\n  | " + strings.Join(lines, "\n  | ")
}
