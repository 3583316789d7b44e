package evidence

import (
	"errors"
	"io/fs"
	"time"

	"github.com/drillctl/drillctl/runner/rundir"
)

// errDied is what is known of a run that nobody noted anything of.
var errDied = errors.New("drillctl ended before it could seal the run, or say that it could not")

// NoteDead notes the gaps that nobody lived to note: of runs that were
// registered, were never sealed, and that no process works on. From then on their
// files are in the chain, too.
func NoteDead(root string, now time.Time) error {
	open, err := unnoted(root)
	if err != nil {
		return err
	}
	var errs error
	for _, d := range open {
		errs = errors.Join(errs, noteDead(d, now))
	}
	return errs
}

// unnoted are the runs of which the chain says that they began, and nothing of
// how they ended.
func unnoted(root string) ([]rundir.Dir, error) {
	dirs, err := rundir.List(root)
	if err != nil {
		return nil, err
	}
	bare := map[string]rundir.Dir{}
	for _, d := range dirs {
		if !d.Sealed() {
			bare[d.ID] = d
		}
	}
	if len(bare) == 0 {
		return nil, nil
	}
	lines, err := rundir.ReadChain(root)
	if err != nil {
		return nil, err
	}
	began := map[string]bool{}
	for _, l := range lines {
		switch l.Kind {
		case rundir.LinkAttempt:
			began[l.Run] = true
		case rundir.LinkSeal, rundir.LinkUnsealed:
			delete(bare, l.Run)
		}
	}
	var out []rundir.Dir
	for _, d := range dirs {
		if _, ok := bare[d.ID]; ok && began[d.ID] {
			out = append(out, d)
		}
	}
	return out, nil
}

// noteDead leaves alone what lives, what was sealed in the meantime, and what
// somebody else archived here.
func noteDead(d rundir.Dir, now time.Time) (err error) {
	unlock, err := d.Lock()
	if errors.Is(err, rundir.ErrLocked) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if d.Sealed() {
		return nil
	}
	return NoteFiles(d, now)
}

// NoteFiles notes what the files of a run without a seal are now, for the reason
// that was noted before, if one was: its drillctl has died, or what it left was
// taken back since. The caller sees to it that nobody works on the run.
func NoteFiles(d rundir.Dir, now time.Time) error {
	g := gap{At: now.UTC(), Error: errDied.Error()}
	var old gap
	if d.ReadJSON(rundir.Unsealed, &old) == nil && old.Error != "" {
		g.At, g.Error = old.At, old.Error
	}
	return note(d, g, now)
}
