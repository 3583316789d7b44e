package ask

import (
	"errors"
	"io/fs"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every name of a record leads back to it, and no name of another run does: a
// record that an earlier run left must never count as found.
func TestNamesLeadBack(t *testing.T) {
	mine, other := NamesOf("20261127T120000-shop-1"), NamesOf("20261127T120000-shop-2")
	for _, seq := range []uint64{0, 1, 2, 9, 10, 1000, perRun - 1} {
		for _, name := range []string{mine.ID(seq), mine.UUID(seq), mine.Number(seq), strings.ToUpper(mine.UUID(seq))} {
			got, ok := mine.Seq(name)
			if zero := seq == 0 && name == mine.Number(0); !ok && !zero || ok && got != seq {
				t.Errorf("%s: %d, %v; want %d", name, got, ok, seq)
			}
			if _, ok := other.Seq(name); ok {
				t.Errorf("%s is taken for one of another run", name)
			}
		}
		if n, err := strconv.ParseUint(mine.Number(seq), 10, 64); err != nil || n > 1<<53 {
			t.Errorf("number %s is not exact in every reader", mine.Number(seq))
		}
	}
	for _, name := range []string{"", "1", "x", mine.Key() + "-", mine.Key() + "-01", mine.Key() + "--1", mine.ID(1) + " ", strconv.FormatUint(math.MaxUint64, 10), strings.Repeat("-", 36)} {
		if seq, ok := mine.Seq(name); ok {
			t.Errorf("%q is taken for %d", name, seq)
		}
	}
}

func TestText(t *testing.T) {
	n := NamesOf("run")
	for text, want := range map[string]string{
		"": "", "plain": "plain", "/o/{{.ID}}?r={{ .Run }}": "/o/" + n.ID(7) + "?r=" + n.Key(), "{{.N}}{{.N}}": "77", "{{.Number}}": n.Number(7), `{"u":"{{.UUID}}"}`: `{"u":"` + n.UUID(7) + `"}`,
	} {
		p, err := Parse(text)
		if err != nil || p.For(n, 7) != want {
			t.Errorf("%s: %q, %v; want %q", text, p.For(n, 7), err, want)
		}
	}
	for _, text := range []string{"{{", "{{.Foo}}", "{{ID}}", "{{.ID | html}}", "{{}}", "{{.ID}", "{{{.ID}}}", "a{{.}}"} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("/orders/{{.ID}}?x={{ .N }}")
	f.Add("{{{{.ID}}}}")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err == nil && !strings.Contains(s, "{{") && p.For(NamesOf("r"), 1) != s {
			t.Errorf("%q became %q", s, p.For(NamesOf("r"), 1))
		}
	})
}

func TestAnswers(t *testing.T) {
	n := NamesOf("run")
	id, number := n.ID(3), n.Number(3)
	tests := []struct {
		expect Expect
		body   string
		holds  bool
	}{
		{Expect{}, "anything", true},
		{Expect{Contains: "{{.ID}}"}, "x " + id + " y", true},
		{Expect{Contains: "{{.ID}}"}, "x " + n.ID(4), false},
		{Expect{JSON: "$.id"}, `{"id": null}`, true},
		{Expect{JSON: "$.id"}, `{"name": 1}`, false},
		{Expect{JSON: "$.id"}, `not json`, false},
		{Expect{JSON: "$.order.id", Equals: "{{.ID}}"}, `{"order": {"id": "` + id + `"}}`, true},
		{Expect{JSON: "$.order.id", Equals: "{{.ID}}"}, `{"order": {"id": "` + n.ID(30) + `"}}`, false},
		{Expect{JSON: "$.id", Equals: "{{.Number}}"}, `{"id": ` + number + `}`, true},
		{Expect{JSON: "$.ok", Equals: "true"}, `{"ok": true}`, true},
		{Expect{JSON: "$[*].id", Equals: "{{.ID}}"}, `[{"id":"a"},{"id":"` + id + `"}]`, true},
	}
	for _, tt := range tests {
		f, err := Request{Expect: tt.expect}.Form(n, http.MethodGet)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Holds([]byte(tt.body), 3); got != tt.holds {
			t.Errorf("%+v on %s: %v", tt.expect, tt.body, got)
		}
	}
}

func TestSeqs(t *testing.T) {
	n := NamesOf("run")
	body := `{"items": [{"id": "` + n.ID(2) + `"}, {"id": "theirs"}, {"id": 17}, {"id": ` + n.Number(5) + `}, {"id": "` + n.UUID(9) + `"}, {"id": "` + n.ID(2) + `"}, {"id": null}, {}]}`
	got, err := Seqs("$.items[*].id", []byte(body), n)
	if want := []uint64{2, 5, 9, 2}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	if got, err := Seqs("$.none", []byte(body), n); err != nil || len(got) > 0 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Seqs("$.items", []byte("<html>"), n); err == nil {
		t.Error("a page is a list")
	}
}

func TestSecretsAreToldByName(t *testing.T) {
	env := map[string]string{"TOKEN": "hunter2", "LONG": "hunter2hunter2", "EMPTY": ""}
	lookup := func(n string) (string, bool) { v, ok := env[n]; return v, ok }
	var s Secrets
	got, err := s.Resolve("Bearer ${TOKEN} ${LONG} $TOKEN {{.ID}}", lookup)
	if err != nil || got != "Bearer hunter2 hunter2hunter2 $TOKEN {{.ID}}" {
		t.Fatalf("%q, %v", got, err)
	}
	for _, text := range []string{"${NONE}", "${EMPTY}"} {
		if _, err := s.Resolve(text, lookup); err == nil || !strings.Contains(err.Error(), text[2:len(text)-1]) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if got := s.Scrub("GET /?t=hunter2hunter2&u=hunter2"); got != "GET /?t=${LONG}&u=${TOKEN}" {
		t.Errorf("told: %s", got)
	}
	err = s.ScrubError(errors.Join(errors.New("with hunter2"), fs.ErrNotExist))
	if strings.Contains(err.Error(), "hunter2") || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestForm(t *testing.T) {
	n := NamesOf("run")
	f, err := Request{Path: "/o/{{.ID}}", Body: "{{.N}}", Headers: Pairs{"x-key": "{{.UUID}}", "Host": "shop"}, Expect: Expect{Status: []int{201, 409}}, Missing: 404}.Form(n, http.MethodPost)
	if err != nil {
		t.Fatal(err)
	}
	h := f.Header(http.Header{"User-Agent": {"d"}}, 5)
	if f.Method != http.MethodPost || string(f.URL([]byte("http://a"), 5)) != "http://a/o/"+n.ID(5) || string(f.Body(5)) != "5" || !f.Named ||
		h.Get("X-Key") != n.UUID(5) || h.Get("User-Agent") != "d" || h.Get("Host") != "shop" {
		t.Errorf("%+v, %v", f, h)
	}
	for status, want := range map[int]bool{200: false, 201: true, 409: true, 404: false} {
		if f.Expects(status, true) != want {
			t.Errorf("expects %d: %v", status, !want)
		}
	}
	if !f.Missing(404) || f.Missing(410) {
		t.Error("missing is another status")
	}
	plain, err := Request{}.Form(n, http.MethodGet)
	if err != nil || plain.Named || plain.Body(1) != nil || !plain.Expects(200, false) || plain.Expects(204, false) || !plain.Expects(204, true) {
		t.Errorf("%+v, %v", plain, err)
	}
}
