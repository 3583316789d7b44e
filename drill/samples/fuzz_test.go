package samples_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"encoding/binary"
	"hash/crc32"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/drill/samples"
)

// seal wraps arbitrary bytes as one batch with a true checksum, so that the
// decoder proper gets them.
func seal(payload []byte, n uint32) []byte {
	b := encodeHeader()
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = binary.LittleEndian.AppendUint32(b, n)
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(payload))
	return append(b, payload...)
}

func encodeHeader() []byte {
	var b bytes.Buffer
	w, err := samples.NewWriter(&b, samples.Header{})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

func FuzzReader(f *testing.F) {
	good := encode(f, typical(20))
	head := len(encodeHeader())
	f.Add(good, uint32(0))
	f.Add(good[head+12:], uint32(20))
	f.Add([]byte{}, uint32(1))
	f.Fuzz(func(t *testing.T, b []byte, n uint32) {
		for _, file := range [][]byte{b, seal(b, n)} {
			got, err := decode(file)
			if len(got) > len(file) {
				t.Errorf("%d samples from %d bytes", len(got), len(file))
			}
			for _, s := range got {
				if s.Route > drill.Intruder || s.Class > drill.LetIn || s.Ack > drill.Indeterminate {
					t.Errorf("impossible: %+v", s)
				}
			}
			if err != nil {
				continue
			}
			again, err := decode(encode(t, got))
			if err != nil || !slices.Equal(got, again) {
				t.Errorf("not the same again: %v", err)
			}
			for range samples.Sorted(bytes.NewReader(file), time.Second) {
				continue
			}
		}
	})
}

// TestABatchCutShortIsDamageNotTheEnd has fewer samples than it says.
func TestABatchCutShortIsDamageNotTheEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		payload []byte
		n       uint32
	}{{[]byte{0, 0}, 1}, {[]byte{0}, 1}, {make([]byte, 8), 1}, {[]byte{0, 15, 0, 0, 0, 0, 0}, 1}, {[]byte{0, 0xf0, 0, 0, 0, 0, 0}, 1}} {
		_, err := decode(seal(c.payload, c.n))
		if err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%v: %v", c.payload, err)
		}
		var last error
		for _, err := range samples.Sorted(bytes.NewReader(seal(c.payload, c.n)), time.Second) {
			last = err
		}
		if last == nil {
			t.Errorf("%v: a damaged file was sorted", c.payload)
		}
	}
}
