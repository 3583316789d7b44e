package samples

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/drillctl/drillctl/drill"
)

// A Writer writes samples in the order given. Close it, or the last batch is
// lost. It is not safe for concurrent use.
type Writer struct {
	w       io.Writer
	buf     []byte
	n       int
	guesses [routes]guess
	places  map[place]uint64
	err     error // of the first failure: nothing may follow a torn batch
}

// NewWriter writes the header.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	h.Version = Version
	head, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("samples header: %w", err)
	}
	if _, err := w.Write(append([]byte(magic), append(head, '\n')...)); err != nil {
		return nil, fmt.Errorf("samples header: %w", err)
	}
	return &Writer{w: w, places: map[place]uint64{{}: 0}}, nil
}

// Write adds one sample. Times are kept to the nanosecond, names to 255 bytes.
// After an error nothing more is written.
func (w *Writer) Write(s drill.Sample) error {
	if w.err != nil {
		return w.err
	}
	if s.Route > drill.Intruder || s.Class > drill.LetIn || s.Ack > drill.Indeterminate {
		return fmt.Errorf("write samples: impossible sample %+v", s)
	}
	w.buf = appendSample(w.buf, s, &w.guesses[s.Route])
	w.place(place{short(s.Region), short(s.Instance), short(s.Leader), s.Epoch, short(s.Origin)})
	if w.n++; w.n >= batchSamples {
		return w.Flush()
	}
	return nil
}

func short(s string) string { return s[:min(len(s), maxName)] }

// place writes a place's number, and the place itself the first time. When there
// are too many, as no drill has, the rest are unknown.
func (w *Writer) place(p place) {
	n, ok := w.places[p]
	if !ok && len(w.places) < maxPlaces {
		n = uint64(len(w.places))
		w.places[p] = n
	}
	w.buf = binary.AppendUvarint(w.buf, n)
	if ok || n == 0 {
		return
	}
	for _, name := range []string{p.region, p.instance, p.leader} {
		w.buf = append(binary.AppendUvarint(w.buf, uint64(len(name))), name...)
	}
	w.buf = binary.AppendUvarint(w.buf, p.epoch)
	w.buf = append(binary.AppendUvarint(w.buf, uint64(len(p.origin))), p.origin...)
}

// Flush writes what is gathered as one batch.
func (w *Writer) Flush() error {
	if w.n == 0 || w.err != nil {
		return w.err
	}
	var head [12]byte
	binary.LittleEndian.PutUint32(head[0:], uint32(len(w.buf)))
	binary.LittleEndian.PutUint32(head[4:], uint32(w.n))
	binary.LittleEndian.PutUint32(head[8:], crc32.ChecksumIEEE(w.buf))
	_, err := w.w.Write(append(head[:], w.buf...))
	w.buf, w.n = w.buf[:0], 0
	if err != nil {
		w.err = fmt.Errorf("write samples: %w", err)
	}
	return w.err
}

// Close flushes; the file stays the caller's.
func (w *Writer) Close() error { return w.Flush() }
