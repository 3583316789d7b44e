package agent

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// topUp is how often space that was freed meanwhile is taken.
const topUp = 100 * time.Millisecond

// hog is a full file system: a file without a name holds what is missing to the
// share. The kernel gives it back when the file is closed, whoever does that.
type hog struct {
	spec Spec
	was  space
	stop chan struct{} // of keep
	done chan struct{}

	mu   sync.Mutex
	file *os.File
	size int64
	grow func(f *os.File, off, n int64) error
	err  error // of keep
}

func newHog(s Spec) (damage, error) {
	if s.Dir == "" || !(s.Share > 0 && s.Share <= 1) {
		return nil, errors.New("disk: no directory, or no share to fill")
	}
	return &hog{spec: s, grow: allocate}, nil
}

func (d *hog) arm() (err error) {
	if d.was, err = lookAt(d.spec.Dir); err != nil {
		return err
	}
	if err := d.was.mayBeFilled(d.spec); err != nil {
		return err
	}
	d.file, err = nameless(d.spec.Dir)
	return err
}

func (d *hog) fire() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.file == nil:
		return errors.New("disk: given back already")
	case d.stop != nil:
		return nil
	}
	if err := d.take(); err != nil {
		return err
	}
	d.stop, d.done = make(chan struct{}), make(chan struct{})
	go d.keep(d.stop, d.done)
	return nil
}

// keep takes what is freed, until it is stopped.
func (d *hog) keep(stop, done chan struct{}) {
	defer close(done)
	tick := time.NewTicker(topUp)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			d.mu.Lock()
			d.err = d.take()
			d.mu.Unlock()
		}
	}
}

// most is what is asked of the kernel at one time.
const most = 1 << 30

// take grows the file until the share is reached. Where a large piece does not
// fit, smaller ones are tried, down to a block.
func (d *hog) take() error {
	for piece := uint64(most); ; {
		is, err := lookAt(d.spec.Dir)
		if err != nil {
			return err
		}
		n := min(piece, is.missing(d.spec.Share)/is.block*is.block)
		if n < is.block {
			return nil
		}
		err = d.grow(d.file, d.size, int64(n))
		if isFull(err) {
			if n == is.block {
				return nil
			}
			piece = max(n/2/is.block*is.block, is.block)
			continue
		}
		if errors.Is(err, unix.EOPNOTSUPP) {
			d.grow = write
			continue
		}
		if err != nil {
			return fmt.Errorf("taking space in %s: %w", d.spec.Dir, err)
		}
		d.size += int64(n)
	}
}

// look also takes what was freed since the last time, as keep would a moment
// later.
func (d *hog) look() (Look, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.err
	if d.stop != nil && err == nil {
		err = d.take()
	}
	is, lerr := lookAt(d.spec.Dir)
	if err := errors.Join(err, lerr); err != nil {
		return Look{}, err
	}
	held := int64(0)
	if d.file != nil {
		if held, err = allocated(d.file); err != nil {
			return Look{}, err
		}
	}
	// A block that only the kernel may use, or that is being given back, is not
	// worth a finding.
	return Look{Active: held > 0 && is.missing(d.spec.Share) <= is.total/100, Text: fmt.Sprintf("%s of %s in use (%s before), %s of it by drillctl",
		percent(is.used(), is.total), size(is.total), percent(d.was.used(), d.was.total), size(uint64(held)))}, nil
}

func (d *hog) revert() error {
	d.mu.Lock()
	stop, done := d.stop, d.done
	d.stop, d.done = nil, nil
	d.mu.Unlock()
	if stop != nil {
		close(stop)
		<-done
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.file == nil {
		return nil
	}
	err := d.file.Close()
	d.file = nil
	return err
}

func (d *hog) end() error { return d.revert() }
