package async

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/gateway/store/call"
)

// An entry counts from its append until some other region has it; a region that
// does not answer is where it was.
func TestBound(t *testing.T) {
	west, eu := Peer{Peer: call.Peer{Name: "west"}}, Peer{Peer: call.Peer{Name: "eu"}}
	const ms = time.Millisecond
	b := bound{most: 1000 * ms}
	b.reset()
	step := func(now time.Duration, ends map[string]uint64, ahead time.Duration, over bool, changed ...string) {
		t.Helper()
		var got []string
		for _, p := range []Peer{west, eu} {
			if b.heard(p, ends[p.Name], []Peer{west, eu}, now) {
				got = append(got, p.Name)
			}
		}
		if len(got) != len(changed) {
			t.Fatalf("at %v: changed %v, want %v", now, got, changed)
		}
		for i := range got {
			if got[i] != changed[i] {
				t.Errorf("at %v: changed %v, want %v", now, got, changed)
			}
		}
		if a := b.ahead(now); a != ahead || b.over(now) != over {
			t.Errorf("at %v: ahead %v, over %t, want %v, %t", now, a, b.over(now), ahead, over)
		}
	}
	step(0, nil, 0, false)
	b.appended(1, 10*ms)
	b.appended(2, 20*ms)
	step(500*ms, nil, 490*ms, false)
	step(600*ms, map[string]uint64{"west": 1}, 580*ms, false)
	step(1015*ms, nil, 995*ms, false, "eu")   // has nothing; the best one has entry 1
	step(1030*ms, nil, 1010*ms, true, "west") // nobody has entry 2
	step(1100*ms, map[string]uint64{"west": 2}, 0, false, "west")
	b.appended(3, 1200*ms)
	step(1300*ms, map[string]uint64{"west": 3, "eu": 2}, 0, false, "eu")
	for seq := uint64(4); seq < 10_000; seq++ { // eu is gone for long: what is kept stays small
		at := time.Duration(seq) * 10 * ms
		b.appended(seq, at)
		b.heard(west, seq, []Peer{west, eu}, at)
		b.heard(eu, 0, []Peer{west, eu}, at)
	}
	if n := len(b.marks); n > 300 {
		t.Errorf("%d marks are kept", n)
	}
	if !b.isLate("eu") || b.over(99_990*ms) {
		t.Error("a region that is lost must be late, and not in the way")
	}
	b.reset()
	step(100_000*ms, nil, 0, false)
}

// A region that is silent delays nothing that another has to say: it would hold up
// writes that the other has.
func TestSilentPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := bound{most: time.Hour}
		b.reset()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		asked := 0
		b.follow(ctx, []Peer{{Peer: call.Peer{Name: "west"}}, {Peer: call.Peer{Name: "eu"}}}, func(ctx context.Context, p Peer) uint64 {
			if p.Name == "west" {
				asked++
				return 1
			}
			select {
			case <-ctx.Done():
			case <-time.After(headWait):
			}
			return 0
		}, func(Peer, bool) {})
		if asked < 19 {
			t.Errorf("asked %d times in 2 s, want one every %v", asked, boundEvery)
		}
	})
}

func TestNoBound(t *testing.T) {
	b := bound{}
	b.reset()
	b.appended(1, 0)
	if b.over(time.Hour) || len(b.marks) > 0 {
		t.Error("without a limit nothing is counted")
	}
}
