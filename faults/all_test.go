package faults

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/internal/golden"
)

// kindVars are the package's variables of type Kind, from its source.
func kindVars(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, v := range spec.Values {
				if lit, ok := v.(*ast.CompositeLit); ok {
					if id, ok := lit.Type.(*ast.Ident); ok && id.Name == "Kind" {
						out = append(out, spec.Names[i].Name)
					}
				}
			}
			return true
		})
	}
	return out
}

func TestAllHoldsEveryKind(t *testing.T) {
	vars := kindVars(t)
	if len(vars) == 0 || len(vars) != len(All()) {
		t.Errorf("the source has the kinds %v, All has %v", vars, Names())
	}
	seen := map[string]bool{}
	for _, k := range All() {
		if seen[k.Name] {
			t.Errorf("%s is listed twice", k.Name)
		}
		seen[k.Name] = true
	}
}

func TestEveryKindIsWhole(t *testing.T) {
	for _, k := range All() {
		t.Run(k.Name, func(t *testing.T) {
			if k.Summary == "" || !strings.HasSuffix(k.Summary, ".") || k.Doc == "" || k.Fits == nil {
				t.Errorf("it says too little of itself: %+v", k)
			}
			for _, x := range k.Excludes {
				other, ok := Lookup(x)
				if !ok {
					t.Fatalf("it excludes %q, which is no kind", x)
				}
				if !slices.Contains(other.Excludes, k.Name) {
					t.Errorf("it excludes %s, but not the other way round", x)
				}
			}
			f := k.New()
			if c, ok := f.(Checker); ok {
				if p := c.Check(); p != nil {
					t.Errorf("its defaults are wrong: %v", p)
				}
			}
			survives(t, k, k.New())
			survives(t, k, changed(t, k.New()))
			for _, p := range Params(k) {
				if p.Doc == "" || p.Type == "" {
					t.Errorf("parameter %+v is not explained", p)
				}
				if p.Enum != nil && !slices.Contains(p.Enum, p.Default) {
					t.Errorf("default %q of %s is none of %v", p.Default, p.Name, p.Enum)
				}
			}
			if err := k.Fits(nil); err == nil {
				t.Error("it fits an instance that can do nothing")
			}
		})
	}
}

// survives sends a fault through JSON, as the journal does.
func survives(t *testing.T, k Kind, f Fault) {
	t.Helper()
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	back := k.New()
	if err := json.Unmarshal(data, back); err != nil || !reflect.DeepEqual(f, back) {
		t.Errorf("%s came back as %+v (%v)", data, back, err)
	}
}

// changed sets every field to something else than its default.
func changed(t *testing.T, f Fault) Fault {
	t.Helper()
	v := reflect.ValueOf(f).Elem()
	for i := range v.NumField() {
		switch x := v.Field(i); x.Kind() {
		case reflect.Int64, reflect.Int:
			x.SetInt(x.Int() + 12345)
		case reflect.Uint64:
			x.SetUint(7_000_000)
		case reflect.Float64:
			x.SetFloat(0.125)
		case reflect.Bool:
			x.SetBool(!x.Bool())
		case reflect.String:
			enum := strings.Split(v.Type().Field(i).Tag.Get("enum"), ",")
			x.SetString(enum[len(enum)-1])
		case reflect.Slice:
			if x.Type().Elem().Kind() == reflect.String {
				x.Set(reflect.ValueOf([]string{"sh", "-c", "exit 0"}))
				break
			}
			x.Set(reflect.ValueOf([]int{80, 443}))
		case reflect.Map: // what Arm has found
			x.Set(reflect.ValueOf(limits{"id": {Amount: 1.5, Settings: map[string]int64{"nano-cpus": 1_500_000_000}}}))
		default:
			t.Fatalf("field of a %s", x.Kind())
		}
	}
	return f
}

func TestExplain(t *testing.T) {
	var b bytes.Buffer
	for _, k := range All() {
		if err := Explain(&b, k); err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n")
	}
	golden.Assert(t, "explain.txt", b.Bytes())
}

func TestWrongParametersAreToldByName(t *testing.T) {
	tests := []struct {
		f    Checker
		want string
	}{
		{&Stop{Grace: -1}, "grace"}, {&Restart{Grace: time.Hour}, "grace"}, {&Crash{Signal: "hup"}, "signal"},
		{&Latency{Delay: 0}, "delay"}, {&Latency{Delay: time.Second, Jitter: 2 * time.Second}, "jitter"},
		{&Latency{Delay: time.Second, Ports: []int{0}}, "ports"},
		{&Loss{Share: 0, Direction: "both"}, "share"}, {&Loss{Share: 0.5, Direction: "x"}, "direction"},
		{&DNSFail{Answer: "refused"}, "answer"}, {&DNSFail{Answer: "nxdomain", Names: []string{"a b"}}, "names"},
		{&DNSSlow{Delay: time.Hour}, "delay"}, {&DNSSlow{Delay: time.Second, Jitter: 2 * time.Second}, "jitter"},
		{&DiskFull{Path: "data", Fill: 1}, "path"}, {&DiskFull{Path: "/", Fill: 1}, "path"}, {&DiskFull{Path: "/data"}, "fill"},
		{&HTTPFail{Paths: []string{"/x"}, Status: 200}, "status"}, {&HTTPFail{Paths: []string{"x"}, Status: 503}, "paths"},
		{&HTTPFail{Paths: []string{"/*/x"}, Status: 503}, "paths"}, {&HTTPFail{Paths: []string{"/x"}, Status: 503, Ports: []int{0}}, "ports"},
		{&HTTPSlow{Paths: []string{"/x"}, Delay: time.Millisecond}, "delay"}, {&HTTPSlow{Paths: []string{"/x"}, Delay: time.Second, Jitter: 2 * time.Second}, "jitter"},
		{&HTTPSlow{Paths: []string{"/x?y"}, Delay: time.Second}, "paths"},
		{&Flood{Kind: "noise", Rate: 10}, "kind"}, {&Flood{Kind: "requests", Rate: 5000}, "rate"}, {&Flood{Kind: "requests", Rate: 1}, "rate"},
		{&Flood{Kind: "requests", Rate: 10, Connections: 1}, "connections"}, {&Flood{Kind: "slow-clients", Rate: 10}, "connections"},
		{&Flood{Kind: "slow-clients", Rate: 10, Connections: 10, Manner: "rude", Path: "/"}, "manner"}, {&Flood{Kind: "requests", Rate: 10, Manner: "deaf", Path: "x"}, "path"},
		{&Flood{Kind: "requests", Rate: 10, Manner: "deaf", Path: "/", Headers: []string{"no header"}}, "headers"},
		{&Flood{Kind: "requests", Rate: 10, Manner: "deaf", Path: "/", Headers: []string{"Transfer-Encoding: chunked"}}, "headers"},
		{&Flood{Kind: "requests", Rate: 10, Manner: "deaf", Path: "/", Ports: []int{0}}, "ports"},
		{&CPUThrottle{CPUs: 0.001}, "cpus"}, {&MemoryLimit{Memory: 1 << 20}, "memory"},
		{&Bandwidth{Rate: 1}, "rate"}, {&Partition{Direction: ""}, "direction"}, {&Reset{Direction: "both", Ports: []int{70000}}, "ports"},
	}
	for _, tt := range tests {
		if got := tt.f.Check(); got[tt.want] == "" {
			t.Errorf("%+v: %v, want a complaint about %s", tt.f, got, tt.want)
		}
	}
}

func TestUnits(t *testing.T) {
	var p Percent
	var r BitRate
	for text, want := range map[string]float64{"5%": 0.05, "100%": 1, " 0.5 % ": 0.005} {
		if err := p.UnmarshalText([]byte(text)); err != nil || float64(p) != want {
			t.Errorf("%q is %v (%v), want %v", text, p, err, want)
		}
	}
	for text, want := range map[string]uint64{"1mbit": 1e6, "512kbit": 512e3, "8000bit": 8000, "1.5gbit": 15e8} {
		if err := r.UnmarshalText([]byte(text)); err != nil || uint64(r) != want {
			t.Errorf("%q is %v (%v), want %v", text, r, err, want)
		}
	}
	var often PerSecond
	for text, want := range map[string]float64{"300/s": 300, " 0.5 /s": 0.5, "0/s": 0} {
		if err := often.UnmarshalText([]byte(text)); err != nil || float64(often) != want {
			t.Errorf("%q is %v (%v), want %v", text, often, err, want)
		}
	}
	for _, text := range []string{"", "5", "-1/s", "NaN/s", "1e9/s", "5/m"} {
		if err := often.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q passed as %v", text, often)
		}
	}
	for _, text := range []string{"", "5", "-1%", "101%", "NaN%", "x%"} {
		if err := p.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q passed as %v", text, p)
		}
	}
	for _, text := range []string{"", "1", "mbit", "-1mbit", "1e30gbit", "1mb"} {
		if err := r.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q passed as %v", text, r)
		}
	}
}

func TestSizesAndProcessors(t *testing.T) {
	for text, want := range map[string]Size{"64MiB": 64 << 20, "1.5GiB": 3 << 29, "10 KiB": 10 << 10, "7B": 7} {
		var s, again Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%q is %d (%v), want %d", text, s, err, want)
		}
		if b, err := s.MarshalText(); err != nil || again.UnmarshalText(b) != nil || again != s {
			t.Errorf("%d is written %s and read as %d (%v)", s, b, again, err)
		}
	}
	for _, text := range []string{"", "64", "64MB", "-1MiB", "NaNB", "9999TiB"} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q passed as %v", text, s)
		}
	}
	for text, ok := range map[string]bool{"0.5": true, "2": true, "": false, "-1": false, "NaN": false, "1e9": false, "10%": false} {
		var c CPUs
		if err := c.UnmarshalText([]byte(text)); (err == nil) != ok {
			t.Errorf("%q: %v, %v", text, c, err)
		}
	}
}

func TestSuggest(t *testing.T) {
	if got := Suggest("blackhol"); !strings.HasPrefix(got, "did you mean blackhole?") {
		t.Errorf("suggested %q", got)
	}
	if got := Suggest("zzzzzzzzzz"); strings.Contains(got, "did you mean") || !strings.Contains(got, "known:") {
		t.Errorf("suggested %q", got)
	}
}
