package agent

import (
	"sync"
	"time"
)

// Where somebody passes the agent's input on, and may die without ending it, the
// end of input is not enough: damage in force also needs a word of its holder now
// and then. An agent counts its own ticks, so that a machine that stands still
// takes nothing back; one without a word for quietTicks of them ends its damage,
// at most 0.8 s after the last word.
const (
	beatEvery  = 100 * time.Millisecond
	quietTicks = 8
)

// beats says that damage is in force and still wanted, until stop or the agent's
// end.
func (l *lines) beats(stop <-chan struct{}) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-l.gone:
			return
		case <-tick.C:
			if l.beat() != nil {
				return // it is gone, as those who ask it will find
			}
		}
	}
}

func (l *lines) beat() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.proc.Write([]byte(`{"op":"beat"}` + "\n"))
	return err
}

// A grip is how a Client holds damage in force, from fire to revert.
type grip struct {
	relayed bool // somebody passes the agent's input on: it needs beats

	mu    sync.Mutex
	held  bool
	stop  chan struct{} // of beats
	early error         // why the damage was over before it was taken back
}

func (g *grip) take(l *lines) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = true
	if g.relayed && g.stop == nil {
		g.stop = make(chan struct{})
		go l.beats(g.stop)
	}
}

// release keeps the reason if the damage was over before.
func (g *grip) release(early error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held {
		g.early = early
	}
	g.held = false
	if g.stop != nil {
		close(g.stop)
		g.stop = nil
	}
}

// Early says why damage in force was over before it was taken back; nil means that
// it was not, as far as is known.
func (c *Client) Early() error {
	c.grip.mu.Lock()
	defer c.grip.mu.Unlock()
	return c.grip.early
}
