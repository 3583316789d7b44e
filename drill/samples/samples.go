// Package samples stores the requests of a drill compactly: about a dozen bytes
// each, in batches with a checksum, so that a torn tail is noticed.
package samples

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// A Header begins a file of samples.
type Header struct {
	Version int           `json:"version"`
	Began   time.Time     `json:"began"` // wall clock at time 0, for print only
	Timeout time.Duration `json:"timeout_ns"`
}

// Version is that of the form written now. Files of version 2, whose places have
// no origin, and of version 3, without intruders, are read, too.
const (
	Version = 4
	oldest  = 2
)

const magic = "drillctl-samples\n"

const (
	batchSamples = 512
	maxBatch     = 1 << 20 // a batch of nothing but new, long names has less
	maxPlaces    = 1 << 14
	maxName      = 255
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

// ErrTorn means that the file ends in the middle, as a crash leaves it. All
// samples before that have been given.
var ErrTorn = drill.ErrTorn

// A Reader reads what a Writer wrote.
type Reader struct {
	Header  Header
	r       io.Reader
	batch   scanner
	left    uint32
	guesses [routes]guess
	places  []place
}

// NewReader reads the header. It is ErrTorn when the file ends within it.
func NewReader(r io.Reader) (*Reader, error) {
	got := make([]byte, len(magic))
	switch n, err := io.ReadFull(r, got); {
	case string(got[:n]) != magic[:n]:
		return nil, errors.New("not a file of samples")
	case err != nil:
		return nil, fmt.Errorf("samples header: %w", ErrTorn)
	}
	var head []byte
	for one := make([]byte, 1); len(head) < 4096; head = append(head, one[0]) {
		if _, err := io.ReadFull(r, one); err != nil {
			return nil, fmt.Errorf("samples header: %w", ErrTorn)
		}
		if one[0] == '\n' {
			break
		}
	}
	out := &Reader{r: r, batch: scanner{Reader: bytes.NewReader(nil)}, places: []place{{}}}
	if err := json.Unmarshal(head, &out.Header); err != nil {
		return nil, fmt.Errorf("samples header: %w", err)
	}
	if v := out.Header.Version; v < oldest || v > Version {
		return nil, fmt.Errorf("samples of version %d; this drillctl reads versions %d to %d", v, oldest, Version)
	}
	return out, nil
}

// Read returns the next sample, io.EOF at the end, ErrTorn at a torn end.
func (r *Reader) Read() (drill.Sample, error) {
	if r.left == 0 {
		if err := r.next(); err != nil {
			return drill.Sample{}, err
		}
	}
	r.left--
	s := r.batch.sample(&r.guesses)
	p := r.place()
	s.Region, s.Instance, s.Leader, s.Epoch, s.Origin = p.region, p.instance, p.leader, p.epoch, p.origin
	err := r.batch.err
	switch {
	case errors.Is(err, io.EOF): // of the batch, not of the file
		err = io.ErrUnexpectedEOF
	case err == nil && r.left == 0 && r.batch.Len() > 0:
		err = fmt.Errorf("%d bytes follow a batch's last sample", r.batch.Len())
	}
	if err != nil {
		return drill.Sample{}, fmt.Errorf("samples are damaged: %w", err)
	}
	return s, nil
}

func (r *Reader) next() error {
	var head [12]byte
	n, err := io.ReadFull(r.r, head[:])
	if n == 0 && errors.Is(err, io.EOF) {
		return io.EOF
	}
	if err != nil {
		return ErrTorn
	}
	size := binary.LittleEndian.Uint32(head[0:])
	if size == 0 || size > maxBatch {
		return fmt.Errorf("samples are damaged: a batch of %d bytes", size)
	}
	buf := make([]byte, size)
	if _, err := io.ReadFull(r.r, buf); err != nil {
		return ErrTorn
	}
	if crc32.ChecksumIEEE(buf) != binary.LittleEndian.Uint32(head[8:]) {
		return errors.New("samples are damaged: a batch's checksum is wrong")
	}
	r.left = binary.LittleEndian.Uint32(head[4:])
	if r.left == 0 {
		return errors.New("samples are damaged: an empty batch")
	}
	r.batch.Reset(buf)
	return nil
}

func (r *Reader) place() (p place) {
	n, b := r.batch.uint(), &r.batch
	if b.err != nil || n < uint64(len(r.places)) {
		return r.places[n%uint64(len(r.places))]
	}
	if n != uint64(len(r.places)) || n >= maxPlaces {
		b.fail("place %d of %d", n, len(r.places))
		return p
	}
	p = place{region: b.text(maxName), instance: b.text(maxName), leader: b.text(maxName), epoch: b.uint()}
	if r.Header.Version > 2 {
		p.origin = b.text(maxName)
	}
	r.places = append(r.places, p)
	return p
}
