package samples

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/drillctl/drillctl/drill"
)

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
