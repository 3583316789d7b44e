package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
)

// defaultTTL is the time to live of an agent that was told none.
const defaultTTL = time.Hour

// Serve answers requests until r ends, ctx ends, the time to live is over or damage
// that needs words has none, then takes back what is left of its damage. It refuses to work in a network
// namespace that could be the machine's own: [ErrHostNetwork].
func Serve(ctx context.Context, r io.Reader, w io.Writer) error {
	if err := guard(); err != nil {
		_ = json.NewEncoder(w).Encode(Reply{Err: err.Error(), At: mono.Now()}) // the return says it, too
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a := &server{out: json.NewEncoder(w)}
	defer a.watch.end()
	return errors.Join(a.loop(ctx, requests(ctx, r)), a.end())
}

type server struct {
	mu   sync.Mutex // of out
	out  *json.Encoder
	spec Spec // of dmg
	dmg  damage
	// watch is for damage that is in force by words.
	watch vigil
}

// loop does what must happen in order itself and lets probes, which wait, run
// beside, so that nothing delays the end of the lease.
func (a *server) loop(ctx context.Context, lines <-chan line) error {
	ttl := time.NewTimer(defaultTTL)
	defer ttl.Stop()
	broken := make(chan error, 1)
	reply := func(rep Reply) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if err := a.out.Encode(rep); err != nil {
			select {
			case broken <- fmt.Errorf("answer: %w", err):
			default: // once is enough
			}
		}
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ttl.C:
			return errors.New("the time to live is over")
		case err := <-broken:
			return err
		case <-a.watch.C():
			if err := a.watch.over(); err != nil {
				err = errors.Join(err, a.end()) // at once: nobody may be there to read why
				reply(Reply{Err: err.Error(), At: mono.Now()})
				return err
			}
		case l := <-lines:
			a.watch.heard()
			if l.end {
				return l.err
			}
			if l.req.Spec != nil && l.req.Spec.TTL > 0 {
				ttl.Reset(l.req.Spec.TTL)
			}
			switch l.req.Op {
			case "beat":
				continue
			case "probe":
				go func() {
					reply(Reply{N: l.req.N, Probes: probe(ctx, l.req.Probe, l.req.Ask), At: mono.Now()})
				}()
				continue
			}
			reply(a.answer(l.req))
		}
	}
}

func (a *server) answer(req Request) Reply {
	rep := Reply{N: req.N}
	if err := a.do(req, &rep); err != nil {
		rep.Err = err.Error()
	}
	if rep.At == 0 {
		rep.At = mono.Now()
	}
	return rep
}

func (a *server) do(req Request, rep *Reply) (err error) {
	switch req.Op {
	case "arm":
		return a.arm(req.Spec)
	case "doctor":
		rep.Checks = doctor()
		return nil
	case "sweep":
		return sweep(req.Spec)
	}
	if a.dmg == nil {
		return fmt.Errorf("%s: nothing is armed", req.Op)
	}
	switch req.Op {
	case "fire":
		if a.spec.Words {
			a.watch.start()
		}
		err = a.dmg.fire()
		rep.At = mono.Now()
	case "revert":
		err = a.dmg.revert()
		rep.At = mono.Now()
		a.watch.end()
	case "look":
		rep.Look, err = a.dmg.look()
		if a.spec.Kind != Disk { // which has nothing to do with networks, nor power over them
			var others error
			rep.Look.Others, others = otherTables(a.spec.table())
			err = errors.Join(err, others)
		}
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
	if err := d.arm(); err != nil {
		if s.Kind == Flood { // which asks nothing of the kernel
			return err
		}
		return fmt.Errorf("this kernel cannot do it here: %w", err)
	}
	a.spec, a.dmg = *s, d
	return nil
}

func (a *server) end() error {
	if a.dmg == nil {
		return nil
	}
	return a.dmg.end()
}
