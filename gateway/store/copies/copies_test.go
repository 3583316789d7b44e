package copies

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/store/call"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
)

func sample(taken int64, n uint64) snapshot.Snapshot {
	s := snapshot.Snapshot{Header: snapshot.Header{Region: "r", Epoch: 2, Taken: taken}}
	for i := range n {
		s.Entries = append(s.Entries, order.Entry{Seq: i + 1, Epoch: 2, Order: order.Order{ID: order.ID(i), Item: "x"}})
	}
	return s
}

func filled(t *testing.T, upTo int64) *Cupboard {
	t.Helper()
	c := NewCupboard(filepath.Join(t.TempDir(), "deep", "er"), Files, 3)
	for taken := int64(1); taken <= upTo; taken++ {
		if err := c.Put(sample(taken, uint64(taken))); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// whole counts the copies that are what the manifest says.
func whole(t *testing.T, c *Cupboard) string {
	t.Helper()
	list, err := c.List()
	if err != nil {
		t.Fatal(err)
	}
	good := 0
	for _, line := range list {
		if text, err := c.Read(line.Name); err == nil {
			if _, err := line.Open(text); err == nil {
				good++
			}
		}
	}
	return fmt.Sprintf("%d of %d", good, len(list))
}

func TestCupboardKeepsTheNewest(t *testing.T) {
	c := filled(t, 5)
	list, err := c.List()
	if err != nil || len(list) != 3 || list[0].Count != 3 || list[2].Sequence != 5 || list[2].Kind != Files {
		t.Fatalf("%+v, %v", list, err)
	}
	if got := whole(t, c); got != "3 of 3" {
		t.Errorf("%s are whole", got)
	}
	files, err := os.ReadDir(c.dir)
	if err != nil || len(files) != 4 { // and the manifest
		t.Errorf("the directory has %v, %v", files, err)
	}
	if s, err := c.Newest(); err != nil || len(s.Entries) != 5 {
		t.Errorf("the newest has %d entries, %v", len(s.Entries), err)
	}
	for _, name := range []string{"../manifest.json", "manifest.json", "x.snapshot"} {
		if _, err := c.Read(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Any changed byte and any cut is noticed, also in what a snapshot's own sum
// does not cover.
func TestEveryChangeIsNoticed(t *testing.T) {
	text, err := sample(1, 2).Encode()
	if err != nil {
		t.Fatal(err)
	}
	line := describe(Files, sample(1, 2), text)
	for i := range text {
		bad := append([]byte(nil), text...)
		bad[i] ^= 1
		if _, err := line.Open(bad); !errors.Is(err, snapshot.ErrCorrupt) {
			t.Errorf("byte %d changed: %v", i, err)
		}
		if _, err := line.Open(text[:i]); !errors.Is(err, snapshot.ErrCorrupt) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
}

// The medium rots what is there and what comes, and nothing of it is left when
// it is mended; both are safe to repeat.
func TestDamageAndMend(t *testing.T) {
	for _, how := range Ways() {
		c := filled(t, 3)
		for range 2 {
			if err := c.Damage(how); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Put(sample(4, 4)); err != nil {
			t.Fatal(err)
		}
		if got := whole(t, c); got != "0 of 3" || c.Rot() != how {
			t.Errorf("%s: %s are whole, and it rots by %q", how, got, c.Rot())
		}
		if s, err := c.Newest(); err != nil || len(s.Entries) != 0 {
			t.Errorf("%s: restored %d entries, %v", how, len(s.Entries), err)
		}
		for range 2 {
			if err := c.Mend(); err != nil {
				t.Fatal(err)
			}
		}
		files, err := os.ReadDir(c.dir)
		if got := whole(t, c); got != "3 of 3" || err != nil || len(files) != 4 {
			t.Errorf("%s: after mending %s are whole, in the directory %v, %v", how, got, files, err)
		}
	}
	c := filled(t, 0)
	if err := c.Damage(Flip); err != nil {
		t.Fatal(err)
	}
	if err := c.Put(sample(1, 1)); err != nil || whole(t, c) != "0 of 1" {
		t.Errorf("the first copy of a medium that rots: %s are whole, %v", whole(t, c), err)
	}
	if err := filled(t, 1).Damage("burn"); err == nil {
		t.Error("burning is a way")
	}
}

// A manifest that is damaged itself is no reason to keep nothing any more.
func TestManifestIsBegunAnew(t *testing.T) {
	c := filled(t, 2)
	if err := os.WriteFile(c.path(manifest), []byte("["), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.List(); !errors.Is(err, snapshot.ErrCorrupt) {
		t.Errorf("%v", err)
	}
	if err := c.Put(sample(9, 1)); err != nil {
		t.Fatal(err)
	}
	if got := whole(t, c); got != "1 of 1" {
		t.Errorf("%s are whole", got)
	}
}

func TestInspect(t *testing.T) {
	c := filled(t, 3)
	mux := http.NewServeMux()
	for path, methods := range c.Routes() {
		for method, handle := range methods {
			mux.HandleFunc(method+" "+path, handle)
		}
	}
	srv := httptest.NewServer(mux)
	defer srv.Close()
	p := Place{Peer: call.Peer{Name: "v", URL: srv.URL, Client: srv.Client()}, Kind: Objects}
	check := func(since int64, want string) {
		t.Helper()
		err := p.Inspect(t.Context(), since, time.Second)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	do := func(method, query string) {
		t.Helper()
		if _, err := p.Do(t.Context(), time.Second, method, "/copies/damage"+query, nil); err != nil {
			t.Fatal(err)
		}
	}
	check(3, "")
	check(1e9, "older than it may be")
	do("POST", "?how=flip")
	check(3, "corrupt snapshot")
	do("DELETE", "")
	check(3, "")
	do("POST", "?how=remove")
	check(3, "404 Not Found")
	p.URL = "http://127.0.0.1:1"
	check(3, "connection refused")
}
