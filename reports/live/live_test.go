package live

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drillctl/drillctl/internal/golden"
)

// at is what a drill looks like at a second: us-east goes silent from 10 to 30 s.
func at(second float64) State {
	s := State{Phase: "steady", Elapsed: time.Duration(second * float64(time.Second)), Total: 45 * time.Second,
		Rate: 300, Success: 1, P99: 2900 * time.Microsecond, ByRegion: map[string]int{"us-east": 298, "eu": 2}, Acked: uint64(second * 50)}
	switch {
	case second >= 30:
		s.Phase = "settle"
	case second >= 14:
		s.Phase, s.ByRegion, s.Faults = "fault", map[string]int{"us-west": 300}, []string{"blackhole on region us-east for 20s"}
	case second >= 10:
		s.Phase, s.Success, s.P99, s.ByRegion, s.Faults = "fault", 0.004, 0, map[string]int{"us-west": 1}, []string{"blackhole on region us-east for 20s"}
	}
	return s
}

func drill(v *View, until float64) {
	for second := 0.0; second <= until; second += 0.25 {
		v.Update(at(second))
	}
}

func TestPlainLines(t *testing.T) {
	var b bytes.Buffer
	v := New(&b, Options{})
	v.Line("raised 19 nodes in 0.41 s")
	drill(v, 45)
	v.Close()
	golden.Assert(t, "plain.txt", b.Bytes())
}

func TestQuiet(t *testing.T) {
	for _, tty := range []bool{false, true} {
		var b bytes.Buffer
		v := New(&b, Options{Quiet: true, TTY: tty})
		v.Line("raised")
		drill(v, 20)
		v.Close()
		if b.Len() > 0 {
			t.Errorf("tty %v: quiet, and yet %q", tty, b.String())
		}
	}
}

func TestScreen(t *testing.T) {
	for _, c := range []struct {
		name  string
		until float64
		width int
		opts  Options
	}{
		{"steady", 8, 80, Options{}},
		{"outage", 13, 80, Options{}},
		{"moved", 28, 80, Options{Color: true}},
		{"settled", 45, 120, Options{}},
		{"narrow", 28, 40, Options{}},
		{"ascii", 28, 80, Options{ASCII: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			term := newVT(t, c.width, 24)
			c.opts.TTY, c.opts.Width = true, func() int { return c.width }
			v := New(term, c.opts)
			v.Line("raised 19 nodes in 0.41 s")
			drill(v, c.until)
			if len(term.scrolled) > 0 || term.hidden {
				t.Errorf("scrolled %q, cursor hidden %v", term.scrolled, term.hidden)
			}
			golden.Assert(t, c.name+".txt", []byte(strings.Join(term.seen(), "\n")+"\n"))
		})
	}
}

// TestLinesStay shows that lines and logs stand above the view in their order,
// also when the screen scrolls, and that Close leaves them and nothing else.
func TestLinesStay(t *testing.T) {
	term := newVT(t, 80, 6)
	v := New(term, Options{TTY: true, Width: func() int { return 80 }, Color: true})
	log := slog.New(slog.NewTextHandler(v, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	var want []string
	for i := range 10 {
		v.Update(at(float64(i)))
		text := fmt.Sprintf("line %d", i)
		v.Line(text)
		log.Warn("slow", "n", i)
		want = append(want, text, fmt.Sprintf("level=WARN msg=slow n=%d", i))
	}
	if got := term.seen(); !slices.Equal(got[:len(want)], want) || len(got) != len(want)+3 {
		t.Errorf("got %q", got)
	}
	v.Close()
	v.Close()
	v.Update(at(11))
	if got := term.seen(); !slices.Equal(got, want) {
		t.Errorf("after Close: got %q, want %q", got, want)
	}
	v.Line("afterwards")
	if got := term.seen(); !slices.Equal(got, append(want, "afterwards")) {
		t.Errorf("a line after Close: %q", got)
	}
}

// TestNarrower folds what stands on the screen, as terminals do, and expects the
// next frame to cover it.
func TestNarrower(t *testing.T) {
	width := 80
	var b bytes.Buffer
	v := New(&b, Options{TTY: true, Width: func() int { return width }})
	v.Update(at(12))
	rows := 0
	for _, n := range v.drawn {
		rows += (n + 39) / 40
	}
	width = 40
	b.Reset()
	v.Update(at(12.25))
	if got := strings.Count(b.String(), upOne); got != rows-1 || rows <= 3 {
		t.Errorf("went up %d rows in a view folded to %d", got, rows)
	}
}

func TestWriteWaitsForTheLine(t *testing.T) {
	var b bytes.Buffer
	v := New(&b, Options{})
	for _, part := range []string{"half a ", "line\nand", " another\n", "rest"} {
		if n, err := v.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("Write: %d, %v", n, err)
		}
	}
	if got := b.String(); got != "half a line\nand another\n" {
		t.Errorf("got %q", got)
	}
}

// TestHostileNames must not move the cursor.
func TestHostileNames(t *testing.T) {
	term := newVT(t, 80, 10)
	v := New(term, Options{TTY: true})
	v.Update(State{Phase: "a\x1b[2Jb", Success: -1, Faults: []string{"x\r\ny"}, ByRegion: map[string]int{"\x1b]0;z\a": 1}, Note: "\b\b"})
	if got := len(term.seen()); got != 3 {
		t.Errorf("%d lines, not 3: %q", got, term.seen())
	}
}

func TestConcurrentUse(t *testing.T) {
	v := New(&bytes.Buffer{}, Options{TTY: true})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			v.Update(at(float64(i)))
			v.Line("x")
		})
	}
	wg.Wait()
	v.Close()
}

func TestHistory(t *testing.T) {
	var h history
	text := func(n int) string {
		var b strings.Builder
		for _, s := range h.spark(n, true) {
			b.WriteString(s.text)
		}
		return b.String()
	}
	h.add(State{Elapsed: 0, Success: 1})
	h.add(State{Elapsed: time.Second, Success: 1})
	h.add(State{Elapsed: 1500 * time.Millisecond, Success: 0}) // the worst of a second counts
	h.add(State{Elapsed: 1750 * time.Millisecond, Success: 1})
	h.add(State{Elapsed: 4 * time.Second, Success: 0.999}) // not a whole success
	if got, want := text(6), "#_  + "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	h.add(State{Elapsed: time.Hour, Success: 1}) // a long gap costs nothing
	if got, want := text(3), "  #"; got != want {
		t.Errorf("after a gap: got %q, want %q", got, want)
	}
	if len(h.worst) != historyLen {
		t.Errorf("%d entries kept", len(h.worst))
	}
}

func TestSuccessIsNeverRoundedToCertainty(t *testing.T) {
	for _, c := range []struct {
		r    float64
		want string
	}{{1, "100 %"}, {0.99999, "99.9 %"}, {0, "0 %"}, {0.00001, "0.1 %"}, {-1, "-"}, {0.612, "61.2 %"}} {
		if got := success(c.r); got != c.want {
			t.Errorf("success(%v) = %q, want %q", c.r, got, c.want)
		}
	}
}
