package order

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	for _, tt := range []struct{ body, err string }{
		{`{"id":"17","sent_ns":5,"item":"x"}`, ""},
		{`{"id":"0"}`, ""},
		{`{"id":"18446744073709551615","more":[1]}`, ""},
		{`{"id":"18446744073709551616"}`, "decimal number"},
		{`{"id":"017"}`, "decimal number"},
		{`{"id":""}`, "decimal number"},
		{`{"id":17}`, "in a string"},
		{`{"id":null}`, "no id"},
		{`{}`, "no id"},
		{`[]`, "cannot unmarshal"},
		{`{"id":"1"} {"id":"2"}`, "text after"},
		{``, "EOF"},
	} {
		_, err := Decode(strings.NewReader(tt.body))
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: error %v, want %q", tt.body, err, tt.err)
		}
	}
	long := `{"id":"1","item":"` + strings.Repeat("x", MaxBody) + `"}`
	if _, err := Decode(strings.NewReader(long)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%d bytes: %v, want ErrTooLarge", len(long), err)
	}
}

func TestEntryJSON(t *testing.T) {
	want := Entry{Seq: 3, Epoch: 2, Region: "r", Order: Order{ID: math.MaxUint64, Sent: -1, Item: "é\n"}}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Entry
	if err := json.Unmarshal(text, &got); err != nil || got != want {
		t.Errorf("%s came back as %+v, %v", text, got, err)
	}
}

// table makes a log of ids, with the epochs given or all 1.
func table(t *testing.T, ids []ID, epochs ...uint64) *Table {
	t.Helper()
	tab := NewTable()
	for i, id := range ids {
		e := Entry{Seq: uint64(i + 1), Epoch: 1, Order: Order{ID: id}}
		if len(epochs) > 0 {
			e.Epoch = epochs[i]
		}
		if err := tab.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return tab
}

func TestTableLists(t *testing.T) {
	tab := table(t, []ID{5, 1, 2, 9, 2, math.MaxUint64, 3, 2, 0})
	ranges, twice := tab.Ranges()
	if got := fmt.Sprint(ranges, twice); got != "[[0 3] [5 5] [9 9] [18446744073709551615 18446744073709551615]] [2]" {
		t.Errorf("ranges and duplicates: %s", got)
	}
	for _, tt := range []struct {
		after ID
		all   bool
		limit int
		want  string
	}{
		{all: true, limit: 2, want: "[0 1] false"},
		{all: true, limit: 3, want: "[0 1 2 2 2] false"},
		{after: 0, limit: 1, want: "[1] false"},
		{after: 2, limit: 10, want: "[3 5 9 18446744073709551615] true"},
		{after: 4, limit: 1, want: "[5] false"},
		{after: math.MaxUint64, limit: 1, want: "[] true"},
	} {
		ids, whole := tab.Page(tt.after, tt.all, tt.limit)
		if got := fmt.Sprint(ids, whole); got != tt.want {
			t.Errorf("after %d limit %d: %s, want %s", tt.after, tt.limit, got, tt.want)
		}
	}
	if e, ok := tab.Get(2); !ok || e.Seq != 3 {
		t.Errorf("order 2: %+v %v, want its first entry", e, ok)
	}
	if got := len(tab.After(7)); got != 2 {
		t.Errorf("%d entries behind 7 of 9", got)
	}
	if got := len(tab.After(math.MaxUint64)); got != 0 {
		t.Errorf("%d entries behind the last that can be", got)
	}
}

func TestTableRefuses(t *testing.T) {
	tab := table(t, []ID{1, 2}, 3, 4)
	for _, e := range []Entry{{Seq: 4, Epoch: 4}, {Seq: 2, Epoch: 4}, {Seq: 3, Epoch: 3}} {
		if tab.Add(e) == nil {
			t.Errorf("entry %d of epoch %d came after entry 2 of epoch 4", e.Seq, e.Epoch)
		}
	}
	if tab.Replace([]Entry{{Seq: 2, Epoch: 1}}) == nil || tab.Last().Seq != 2 {
		t.Errorf("a log that begins at 2 was taken, or the old one is gone: %+v", tab.Last())
	}
}

func TestCommon(t *testing.T) {
	for _, tt := range []struct {
		a, b string // epochs of the entries
		want uint64
	}{
		{"", "", 0},
		{"", "11", 0},
		{"11", "11", 2},
		{"111", "11", 2},
		{"1113", "11222", 2},
		{"11122", "1112", 4},
		{"1122", "1133", 2},
		{"112233", "1122", 4},
		{"112244", "1122334", 4},
		{"22", "11", 0},
		{"1122", "1222", 1}, // cannot be: an epoch begins at one place
	} {
		got := Common(spans(t, tt.a), spans(t, tt.b))
		if back := Common(spans(t, tt.b), spans(t, tt.a)); got != tt.want || back != got {
			t.Errorf("%q and %q share %d (%d), want %d", tt.a, tt.b, got, back, tt.want)
		}
	}
}

func spans(t *testing.T, epochs string) []Span {
	tab := NewTable()
	for i, c := range epochs {
		if err := tab.Add(Entry{Seq: uint64(i + 1), Epoch: uint64(c - '0'), Order: Order{ID: ID(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	return tab.Spans()
}

func TestNewer(t *testing.T) {
	if !Newer(Entry{Seq: 1, Epoch: 2}, Entry{Seq: 9, Epoch: 1}) || !Newer(Entry{Seq: 2, Epoch: 1}, Entry{Seq: 1, Epoch: 1}) || Newer(Entry{}, Entry{}) {
		t.Error("a later epoch wins, then the longer log, and nothing is newer than itself")
	}
}
