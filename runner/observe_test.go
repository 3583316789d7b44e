package runner

import (
	"bufio"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/fake"
)

func TestNodeLines(t *testing.T) {
	const origin = 10 * time.Second
	tests := []struct {
		line string
		ok   bool
		at   time.Duration
	}{
		{`{"drillctl":"event","mono_ns":12000000000,"kind":"health","subject":"a","region":"r","by":"b","data":{"to":"unhealthy"},"note":"n"}`, true, 2 * time.Second},
		{`{"drillctl":"event","mono_ns":9000000000,"kind":"leader","subject":"a"}`, true, -time.Second},
		{`{"level":"info","msg":"hello"}`, false, 0},
		{`GET / 200`, false, 0},
		{`{"drillctl":"event"`, false, 0},
		{``, false, 0},
	}
	for _, tt := range tests {
		e, ok := parseNodeLine([]byte(tt.line), origin)
		if ok != tt.ok || e.At != tt.at {
			t.Errorf("%s: %v at %s, want %v at %s", tt.line, ok, e.At, tt.ok, tt.at)
		}
	}
	e, _ := parseNodeLine([]byte(tests[0].line), origin)
	if e.Kind != drill.KindHealth || e.Data["by"] != "b" || e.Data["to"] != drill.Unhealthy || e.Region != "r" {
		t.Errorf("event %+v", e)
	}
}

// The observers pass on what nodes print and what the runtime sees, from before
// they began to watch, too.
func TestObserversPassEventsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := fake.New("run")
		defer rt.Close()
		if err := rt.Start(t.Context(), []runtimes.Node{{Name: "a", Region: "r"}}); err != nil {
			t.Fatal(err)
		}
		rt.Print("a", "plain\n"+`{"drillctl":"event","mono_ns":5,"kind":"health","subject":"a","data":{"to":"healthy"}}`+"\n")
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan drill.Event, 16)
		done := make(chan error, 2)
		for _, o := range []Observer{NodeEvents{rt}, InstanceEvents{rt}} {
			go func() { done <- o.Observe(ctx, 0, func(e drill.Event) { got <- e }) }()
		}
		synctest.Wait()
		in, err := rt.Reopen(t.Context(), runtimes.Ref{Runtime: fake.Name, System: "run", ID: "a"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.(runtimes.Killer).Kill(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		cancel()
		for range 2 {
			if err := <-done; err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
		close(got)
		seen := map[drill.Kind]int{}
		for e := range got {
			seen[e.Kind]++
		}
		if seen[drill.KindHealth] != 1 || seen[drill.KindInstance] == 0 {
			t.Errorf("events seen: %v", seen)
		}
	})
}

// A log that cannot be followed any more is told of while the others go on.
func TestLostLogIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := fake.New("run")
		defer rt.Close()
		if err := rt.Start(t.Context(), []runtimes.Node{{Name: "a"}, {Name: "b"}}); err != nil {
			t.Fatal(err)
		}
		rt.Print("a", strings.Repeat("x", maxLine+1)+"\n")
		ctx, cancel := context.WithCancel(t.Context())
		var got []drill.Event
		done := make(chan error)
		go func() { done <- NodeEvents{rt}.Observe(ctx, 0, func(e drill.Event) { got = append(got, e) }) }()
		synctest.Wait()
		if len(got) != 1 || got[0].Kind != drill.KindNote || got[0].Subject != "a" || !strings.Contains(got[0].Note, "token too long") {
			t.Errorf("told: %+v", got)
		}
		cancel()
		if err := <-done; !errors.Is(err, bufio.ErrTooLong) {
			t.Errorf("ended with %v", err)
		}
	})
}
