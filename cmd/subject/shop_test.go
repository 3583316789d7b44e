package subject

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/runner/rundir"
)

// A Shop is the application of these tests, for those that take it down from
// outside of the package.
type Shop struct {
	Env  terminal.Env
	yard *dockyard
}

// StartShop starts it for a run, which then dies.
func StartShop(t *testing.T, run string) (Shop, rundir.Dir) {
	t.Helper()
	a, y, e := composedShop(t, comesUp)
	p, d := y.place(t, run)
	if _, err := a.start(t.Context(), e, p); err != nil {
		t.Fatal(err)
	}
	return Shop{a.env, y}, d
}

// Gone checks that all that the run started was removed, and nothing else.
func (s Shop) Gone(t *testing.T, d rundir.Dir) {
	t.Helper()
	s.yard.gone(t, d)
}

// Hollow has its containers gone, and the engine keep its network all the same.
func (s Shop) Hollow(t *testing.T) {
	t.Helper()
	if err := os.Rename(filepath.Join(s.yard.dir, "up"), filepath.Join(s.yard.dir, "kept")); err != nil {
		t.Fatal(err)
	}
}
