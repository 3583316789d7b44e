package emit_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/emit"
	"github.com/drillctl/drillctl/internal/mono"
)

func TestEventIsOneLineWithEverything(t *testing.T) {
	var out bytes.Buffer
	e := emit.New(&out, emit.Node{Name: "us-west-gateway-1", Region: "us-west"})
	before := mono.Now()
	e.Event(drill.KindHealth, "us-east-api-1", "us-east", map[string]string{"to": drill.Unhealthy}, "3 checks\nfailed")
	e.Event(drill.KindNote, "", "", nil, "hello")
	after := mono.Now()

	lines := bytes.Split(bytes.TrimSuffix(out.Bytes(), []byte("\n")), []byte("\n"))
	if len(lines) != 2 {
		t.Fatalf("%d lines, want 2:\n%s", len(lines), out.String())
	}
	var first, second emit.Line
	if err := errors.Join(json.Unmarshal(lines[0], &first), json.Unmarshal(lines[1], &second)); err != nil {
		t.Fatal(err)
	}
	if first.Drillctl != emit.Tag || first.Kind != drill.KindHealth || first.Subject != "us-east-api-1" ||
		first.Region != "us-east" || first.By != "us-west-gateway-1" || first.Data["to"] != drill.Unhealthy {
		t.Errorf("first line is %+v", first)
	}
	if first.Mono < before || second.Mono < first.Mono || after < second.Mono {
		t.Errorf("stamps %v, %v are not in order within %v..%v", first.Mono, second.Mono, before, after)
	}
	if second.Subject != "us-west-gateway-1" || second.Region != "us-west" {
		t.Errorf("empty subject and region became %q and %q", second.Subject, second.Region)
	}
}

func TestLinesNeverMix(t *testing.T) {
	var out bytes.Buffer
	e := emit.New(&out, emit.Node{Name: "n", Region: "r"})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				e.Event(drill.KindNote, "", "", map[string]string{"k": "v"}, "x")
			}
		})
	}
	wg.Wait()
	n, last := 0, emit.Line{}
	for s := bufio.NewScanner(&out); s.Scan(); n++ {
		var line emit.Line
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		if line.Mono < last.Mono {
			t.Fatalf("line %d is stamped before the line above it", n)
		}
		last = line
	}
	if n != 400 {
		t.Errorf("%d lines, want 400", n)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("pipe is gone") }

func TestWriteErrorIsKept(t *testing.T) {
	e := emit.New(broken{}, emit.Node{Name: "n"})
	if e.Err() != nil {
		t.Fatal("an error before any event")
	}
	e.Event(drill.KindNote, "", "", nil, "")
	if e.Err() == nil {
		t.Error("the lost event left no error")
	}
}
