package evidence

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/runner/rundir"
)

// People reads what people added to a run.
func People(d rundir.Dir) ([]people.Entry, error) {
	data, err := read(d)
	if err != nil {
		return nil, err
	}
	entries, err := people.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", d.ID, err)
	}
	return entries, nil
}

func read(d rundir.Dir) ([]byte, error) {
	data, err := os.ReadFile(d.Path(rundir.People))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run %s: %w", d.ID, err)
	}
	return data, nil
}

// Add appends an entry to what people added to a run, signed when a key is
// given, and to the chain. The run must not be going on.
func Add(d rundir.Dir, e people.Entry, key ed25519.PrivateKey) (people.Entry, error) {
	unlock, err := d.Lock()
	if err != nil {
		return e, err
	}
	defer unlock()
	data, err := read(d)
	if err != nil {
		return e, err
	}
	root, err := d.SumOf(rundir.Attempt)
	if err != nil {
		return e, err
	}
	if wrong := people.Check(data, root); len(wrong) > 0 {
		return e, fmt.Errorf("run %s: people.jsonl: %s; nothing was added", d.ID, wrong[0])
	}
	e, line := people.Append(data, root, e)
	if key != nil {
		e.KeyID = KeyID(key.Public().(ed25519.PublicKey))
		e.Sig = ed25519.Sign(key, e.Signed())
		e, line = people.Append(data, root, e)
	}
	if err := d.Write(rundir.People, append(data, line...)); err != nil {
		return e, err
	}
	_, err = rundir.Extend(d.Root, rundir.Link{At: e.At, Kind: rundir.LinkPeople, Run: d.ID, SHA256: people.Sum(line[:len(line)-1])})
	return e, err
}

// Seal seals a run that has ended: manifest and chain, and for a run with a
// record the statement, signed when a key is given. A run that is sealed again
// loses its signatures: they are of another manifest.
func Seal(d rundir.Dir, key ed25519.PrivateKey, now time.Time) error {
	if err := os.Remove(d.Path(rundir.Envelope)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("seal run %s: %w", d.ID, err)
	}
	if err := d.Seal(now); err != nil {
		return err
	}
	if _, err := os.Stat(d.Path(rundir.Record)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if key != nil {
		return Sign(d, key, now)
	}
	_, err := WriteStatement(d)
	return err
}
