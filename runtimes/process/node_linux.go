package process

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

const (
	defaultBackoff = 100 * time.Millisecond
	maxBackoff     = time.Minute
	// steadyAfter is how long a process must have lived for the backoff to
	// begin anew.
	steadyAfter = 10 * time.Second
)

// A node is one supervised process and the namespace it lives in. All fields
// from state on belong to sup.mu.
type node struct {
	sup  *supervisor
	emit func(runtimes.InstanceEvent)
	spec runtimes.Node
	exe  string
	env  []string
	net  *netThread
	link string // the bridge's end of its pair
	log  *os.File
	null *os.File

	state    runtimes.State
	since    time.Duration
	pid      int // 0 when there is no process
	wanted   bool
	restarts int
	quick    int           // restarts in a row that did not last
	done     chan struct{} // closed when the process is reaped
	stopped  chan struct{} // closed when all its threads are seen stopped
	timer    *time.Timer   // of the coming restart
}

// launch starts the process. The caller holds mu and has seen that pid is 0.
func (n *node) launch(to, note string) (time.Duration, error) {
	n.stopTimer()
	at := mono.Now()
	pid, err := n.sup.spawn(n.net, command{
		exe: n.exe, args: n.spec.Args, env: append(n.env[:len(n.env):len(n.env)], n.spec.Env...),
		files: [3]uintptr{n.null.Fd(), n.log.Fd(), n.log.Fd()},
	}, n)
	if err != nil {
		return at, fmt.Errorf("starting %s: %w", n.spec.Name, err)
	}
	n.pid, n.wanted = pid, true
	n.done, n.stopped = make(chan struct{}), make(chan struct{})
	n.become(runtimes.Running, at)
	n.tell(at, to, note)
	return at, nil
}

func (n *node) become(s runtimes.State, at time.Duration) { n.state, n.since = s, at }

func (n *node) tell(at time.Duration, to, note string) {
	n.emit(runtimes.InstanceEvent{At: at, Instance: n.spec.Name, To: to, Note: note})
}

// ended is called by the supervisor: the process is no more.
func (n *node) ended(ws syscall.WaitStatus) {
	at := mono.Now()
	// What it had started goes with it, as in a container.
	_ = syscall.Kill(-n.pid, syscall.SIGKILL)
	lived := at - n.since
	n.pid = 0
	close(n.done)
	if !n.wanted { // Stop, Kill or CutPower, which have told already
		return
	}
	n.become(runtimes.Exited, at)
	n.tell(at, "exited", how(ws))
	if lived >= steadyAfter {
		n.quick = 0
	}
	n.scheduleRestart()
}

func (n *node) scheduleRestart() {
	if !n.spec.Restart {
		return
	}
	wait := backoff(n.spec.Backoff, n.quick)
	n.quick++
	n.timer = time.AfterFunc(wait, n.restart)
}

// backoff doubles with every restart that did not last.
func backoff(first time.Duration, quick int) time.Duration {
	if first <= 0 {
		first = defaultBackoff
	}
	for ; quick > 0 && first < maxBackoff; quick-- {
		first = min(2*first, maxBackoff)
	}
	return first
}

func (n *node) restart() {
	n.sup.mu.Lock()
	defer n.sup.mu.Unlock()
	if !n.wanted || n.pid != 0 {
		return
	}
	n.restarts++
	if _, err := n.launch("restarted", fmt.Sprintf("restart %d", n.restarts)); err != nil {
		n.tell(mono.Now(), "exited", err.Error())
		n.scheduleRestart()
	}
}

// frozen is called by the supervisor: the kernel has stopped the process.
func (n *node) frozen() {
	select {
	case <-n.stopped:
	default:
		close(n.stopped)
	}
}

func (n *node) stopTimer() {
	if n.timer != nil {
		n.timer.Stop()
		n.timer = nil
	}
}

func (n *node) status() runtimes.Status {
	return runtimes.Status{State: n.state, PID: n.pid, Restarts: n.restarts, Since: n.since}
}
