package load

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// A batch of samples on the wire: a table of strings, then the samples, each as
// varints. Times are distances, within a sample and from the one before.
//
//	strings: count, then length and bytes of each
//	samples: count, then each
//	sample:  flags, class, ack, status, slot, id, epoch,
//	         intended - intended of the last, start - intended, end - start,
//	         region, instance, leader, origin (places in the table)

const (
	flagWrite = 1 << iota
	flagMissing
	flagReused
	flagIntruder
	flagExpired
)

// minSample is the least number of bytes of one sample.
const minSample = 14

var errBatch = errors.New("decode samples: not a batch")

// A table numbers the strings of a batch. Requests are mostly answered by whom
// the ones before were, so the last few are compared first: that is cheaper than
// to hash each string of each sample.
type table struct {
	names  []string
	places map[string]uint64
	last   [4]uint64 // the place that each kind of name had last
}

func (t *table) place(kind int, s string) uint64 {
	if n := t.last[kind]; n < uint64(len(t.names)) && t.names[n] == s {
		return n
	}
	n, ok := t.places[s]
	if !ok {
		if t.places == nil {
			t.places = map[string]uint64{}
		}
		n = uint64(len(t.names))
		t.places[s] = n
		t.names = append(t.names, s)
	}
	t.last[kind] = n
	return n
}

// appendBatch encodes a batch to the end of b.
func appendBatch(b []byte, batch []drill.Sample) []byte {
	var t table
	for i := range batch {
		s := &batch[i]
		t.place(0, s.Region)
		t.place(1, s.Instance)
		t.place(2, s.Leader)
		t.place(3, s.Origin)
	}
	b = binary.AppendUvarint(b, uint64(len(t.names)))
	for _, n := range t.names {
		b = binary.AppendUvarint(b, uint64(len(n)))
		b = append(b, n...)
	}
	b = binary.AppendUvarint(b, uint64(len(batch)))
	var last time.Duration
	for i := range batch {
		s := &batch[i]
		b = append(b, flags(s), byte(s.Class), byte(s.Ack))
		b = binary.AppendUvarint(b, uint64(s.Status))
		b = binary.AppendUvarint(b, s.Slot)
		b = binary.AppendUvarint(b, s.ID)
		b = binary.AppendUvarint(b, s.Epoch)
		b = binary.AppendVarint(b, int64(s.Intended-last))
		b = binary.AppendVarint(b, int64(s.Start-s.Intended))
		b = binary.AppendVarint(b, int64(s.End-s.Start))
		b = binary.AppendUvarint(b, t.place(0, s.Region))
		b = binary.AppendUvarint(b, t.place(1, s.Instance))
		b = binary.AppendUvarint(b, t.place(2, s.Leader))
		b = binary.AppendUvarint(b, t.place(3, s.Origin))
		last = s.Intended
	}
	return b
}

func flags(s *drill.Sample) byte {
	var f byte
	if s.Route == drill.Write {
		f |= flagWrite
	}
	if s.Route == drill.Intruder {
		f |= flagIntruder
	}
	if s.Missing {
		f |= flagMissing
	}
	if s.Reused {
		f |= flagReused
	}
	if s.Expired {
		f |= flagExpired
	}
	return f
}

// decodeBatch reads what appendBatch wrote.
func decodeBatch(b []byte) ([]drill.Sample, error) {
	d := decoder{b: b}
	var names []string
	for range min(d.uint(), uint64(len(b))) {
		names = append(names, string(d.bytes(d.uint())))
	}
	count := d.uint()
	out := make([]drill.Sample, 0, min(count, uint64(len(d.b)/minSample)))
	var last time.Duration
	for ; count > 0 && !d.bad; count-- {
		s := d.sample(names, last)
		last = s.Intended
		out = append(out, s)
	}
	if d.bad || len(d.b) > 0 {
		return nil, errBatch
	}
	return out, nil
}

// A decoder takes values off b; once one is missing it is bad.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) sample(names []string, last time.Duration) drill.Sample {
	var s drill.Sample
	head := d.bytes(3)
	if d.bad {
		return s
	}
	switch {
	case head[0]&flagWrite != 0:
		s.Route = drill.Write
	case head[0]&flagIntruder != 0:
		s.Route = drill.Intruder
	}
	s.Missing, s.Reused, s.Expired = head[0]&flagMissing != 0, head[0]&flagReused != 0, head[0]&flagExpired != 0
	s.Class, s.Ack = drill.Class(head[1]), drill.Ack(head[2])
	s.Status, s.Slot, s.ID, s.Epoch = uint16(d.uint()), d.uint(), d.uint(), d.uint()
	s.Intended = last + d.duration()
	s.Start = s.Intended + d.duration()
	s.End = s.Start + d.duration()
	s.Region, s.Instance, s.Leader, s.Origin = d.name(names), d.name(names), d.name(names), d.name(names)
	return s
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	return v * uint64(d.skip(n))
}

func (d *decoder) duration() time.Duration {
	v, n := binary.Varint(d.b)
	return time.Duration(v) * time.Duration(d.skip(n))
}

// skip takes n bytes off; 0 says that they were not there.
func (d *decoder) skip(n int) int {
	if n <= 0 || d.bad {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return 1
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.b)) || d.bad {
		d.bad = true
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

func (d *decoder) name(names []string) string {
	n := d.uint()
	if n >= uint64(len(names)) {
		d.bad = true
		return ""
	}
	return names[n]
}
