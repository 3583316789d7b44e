package samples_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/drill/samples"
)

const ms = time.Millisecond

// typical gives what a load of 300 reads and 50 writes a second leaves, in order
// of the requests' ends.
func typical(n int) []drill.Sample {
	rng := rand.New(rand.NewPCG(1, 1))
	var out []drill.Sample
	for i := range n {
		s := drill.Sample{Route: drill.Read, Slot: uint64(i), Intended: 7*ms + time.Duration(i)*time.Second/300, Status: 200, Reused: true, ID: uint64(i/6) + 1, Region: "us-east", Instance: fmt.Sprintf("us-east-gateway-%d", 1+rng.IntN(2))}
		if i%7 == 6 {
			s.Route, s.Slot, s.Intended, s.Status = drill.Write, uint64(i/7), 3*ms+time.Duration(i/7)*20*ms*7/6, 201
			s.Ack, s.Leader, s.Epoch = drill.Acked, "us-east", 2
		}
		s.Start = s.Intended + time.Duration(rng.Int64N(int64(ms)))
		s.End = s.Start + ms + time.Duration(rng.ExpFloat64()*float64(ms))
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b drill.Sample) int { return int(a.End - b.End) })
	return out
}

func encode(t testing.TB, ss []drill.Sample) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := samples.NewWriter(&b, samples.Header{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range ss {
		if err := w.Write(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(b []byte) ([]drill.Sample, error) {
	r, err := samples.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	var out []drill.Sample
	for {
		s, err := r.Read()
		if errors.Is(err, io.EOF) && err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, s)
	}
}

func odd() []drill.Sample {
	return []drill.Sample{
		{},
		{Route: drill.Write, Slot: math.MaxUint64, Intended: -5, Start: math.MaxInt64, End: -1, Class: drill.OtherError, Status: 65535, Ack: drill.Indeterminate, Missing: true, Reused: true, ID: math.MaxUint64, Epoch: math.MaxUint64, Region: "r", Instance: "i", Leader: "l", Origin: "o"},
		{Intended: math.MinInt64, End: math.MaxInt64, Status: 503, Class: drill.HTTP5xx},
		{Slot: 3, Intended: 4, Status: 404, Missing: true, ID: 1, Leader: "only"},
		{Slot: 2, Intended: 3, Status: 100, Expired: true},
		{Slot: 4, Intended: 5, Status: 200, Region: "r", Origin: "p"},
		{Slot: 5, Intended: 6, Status: 200, Region: "r", Origin: "q"},
		{Route: drill.Intruder, Slot: 1, Intended: 5, Start: 6, End: 7, Class: drill.LetIn, Status: 200, Reused: true, ID: uint64(drill.Expired), Region: "r", Instance: "i"},
		{Route: drill.Intruder, Slot: 2, Intended: 9, Start: 9, End: 9, Status: 401, ID: uint64(drill.NoToken)},
		{Route: drill.Write, Slot: 5, Intended: 9, Status: 401, Ack: drill.Rejected},
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, want := range [][]drill.Sample{nil, odd(), typical(5000)} {
		got, err := decode(encode(t, want))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%d samples became %d, %v", len(want), len(got), err)
		}
	}
}

// Files from before there were origins say of everything else what they said.
func TestVersion2IsRead(t *testing.T) {
	t.Parallel()
	head := []byte("drillctl-samples\n{\"version\":2,\"began\":\"2026-11-01T00:00:00Z\",\"timeout_ns\":1000000000}\n")
	one := []byte{4, 1 << 4, 2, 2, 8, 2, 4, 6, 1, 2, 'e', 'u', 1, 'g', 0, 5} // all that a place had: three names and an epoch
	two := []byte{0, 0, 0, 2, 0, 2, 4, 0, 1}
	payload := append(one, two...)
	file := binary.LittleEndian.AppendUint32(head, uint32(len(payload)))
	file = binary.LittleEndian.AppendUint32(file, 2)
	file = binary.LittleEndian.AppendUint32(file, crc32.ChecksumIEEE(payload))
	got, err := decode(append(file, payload...))
	want := []drill.Sample{
		{Slot: 1, Intended: 4, Start: 5, End: 7, Status: 201, Ack: drill.Acked, Reused: true, ID: 3, Epoch: 5, Region: "eu", Instance: "g"},
		{Slot: 2, Intended: 8, Start: 9, End: 11, Status: 200, ID: 3, Epoch: 5, Region: "eu", Instance: "g"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// Files of before there were intruders and expired tokens can still be read, later
// ones not.
func TestOlderVersions(t *testing.T) {
	t.Parallel()
	want := typical(1000)
	file := encode(t, want)
	for version, readable := range map[string]bool{"1": false, "3": true, "4": true, "5": true, "6": false} {
		old := bytes.Replace(file, []byte(`"version":5`), []byte(`"version":`+version), 1)
		got, err := decode(old)
		if (err == nil) != readable || readable && !slices.Equal(got, want) {
			t.Errorf("version %s: %d samples, %v", version, len(got), err)
		}
	}
}

func TestSizeOfASample(t *testing.T) {
	t.Parallel()
	const n = 50_000
	per := float64(len(encode(t, typical(n)))) / n
	if t.Logf("%.1f bytes a sample", per); per > 16 {
		t.Errorf("%.1f bytes a sample", per)
	}
}

// TestTornTail cuts a file anywhere: whole batches are kept, the rest is torn.
func TestTornTail(t *testing.T) {
	t.Parallel()
	want := typical(1500)
	whole := encode(t, want)
	for cut := 0; cut < len(whole); cut += 97 {
		got, err := decode(whole[:cut])
		torn := errors.Is(err, samples.ErrTorn)
		if !torn && err != nil || len(got)%512 != 0 || !slices.Equal(got, want[:len(got)]) {
			t.Errorf("cut at %d: %d samples, %v", cut, len(got), err)
		}
		n := 0
		for s, err := range samples.Sorted(bytes.NewReader(whole[:cut]), time.Second) {
			if errors.Is(err, samples.ErrTorn) && torn {
				torn = false // and it must be the last
				continue
			}
			if err != nil {
				t.Errorf("cut at %d: %v, %v", cut, s, err)
			}
			n++
		}
		if n != len(got) || torn {
			t.Errorf("cut at %d: %d samples sorted, %d read", cut, n, len(got))
		}
	}
}

// TestEveryFlippedBitIsNoticed: nothing wrong is ever given as right.
func TestEveryFlippedBitIsNoticed(t *testing.T) {
	t.Parallel()
	want := typical(600)
	whole := encode(t, want)
	rng := rand.New(rand.NewPCG(3, 3))
	start := bytes.IndexByte(whole[20:], '\n') + 21
	for range 2000 {
		bad := slices.Clone(whole)
		bad[start+rng.IntN(len(bad)-start)] ^= 1 << rng.IntN(8)
		got, err := decode(bad)
		if err == nil || len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
			t.Fatalf("%d samples and %v from a damaged file", len(got), err)
		}
	}
}

func TestNotOurs(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "drillctl", "drillctl-samples\n", "drillctl-samples\n{}\n", "drillctl-samples\n{\"version\":99}\n", "drillctl-samples\n" + string(make([]byte, 9000))} {
		if _, err := decode([]byte(text)); err == nil {
			t.Errorf("%.40q was taken", text)
		}
	}
}

func TestSorted(t *testing.T) {
	t.Parallel()
	want := typical(20000)
	slow := &want[100]
	slow.End = slow.Intended + 900*ms
	slices.SortFunc(want, func(a, b drill.Sample) int { return int(a.End - b.End) })
	file := encode(t, want)
	var got []drill.Sample
	for s, err := range samples.Sorted(bytes.NewReader(file), time.Second) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, s)
	}
	slices.SortFunc(want, drill.Compare)
	if !slices.Equal(got, want) {
		t.Errorf("%d samples, want %d in order", len(got), len(want))
	}
	var last error
	for _, err := range samples.Sorted(bytes.NewReader(file), 100*ms) {
		last = err
	}
	if last == nil {
		t.Error("a sample far out of order was taken")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteErrors(t *testing.T) {
	t.Parallel()
	if _, err := samples.NewWriter(broken{}, samples.Header{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

// A brokenPipe takes so many bytes.
type brokenPipe struct{ left int }

func (p *brokenPipe) Write(b []byte) (int, error) {
	if p.left -= len(b); p.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(b), nil
}

// TestNothingFollowsATornBatch: the first failure stays.
func TestNothingFollowsATornBatch(t *testing.T) {
	t.Parallel()
	p := &brokenPipe{left: 200}
	w, err := samples.NewWriter(p, samples.Header{})
	if err != nil {
		t.Fatal(err)
	}
	for range 600 {
		err = w.Write(drill.Sample{})
	}
	p.left = 1 << 20
	if !errors.Is(err, io.ErrClosedPipe) || !errors.Is(w.Close(), io.ErrClosedPipe) || p.left != 1<<20 {
		t.Errorf("%v, then %v, and %d bytes more", err, w.Close(), 1<<20-p.left)
	}
}
