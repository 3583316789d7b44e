package snapshot

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/drillctl/drillctl/gateway/store/order"
)

func sample(epoch uint64, taken int64, n uint64) Snapshot {
	s := Snapshot{Header: Header{Region: "r", Epoch: epoch, Taken: taken, Spans: []order.Span{{Epoch: epoch, First: 1, Last: n}}}}
	for i := range n {
		s.Entries = append(s.Entries, order.Entry{Seq: i + 1, Epoch: epoch, Order: order.Order{ID: order.ID(i), Item: "a\nb"}})
	}
	return s
}

func TestRoundTrip(t *testing.T) {
	for _, n := range []uint64{0, 1, 1000} {
		want := sample(3, 4, n)
		text, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		want.Count, want.Sum = got.Count, got.Sum
		if got.Count != int(n) || n > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%d entries came back as %+v", n, got)
		}
		if got.End() != (order.Entry{Seq: n, Epoch: 3}) {
			t.Errorf("end %+v", got.End())
		}
	}
}

// Whatever happens to a snapshot, it is noticed.
func TestDamageIsNoticed(t *testing.T) {
	text, err := sample(1, 1, 3).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		bad := append([]byte(nil), text...)
		bad[i] ^= 0x01
		got, err := Decode(bad)
		// A header can say something else and still be one: the entries cannot.
		if err == nil && fmt.Sprint(got.Entries) != fmt.Sprint(sample(1, 1, 3).Entries) {
			t.Errorf("byte %d changed unnoticed", i)
		}
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Errorf("byte %d: %v is no ErrCorrupt", i, err)
		}
		if _, err := Decode(text[:i]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut at byte %d: %v", i, err)
		}
	}
}

func TestShelf(t *testing.T) {
	h := Shelf{Dir: filepath.Join(t.TempDir(), "deep", "er")}
	if all, err := h.All(); err != nil || all != nil {
		t.Errorf("an empty shelf: %v %v", all, err)
	}
	for _, s := range []Snapshot{sample(10, 3, 3), sample(1, 50, 1), sample(2, 7, 2)} {
		if err := h.Put(s); err != nil {
			t.Fatal(err)
		}
	}
	all, err := h.All()
	if err != nil || len(all) != 3 || all[0].Epoch != 1 || all[2].Count != 3 {
		t.Fatalf("kept %d, %v", len(all), err)
	}
	names, err := h.names()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(h.Dir, names[1]), 40); err != nil {
		t.Fatal(err)
	}
	if all, err := h.All(); !errors.Is(err, ErrCorrupt) || len(all) != 2 {
		t.Errorf("with a damaged one: %d, %v", len(all), err)
	}
}

// What can be read of a damaged snapshot is its beginning.
func TestSalvage(t *testing.T) {
	text, err := sample(1, 1, 8).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if s := Salvage(text); len(s.Entries) != 8 || s.Epoch != 1 {
		t.Errorf("a whole one gave %+v", s)
	}
	if n := len(Salvage(text[:len(text)*3/4]).Entries); n < 3 || n > 7 {
		t.Errorf("three quarters gave %d entries", n)
	}
	if n := len(Salvage(nil).Entries); n != 0 {
		t.Errorf("nothing gave %d entries", n)
	}
}

func TestSaveLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	if err := sample(1, 1, 1).Save(filepath.Join(dir, "x")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "taken"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := sample(1, 1, 1).Save(filepath.Join(dir, "taken")); err == nil {
		t.Error("a directory was replaced")
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("%v %v, want x and taken only", files, err)
	}
}
