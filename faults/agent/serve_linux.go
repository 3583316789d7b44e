package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
)

// damage is one sort of harm, ready to be done.
type damage interface {
	// try does it and takes it back at once, where nothing can notice.
	try() error
	fire() error
	// look reads back whether it is there.
	look() (active bool, text string, err error)
	revert() error
}

// Serve answers requests until r ends, ctx ends or the time to live is over,
// then takes back what is left of its damage.
func Serve(ctx context.Context, r io.Reader, w io.Writer) error {
	if err := guard(); err != nil {
		_ = json.NewEncoder(w).Encode(Reply{Err: err.Error(), At: mono.Now()}) // the return says it, too
		return err
	}
	a := &server{out: json.NewEncoder(w)}
	defer a.end()
	lines := make(chan Request)
	fail := make(chan error, 1)
	go read(r, lines, fail)
	ttl := time.NewTimer(time.Hour)
	defer ttl.Stop()
	for {
		select {
		case <-ctx.Done():
			return a.end()
		case <-ttl.C:
			return errors.Join(errors.New("the time to live is over"), a.end())
		case err := <-fail:
			return errors.Join(err, a.end())
		case req := <-lines:
			if req.Spec != nil && req.Spec.TTL > 0 {
				ttl.Reset(req.Spec.TTL)
			}
			if err := a.out.Encode(a.answer(req)); err != nil {
				return errors.Join(fmt.Errorf("answer: %w", err), a.end())
			}
		}
	}
}

func read(r io.Reader, lines chan<- Request, fail chan<- error) {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var req Request
		if err := json.Unmarshal(in.Bytes(), &req); err != nil {
			fail <- fmt.Errorf("request: %w", err)
			return
		}
		lines <- req
	}
	fail <- in.Err() // nil: the lease is over
}

type server struct {
	out *json.Encoder
	dmg damage
}

func (a *server) answer(req Request) Reply {
	var rep Reply
	err := a.do(req, &rep)
	if err != nil {
		rep.Err = err.Error()
	}
	if rep.At == 0 {
		rep.At = mono.Now()
	}
	return rep
}

var errNotArmed = errors.New("nothing is armed")

func (a *server) do(req Request, rep *Reply) (err error) {
	switch req.Op {
	case "arm":
		return a.arm(req.Spec)
	case "probe":
		rep.Probes = probe(req.Probe)
		return nil
	case "doctor":
		rep.Checks = doctor()
		return nil
	}
	if a.dmg == nil {
		return errNotArmed
	}
	switch req.Op {
	case "fire":
		err = a.dmg.fire()
		rep.At = mono.Now()
	case "revert":
		err = a.dmg.revert()
		rep.At = mono.Now()
	case "look":
		rep.Active, rep.Text, err = a.dmg.look()
	default:
		err = fmt.Errorf("unknown request %q", req.Op)
	}
	return err
}

func (a *server) arm(s *Spec) error {
	switch {
	case s == nil:
		return errors.New("arm: no spec")
	case a.dmg != nil:
		return errors.New("arm: armed already")
	}
	d, err := newDamage(*s)
	if err != nil {
		return err
	}
	if err := d.try(); err != nil {
		return fmt.Errorf("this kernel cannot do it: %w", err)
	}
	a.dmg = d
	return nil
}

func newDamage(s Spec) (damage, error) {
	switch s.Kind {
	case Drop, Reset, Loss:
		return &filter{spec: s}, nil
	case Bandwidth:
		return newBucket(s)
	case Latency:
		return newDelay(s)
	}
	return nil, fmt.Errorf("unknown damage %q", s.Kind)
}

// end takes everything back. It is safe to repeat.
func (a *server) end() error {
	if a.dmg == nil {
		return nil
	}
	return a.dmg.revert()
}
