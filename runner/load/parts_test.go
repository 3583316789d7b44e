package load

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/pace"
)

func TestRanges(t *testing.T) {
	const top = math.MaxUint64
	tests := []struct {
		name    string
		in      [][2]uint64
		last    uint64
		ours    [][2]uint64
		foreign []uint64
	}{
		{"nothing", nil, 10, [][2]uint64{}, nil},
		{"touching and overlapping", [][2]uint64{{4, 6}, {1, 3}, {5, 9}}, 10, [][2]uint64{{1, 9}}, nil},
		{"holes stay", [][2]uint64{{1, 3}, {5, 9}}, 10, [][2]uint64{{1, 3}, {5, 9}}, nil},
		{"backwards is nothing", [][2]uint64{{9, 1}}, 10, [][2]uint64{}, nil},
		{"beyond the last", [][2]uint64{{1, 12}}, 10, [][2]uint64{{1, 10}}, []uint64{11, 12}},
		{"nothing was written", [][2]uint64{{0, 2}}, 0, [][2]uint64{}, []uint64{0, 1, 2}},
		{"the largest there are", [][2]uint64{{top - 1, top}, {3, 3}}, 3, [][2]uint64{{3, 3}}, []uint64{top - 1, top}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ours, foreign := clip(normal(tt.in), tt.last, tt.last)
			if !slices.Equal(ours, tt.ours) || !slices.Equal(foreign, tt.foreign) {
				t.Errorf("ours %v, foreign %v; want %v, %v", ours, foreign, tt.ours, tt.foreign)
			}
		})
	}
	if ours, foreign := clip([][2]uint64{{1, 9}, {12, 12}}, 5, 11); !slices.Equal(ours, [][2]uint64{{1, 5}}) || !slices.Equal(foreign, []uint64{12}) {
		t.Errorf("under load: %v of ours, %v foreign", ours, foreign)
	}
	if _, foreign := clip([][2]uint64{{0, top}}, 5, 5); len(foreign) != maxUnexpected {
		t.Errorf("%d foreign ids of an endless range", len(foreign))
	}
}

func TestFramesSurviveTheWire(t *testing.T) {
	var wire bytes.Buffer
	out := &frameWriter{w: &wire}
	batches := [][]drill.Sample{
		{{Route: drill.Write, Slot: 3, Intended: time.Second, Start: time.Second + 1, End: 2 * time.Second, Class: drill.HTTP5xx, Status: 503, Ack: drill.Indeterminate, ID: 9, Epoch: 4, Region: "eu", Instance: "eu-gateway-1", Leader: "us-west", Origin: "us-east", Reused: true}},
		{{Missing: true}, {Slot: math.MaxUint64, Expired: true}},
	}
	err := errors.Join(out.json(frameHello, Hello{PID: 7}), out.samples(batches[0]), out.json(frameAnswer, Answer{Seq: 1}), out.samples(batches[1]))
	if err != nil {
		t.Fatal(err)
	}
	whole := wire.Bytes()
	for cut := range len(whole) + 1 {
		in := newFrameReader(bytes.NewReader(whole[:cut]))
		var got [][]drill.Sample
		var err error
		for err == nil {
			var kind byte
			var payload []byte
			if kind, payload, err = in.next(); err == nil && kind == frameSamples {
				var batch []drill.Sample
				if batch, err = decodeBatch(payload); err == nil {
					got = append(got, batch)
				}
			}
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if cut == len(whole) && !reflect.DeepEqual(got, batches) {
			t.Errorf("got %+v", got)
		}
	}
	if _, _, err := newFrameReader(bytes.NewReader([]byte{'s', 0xff, 0xff, 0xff, 0xff, 0x7f})).next(); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("an endless frame: %v", err)
	}
}

func TestAnOutboxNeverBlocks(t *testing.T) {
	var b outbox
	for range maxWaiting + 10 {
		b.put(drill.Sample{})
	}
	if b.lost() != 10 {
		t.Errorf("%d lost, want 10", b.lost())
	}
	sent := 0
	for range 3 {
		if err := b.flush(func(s []drill.Sample) error { sent += len(s); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if sent != maxWaiting {
		t.Errorf("%d sent, want %d", sent, maxWaiting)
	}
}

func TestStatsTellWhenSamplesAreNotTheWholeTruth(t *testing.T) {
	good := RouteStats{Counts: pace.Counts{Planned: 10, Sent: 9, Skipped: 1}, Samples: 9, Answered: 8, VegetaAnswered: 8}
	lost, other := good, good
	lost.Samples, other.VegetaAnswered = 8, 9
	for _, tt := range []struct {
		name  string
		stats Stats
		ok    bool
	}{
		{"complete", Stats{Routes: map[string]RouteStats{"read": good}}, true},
		{"dropped", Stats{Routes: map[string]RouteStats{"read": good}, Dropped: 1}, false},
		{"a slot without a sample", Stats{Routes: map[string]RouteStats{"read": good, "write": lost}}, false},
		{"vegeta saw something else", Stats{Routes: map[string]RouteStats{"read": other}}, false},
	} {
		if err := tt.stats.Check(); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func FuzzDecodeBatch(f *testing.F) {
	f.Add(appendBatch(nil, []drill.Sample{{Route: drill.Write, Slot: 3, Intended: -time.Second, End: time.Hour, Class: drill.DNS, Status: 201, ID: 9, Region: "eu", Origin: "eu"}, {Missing: true, Leader: "eu"}, {Route: drill.Intruder, Class: drill.LetIn, ID: 3, Status: 200}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		batch, err := decodeBatch(b)
		if err != nil || len(batch) == 0 {
			return
		}
		again, err := decodeBatch(appendBatch(nil, batch))
		if err != nil || !slices.Equal(again, batch) {
			t.Errorf("%+v became %+v: %v", batch, again, err)
		}
	})
}
