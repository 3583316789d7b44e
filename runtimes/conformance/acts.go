package conformance

import (
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

const grace = 5 * time.Second

func startFails(s *system) {
	starter := as[runtimes.Starter](s, s.r)
	bad := s.nodes[0]
	bad.Name, bad.Restart = "never-ready", false
	bad.Args = []string{NodeCommand} // it needs a name
	err := starter.Start(s.ctx, []runtimes.Node{s.nodes[1], bad})
	if err == nil {
		s.Skip("this runtime cannot fail to start")
	}
	if !strings.Contains(err.Error(), bad.Name) {
		s.Errorf("the error does not name %s: %v", bad.Name, err)
	}
	_, err = s.r.Instances(s.ctx)
	s.want(err, runtimes.ErrNoInstance, "Instances after a start that failed")
	s.up() // names and addresses are free again
}

func killKeepsDown(s *system) {
	all := s.up()
	killer, stopper := as[runtimes.Killer](s, all[0]), as[runtimes.Stopper](s, all[0])
	first, err := killer.Kill(s.ctx)
	s.must(err, "Kill")
	second, err := killer.Kill(s.ctx)
	s.must(err, "Kill again")
	if first <= 0 || second < first {
		s.Errorf("Kill at %v, again at %v", first, second)
	}
	s.stays(all[0], runtimes.Stopped)
	st := s.await(all[1], "running", is(runtimes.Running))
	if st.Restarts != 0 {
		s.Errorf("the other instance has restarted: %+v", st)
	}
	at, err := stopper.Start(s.ctx)
	s.must(err, "Start")
	if at < second {
		s.Errorf("Start at %v, before Kill at %v", at, second)
	}
	st = s.await(all[0], "running", is(runtimes.Running))
	if st.Since < at-time.Millisecond {
		s.Errorf("running since %v, but started at %v", st.Since, at)
	}
}

func crashRestarts(s *system) {
	in := s.up()[0]
	crasher := as[runtimes.Crasher](s, in)
	before := s.await(in, "running", is(runtimes.Running))
	at, err := crasher.Crash(s.ctx, syscall.SIGKILL)
	s.must(err, "Crash")
	after := s.await(in, "running again", func(st runtimes.Status) bool {
		return st.State == runtimes.Running && st.Restarts == before.Restarts+1
	})
	if down := after.Since - at; down < in.Node().Backoff {
		s.Errorf("restarted %v after the crash, before its backoff of %v", down, in.Node().Backoff)
	}
}

// endRestarts lets the node end by itself.
func endRestarts(s *system) {
	in := s.up()[0]
	if _, err := get(s, in, in, "/healthz"); err != nil {
		s.must(err, "GET /healthz")
	}
	_, _ = get(s, in, in, "/exit?code=3")
	s.await(in, "restarted", func(st runtimes.Status) bool {
		return st.State == runtimes.Running && st.Restarts == 1
	})
}

// It has more addresses than the main ones, before and after.
func stopStart(s *system) {
	for i, n := range s.nodes {
		s.nodes[i].Addrs = append(slices.Clone(n.Addrs), beside(n.Addrs)...)
	}
	all := s.up()
	in := all[0]
	answersAtAll(s, all[1], in)
	stopper := as[runtimes.Stopper](s, in)
	for range 2 {
		_, err := stopper.Stop(s.ctx, grace)
		s.must(err, "Stop")
		s.await(in, "stopped", is(runtimes.Stopped))
	}
	s.stays(in, runtimes.Stopped)
	for range 2 {
		_, err := stopper.Start(s.ctx)
		s.must(err, "Start")
	}
	st := s.await(in, "running", is(runtimes.Running))
	if st.Restarts != 0 {
		s.Errorf("a start by us counts as a restart: %+v", st)
	}
	answersAgain(s, in)
	answersAtAll(s, all[1], in)
}

func pause(s *system) {
	all := s.up()
	in := all[0]
	pauser := as[runtimes.Pauser](s, in)
	for range 2 {
		_, err := pauser.Pause(s.ctx)
		s.must(err, "Pause")
		s.await(in, "paused", is(runtimes.Paused))
	}
	if _, err := getWithin(s, 700*time.Millisecond, all[1], in, "/healthz"); err == nil {
		s.Error("a paused instance answers")
	}
	for range 2 {
		_, err := pauser.Unpause(s.ctx)
		s.must(err, "Unpause")
		s.await(in, "running", is(runtimes.Running))
	}
	answersAgain(s, in)
	_, err := pauser.Pause(s.ctx)
	s.must(err, "Pause")
	_, err = as[runtimes.Killer](s, in).Kill(s.ctx)
	s.must(err, "Kill of a paused instance")
	s.await(in, "stopped", is(runtimes.Stopped))
}

// downActs tries the acts that undo something, on an instance that is down.
func downActs(s *system) {
	in := s.up()[0]
	_, err := as[runtimes.Killer](s, in).Kill(s.ctx)
	s.must(err, "Kill")
	_, err = as[runtimes.Pauser](s, in).Unpause(s.ctx)
	s.must(err, "Unpause of what is down")
	_, err = as[runtimes.Stopper](s, in).Stop(s.ctx, grace)
	s.must(err, "Stop of what is down")
	s.await(in, "stopped", is(runtimes.Stopped))
	if _, err := as[runtimes.Pauser](s, in).Pause(s.ctx); err == nil {
		s.Error("what is down could be paused")
	}
	if _, err := as[runtimes.Crasher](s, in).Crash(s.ctx, syscall.SIGKILL); err == nil {
		s.Error("what is down could be crashed")
	}
}

func cutPower(s *system) {
	all := s.up()
	cutter := as[runtimes.PowerCutter](s, s.r)
	_, err := cutter.CutPower(s.ctx, append(names(all), "no-such-instance"))
	s.want(err, runtimes.ErrNoInstance, "CutPower of an unknown name")
	s.await(all[0], "running: nothing was to be cut", is(runtimes.Running))
	at, err := cutter.CutPower(s.ctx, names(all))
	s.must(err, "CutPower")
	if len(at) != len(all) {
		s.Errorf("CutPower stamped %d of %d", len(at), len(all))
	}
	for _, in := range all {
		s.stays(in, runtimes.Stopped)
	}
	_, err = cutter.CutPower(s.ctx, names(all))
	s.must(err, "CutPower again")
	for _, in := range all {
		_, err := as[runtimes.Stopper](s, in).Start(s.ctx)
		s.must(err, "Start")
		s.await(in, "running", is(runtimes.Running))
	}
}
