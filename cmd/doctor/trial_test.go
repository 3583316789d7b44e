package doctor

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/runner"
)

// The throwaway system of a trial is raised as a drill's is: on an engine that may be
// used, and so that recover knows by the state directory what a dead doctor left.
func TestTrialsAreRaisedLikeDrills(t *testing.T) {
	root := &cobra.Command{}
	set := settings.Bind(root, []string{"auto"})
	state := t.TempDir()
	if err := root.ParseFlags([]string{"--state-dir", state, "--allow-remote"}); err != nil {
		t.Fatal(err)
	}
	var got subject.Place
	on := subject.Bundled{Ground: subject.Ground{Open: func(_ context.Context, p subject.Place) (subject.Starter, error) {
		got = p
		return nil, errors.New("not today")
	}}}
	env := terminal.Env{Out: io.Discard, Err: io.Discard, Getenv: func(string) string { return "" }}
	checks, err := trials(t.Context(), env, set, on, runner.Plan{})
	if err != nil || len(checks) != 1 || checks[0].OK {
		t.Errorf("%+v, %v", checks, err)
	}
	if got.State != state || !got.Remote || filepath.Dir(got.Data) == state {
		t.Errorf("raised in %+v", got)
	}
}
