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

// Version is that of the form written now.
const Version = 1

const magic = "drillctl-samples\n"

const (
	batchSamples = 512
	maxBatch     = 1 << 20
	maxStrings   = 1 << 16
)

// A Writer writes samples in the order given. Close it, or the last batch is
// lost. It is not safe for concurrent use.
type Writer struct {
	w     io.Writer
	buf   []byte
	n     int
	prev  time.Duration
	table map[string]uint64
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
	return &Writer{w: w, table: map[string]uint64{"": 0}}, nil
}

// flags of a sample's first byte beside its route.
const (
	flagWrite = 1 << iota
	flagMissing
	flagReused
	flagID
	flagEpoch
	flagStrings
)

// Write adds one sample. Times are kept to the nanosecond.
func (w *Writer) Write(s drill.Sample) error {
	var flags byte
	set := func(on bool, f byte) {
		if on {
			flags |= f
		}
	}
	set(s.Route == drill.Write, flagWrite)
	set(s.Missing, flagMissing)
	set(s.Reused, flagReused)
	set(s.ID != 0, flagID)
	set(s.Epoch != 0, flagEpoch)
	set(s.Region+s.Instance+s.Leader != "", flagStrings)
	b := append(w.buf, flags, byte(s.Class)|byte(s.Ack)<<4)
	b = binary.AppendUvarint(b, uint64(s.Status))
	b = binary.AppendUvarint(b, s.Slot)
	b = binary.AppendVarint(b, int64(s.Intended-w.prev))
	b = binary.AppendVarint(b, int64(s.Start-s.Intended))
	b = binary.AppendVarint(b, int64(s.End-s.Start))
	if s.ID != 0 {
		b = binary.AppendUvarint(b, s.ID)
	}
	if s.Epoch != 0 {
		b = binary.AppendUvarint(b, s.Epoch)
	}
	if flags&flagStrings != 0 {
		for _, v := range []string{s.Region, s.Instance, s.Leader} {
			b = w.str(b, v)
		}
	}
	w.buf, w.prev = b, s.Intended
	if w.n++; w.n >= batchSamples || len(b) > maxBatch/2 {
		return w.Flush()
	}
	return nil
}

// str writes a string's number, and the string itself the first time.
func (w *Writer) str(b []byte, s string) []byte {
	if len(s) > 255 {
		s = s[:255]
	}
	if n, ok := w.table[s]; ok {
		return binary.AppendUvarint(b, n)
	}
	n := uint64(len(w.table))
	w.table[s] = n
	b = binary.AppendUvarint(b, n)
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// Flush writes what is gathered as one batch.
func (w *Writer) Flush() error {
	if w.n == 0 {
		return nil
	}
	var head [12]byte
	binary.LittleEndian.PutUint32(head[0:], uint32(len(w.buf)))
	binary.LittleEndian.PutUint32(head[4:], uint32(w.n))
	binary.LittleEndian.PutUint32(head[8:], crc32.ChecksumIEEE(w.buf))
	_, err := w.w.Write(append(head[:], w.buf...))
	w.buf, w.n = w.buf[:0], 0
	if err != nil {
		return fmt.Errorf("write samples: %w", err)
	}
	return nil
}

// Close flushes; the file stays the caller's.
func (w *Writer) Close() error { return w.Flush() }

// ErrTorn means that the file ends in the middle of a batch, as a crash leaves
// it. All samples before that have been given.
var ErrTorn = errors.New("the samples end in a torn batch")

// A Reader reads what a Writer wrote.
type Reader struct {
	Header Header
	r      io.Reader
	batch  *bytes.Reader
	left   uint32
	prev   time.Duration
	table  []string
}

// NewReader reads the header.
func NewReader(r io.Reader) (*Reader, error) {
	got := make([]byte, len(magic))
	if _, err := io.ReadFull(r, got); err != nil || string(got) != magic {
		return nil, errors.New("not a file of samples")
	}
	var head []byte
	for one := make([]byte, 1); len(head) < 4096; head = append(head, one[0]) {
		if _, err := io.ReadFull(r, one); err != nil {
			return nil, fmt.Errorf("samples header: %w", err)
		}
		if one[0] == '\n' {
			break
		}
	}
	out := &Reader{r: r, batch: bytes.NewReader(nil), table: []string{""}}
	if err := json.Unmarshal(head, &out.Header); err != nil {
		return nil, fmt.Errorf("samples header: %w", err)
	}
	if out.Header.Version != Version {
		return nil, fmt.Errorf("samples of version %d; this drillctl reads version %d", out.Header.Version, Version)
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
	s, err := r.sample()
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

func (r *Reader) sample() (s drill.Sample, err error) {
	u := func() uint64 {
		if err != nil {
			return 0
		}
		var v uint64
		v, err = binary.ReadUvarint(r.batch)
		return v
	}
	i := func() time.Duration {
		if err != nil {
			return 0
		}
		var v int64
		v, err = binary.ReadVarint(r.batch)
		return time.Duration(v)
	}
	flags, e1 := r.batch.ReadByte()
	kinds, e2 := r.batch.ReadByte()
	if err = errors.Join(e1, e2); err != nil {
		return s, err
	}
	if flags&flagWrite != 0 {
		s.Route = drill.Write
	}
	s.Missing, s.Reused = flags&flagMissing != 0, flags&flagReused != 0
	s.Class, s.Ack = drill.Class(kinds&15), drill.Ack(kinds>>4)
	s.Status = uint16(u())
	s.Slot = u()
	s.Intended = r.prev + i()
	s.Start = s.Intended + i()
	s.End = s.Start + i()
	r.prev = s.Intended
	if flags&flagID != 0 {
		s.ID = u()
	}
	if flags&flagEpoch != 0 {
		s.Epoch = u()
	}
	if flags&flagStrings != 0 {
		for _, to := range []*string{&s.Region, &s.Instance, &s.Leader} {
			if err == nil {
				*to, err = r.str(u())
			}
		}
	}
	return s, err
}

func (r *Reader) str(n uint64) (string, error) {
	if n < uint64(len(r.table)) {
		return r.table[n], nil
	}
	if n != uint64(len(r.table)) || n > maxStrings {
		return "", fmt.Errorf("string %d of %d", n, len(r.table))
	}
	size, err := binary.ReadUvarint(r.batch)
	if err != nil || size > 255 {
		return "", errors.Join(err, errors.New("a string is too long"))
	}
	buf := make([]byte, size)
	if _, err := io.ReadFull(r.batch, buf); err != nil {
		return "", err
	}
	r.table = append(r.table, string(buf))
	return string(buf), nil
}
