package proxy

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
)

// Who serves while checks fail, by the share that must be healthy.
func TestPanic(t *testing.T) {
	for _, tt := range []struct {
		name, red, out, want string
		threshold            float64
		bugs                 []string
	}{
		{name: "all red", red: "0a 0b 1a 1b", threshold: 0.5, want: "0a 0b"},
		{name: "all red, checks are always believed", red: "0a 0b 1a 1b", want: "nobody"},
		{name: "bug: no threshold", red: "0a 0b 1a 1b", threshold: 0.5, bugs: []string{bug.NoPanicThreshold}, want: "nobody"},
		{name: "half is not less than half", red: "0a 0b", threshold: 0.5, want: "1a 1b"},
		{name: "less than half", red: "0a 0b 1a", threshold: 0.5, want: "0a 0b"},
		{name: "one of all red has failed requests", red: "0a 0b 1a 1b", out: "0a", threshold: 0.5, want: "0b"},
		{name: "a tier of all red has failed requests", red: "0a 0b 1a 1b", out: "0a 0b", threshold: 0.5, want: "1a 1b"},
		{name: "all red, and all have failed requests", red: "0a 0b 1a 1b", out: "0a 0b 1a 1b", threshold: 0.5, want: "0a 0b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := pooled(t, "0a 0b 1a 1b", Config{Panic: tt.threshold, Bugs: tt.bugs, Eject: Eject{Failures: 2, For: time.Minute}})
			for n := range strings.FieldsSeq(tt.red) {
				mark(p, n, false)
			}
			for n := range strings.FieldsSeq(tt.out) {
				fail(p, n, 2, bad)
			}
			if got := serving(p); got != tt.want {
				t.Errorf("served by %s, want %s", got, tt.want)
			}
			for n := range strings.FieldsSeq(tt.red) {
				mark(p, n, true)
			}
			if p.panicking() {
				t.Error("it panics with all of them healthy")
			}
		})
	}
}

// Upstreams that nobody has judged are no reason to panic, or a gateway that
// starts would send requests to whoever is not up.
func TestNoPanicAtTheStart(t *testing.T) {
	c := Config{Panic: 0.5, Upstreams: []Upstream{{Name: "a"}, {Name: "b"}}}.Defaults()
	p := newPool(c, func(verdict) {})
	defer p.close()
	mark(p, "a", false)
	if p.panicking() || p.pick("", nil) != nil {
		t.Error("one of two is red, the other unknown: that was panic")
	}
	if mark(p, "b", false); !p.panicking() {
		t.Error("both are red: that was no panic")
	}
}

// A gateway whose checks all fail calls itself ready as long as answers come.
func TestReadyInPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := pooled(t, "0a 0b", Config{Panic: 0.5})
		fail(p, "0a", 1, good)
		mark(p, "0a", false)
		mark(p, "0b", false)
		if !p.ready() {
			t.Error("not ready after a good answer")
		}
		time.Sleep(3 * time.Second)
		fail(p, "0a", 3, bad)
		if p.ready() {
			t.Error("ready without a good answer for 3s")
		}
		if fail(p, "0b", 1, good); !p.ready() {
			t.Error("not ready again")
		}
	})
}
