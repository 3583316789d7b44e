package fake

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// The methods of Instance in this file, but for those of Runtime, are called
// with r.mu held.

func (in *Instance) down() bool {
	return in.state != runtimes.Running && in.state != runtimes.Paused
}

func (in *Instance) become(at time.Duration, s runtimes.State) { in.state, in.since = s, at }

func (in *Instance) launch(to, note string) {
	in.stopTimer()
	at := in.r.Now()
	in.become(at, runtimes.Running)
	in.tell(at, to, note)
	in.print("started " + in.node.Name)
}

func (in *Instance) keepDown(at time.Duration, note string) {
	in.stopTimer()
	if in.state != runtimes.Stopped {
		in.become(at, runtimes.Stopped)
		in.tell(at, "stopped", note)
	}
}

// exit ends the instance by itself, so that it is started again after its
// backoff if it is to be.
func (in *Instance) exit(at time.Duration, note string) {
	in.become(at, runtimes.Exited)
	in.tell(at, "exited", note)
	if in.node.Restart {
		in.timer = time.AfterFunc(in.node.Backoff, in.restart)
	}
}

func (in *Instance) restart() {
	in.r.mu.Lock()
	defer in.r.mu.Unlock()
	if in.r.closed || in.state != runtimes.Exited {
		return
	}
	in.restarts++
	in.launch("restarted", fmt.Sprintf("restart %d", in.restarts))
}

func (in *Instance) stopTimer() {
	if in.timer != nil {
		in.timer.Stop()
		in.timer = nil
	}
}

func (in *Instance) tell(at time.Duration, to, note string) {
	e := runtimes.InstanceEvent{At: at, Instance: in.node.Name, To: to, Note: note}
	for _, w := range in.r.watches {
		w.put(e)
	}
}

func (in *Instance) print(line string) {
	in.log = append(append(in.log, line...), '\n')
	close(in.grown)
	in.grown = make(chan struct{})
}

// Exit ends an instance as if by itself.
func (r *Runtime) Exit(name, note string) error {
	in, err := r.find(name)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if in.down() {
		return fmt.Errorf("ending %s: it is %s", name, in.state)
	}
	in.exit(r.Now(), note)
	return nil
}

// Print adds a line to an instance's log.
func (r *Runtime) Print(name, line string) error {
	in, err := r.find(name)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	in.print(line)
	return nil
}

// Readdress gives an instance other addresses, as a restart may.
func (r *Runtime) Readdress(name string, addrs ...netip.Addr) error {
	in, err := r.find(name)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	in.node.Addrs = addrs
	return nil
}

// Remove makes an instance vanish: all acts on it return ErrGone from now on.
func (r *Runtime) Remove(name string) error {
	in, err := r.find(name)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	in.keepDown(r.Now(), "removed")
	delete(r.instances, name)
	return nil
}
