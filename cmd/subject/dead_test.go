package subject_test

import (
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/recovery"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/runner"
)

// An application that a dead run started is refused to the next drill, and taken
// down by recover.
func TestComposingOfADeadRun(t *testing.T) {
	shop, d := subject.StartShop(t, "one")
	r := recovery.Look{Root: d.Root, Engines: subject.NewEngines(shop.Env, false)}
	defer r.Engines.Close()
	if err := recovery.Refuse(t.Context(), r); err == nil || !strings.Contains(err.Error(), "run one") {
		t.Errorf("the next drill began: %v", err)
	}
	done, err := runner.Recover(t.Context(), d, r.Opener(d))
	if err != nil || len(done) != 1 || done[0].Gone || recovery.Hurt(done[0].Entry) != "shop" {
		t.Errorf("%+v, %v", done, err)
	}
	shop.Gone(t, d)
}

// A network that the engine keeps is told by recover, and is nothing that is left to
// take back.
func TestRecoverLeavesAHollowNetwork(t *testing.T) {
	shop, d := subject.StartShop(t, "one")
	shop.Hollow(t)
	var told strings.Builder
	r := recovery.Look{Env: terminal.Env{Err: &told}, Root: d.Root, Engines: subject.NewEngines(shop.Env, false)}
	defer r.Engines.Close()
	done, err := runner.Recover(t.Context(), d, r.Opener(d))
	if err != nil || len(done) != 1 || done[0].Err != nil || done[0].Gone {
		t.Errorf("%+v, %v", done, err)
	}
	if said := told.String(); !strings.Contains(said, "warning: the engine keeps shop_default, in which nobody is") || !strings.Contains(said, "(docker network rm shop_default does then)") {
		t.Errorf("told %q", said)
	}
}
