package load_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load"
	"github.com/drillctl/drillctl/runner/load/ask"
)

// A shelf is a foreign API of the simplest sort, which loses, doubles and refuses
// on demand.
type shelf struct {
	mu    sync.Mutex
	order []string
	puts  int
	fate  func(n int) string // of the n-th write
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer s3cret" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/things/")
	switch {
	case r.Method == http.MethodPut:
		b, _ := io.ReadAll(r.Body)
		s.puts++
		switch s.fate(s.puts) {
		case "lose":
		case "refuse":
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		case "fail":
			s.order = append(s.order, name)
			w.WriteHeader(http.StatusBadGateway)
			return
		case "twice":
			s.order = append(s.order, name, name)
		default:
			s.order = append(s.order, name)
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(b)
	case r.URL.Path == "/things":
		all := append([]string{"theirs", "d0000000000-1"}, s.order...)
		_ = json.NewEncoder(w).Encode(map[string]any{"things": all})
	case slices.Contains(s.order, name):
		fmt.Fprintf(w, `{"id": %q}`, name)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// The ledger works against an API that drillctl has never seen, read back as a
// list and one by one, with all classes of measuring.md 2.2 that it can show.
func TestTheLedgerOfAForeignSystem(t *testing.T) {
	t.Parallel()
	auth := ask.Pairs{"Authorization": "Bearer s3cret"}
	fates := map[int]string{3: "lose", 5: "twice", 7: "refuse", 9: "fail"}
	for name, back := range map[string]ask.ReadBack{"list": {Path: "/things", IDs: "$.things[*]"}, "each": {Path: "/things/{{.ID}}"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &shelf{fate: func(n int) string { return fates[n] }}
			srv := httptest.NewServer(s)
			defer srv.Close()
			l, tape := start(t, load.Config{URL: srv.URL, Stores: map[string]string{"west": srv.URL}, ReadRate: 50, WriteRate: 20, Seed: 3, Foreign: &load.Foreign{
				Run: name, Read: ask.Request{Path: "/things/{{.ID}}", Headers: auth, Expect: ask.Expect{JSON: "$.id", Equals: "{{.ID}}"}, Missing: 404},
				Write:    &ask.Request{Method: "PUT", Path: "/things/{{.ID}}", Headers: auth, Body: "{{.N}}", Expect: ask.Expect{Status: []int{201}, Contains: "{{.N}}"}},
				ReadBack: &back,
			}})
			for deadline := time.Now().Add(time.Minute); len(bySlot(tape.All(), drill.Write)) < 12 && time.Now().Before(deadline); {
				time.Sleep(20 * ms)
			}
			stop(t, l)
			finals, err := l.FinalRead(t.Context(), "settled")
			if err != nil || len(finals) != 2 {
				t.Fatalf("%+v, %v", finals, err)
			}
			writes := bySlot(tape.All(), drill.Write)
			last := writes[len(writes)-1].ID
			lost := arrival(t, s, name, "lose", writes)
			refused := arrival(t, s, name, "refuse", writes)
			for _, f := range finals {
				if !f.Stable || f.Err != "" || len(f.Unexpected) > 0 || name == "list" && len(f.Duplicates) != 1 {
					t.Errorf("%+v", f)
				}
				for id := uint64(1); id <= last; id++ {
					want := id != lost && id != refused
					if got := slices.ContainsFunc(f.Ranges, func(r [2]uint64) bool { return r[0] <= id && id <= r[1] }); got != want {
						t.Errorf("%s: record %d is there: %v", f.Source, id, got)
					}
				}
			}
			for _, w := range writes {
				if want := map[uint64]drill.Ack{refused: drill.Rejected}[w.ID]; want != drill.NoWrite && w.Ack != want {
					t.Errorf("record %d: %v", w.ID, w.Ack)
				}
			}
		})
	}
}

// arrival is the record that had a fate: the order of arrival is not that of the
// numbers, so the one of that kind is looked for.
func arrival(t *testing.T, s *shelf, run, fate string, writes []drill.Sample) uint64 {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	names := ask.NamesOf(run)
	for _, w := range writes {
		there := slices.Contains(s.order, names.ID(w.ID))
		if !there && (w.Ack == drill.Rejected) == (fate == "refuse") {
			return w.ID
		}
	}
	t.Fatalf("no record had the fate %q", fate)
	return 0
}

// What cannot be read back is not counted as lost: the read has an error.
func TestAForeignLedgerThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]ask.ReadBack{"no list": {Path: "/things", IDs: "$.x"}, "neither there nor not": {Path: "/things/{{.ID}}", Absent: []int{410}}} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodPost:
				w.WriteHeader(http.StatusCreated)
			case r.URL.Path == "/things":
				fmt.Fprint(w, "<html>maintenance</html>")
			default:
				w.WriteHeader(http.StatusNotFound)
			}
		}))
		defer srv.Close()
		l, tape := start(t, load.Config{URL: srv.URL, WriteRate: 50, Foreign: &load.Foreign{Run: "r", Write: &ask.Request{Path: "/things", Body: "{{.ID}}"}, ReadBack: &back}})
		for deadline := time.Now().Add(time.Minute); len(tape.All()) == 0 && time.Now().Before(deadline); {
			time.Sleep(10 * ms)
		}
		stop(t, l)
		if s := tape.All()[0]; s.Ack != drill.Acked {
			t.Errorf("%+v", s)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		finals, err := l.FinalRead(ctx, "settled")
		if err != nil || len(finals) != 1 || finals[0].Err == "" || finals[0].Stable {
			t.Errorf("%s: %+v, %v", name, finals, err)
		}
	}
}
