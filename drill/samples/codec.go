package samples

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// flags of a sample's first byte.
const (
	flagWrite = 1 << iota
	flagMissing
	flagReused
	flagIntruder
	flagExpired
	flagAll = 1<<iota - 1
)

// routes are those that have a grid of their own.
const routes = int(drill.Intruder) + 1

// A place is what many samples have in common, written once.
type place struct {
	region, instance, leader string
	epoch                    uint64
	origin                   string
}

// A guess is what a route's next sample probably looks like: both sides keep it,
// and only the difference is written.
type guess struct {
	slot     uint64
	intended time.Duration
	every    time.Duration // distance of two slots
	id       uint64
}

// next is the intended start of a slot, if the grid goes on as it did.
func (g *guess) next(slot uint64) time.Duration {
	return g.intended + time.Duration(slot-g.slot)*g.every
}

func (g *guess) learn(s drill.Sample) {
	if n := time.Duration(s.Slot - g.slot); n > 0 && n < 1<<16 {
		if every := (s.Intended - g.intended) / n; every > 0 {
			g.every = every
		}
	}
	g.slot, g.intended, g.id = s.Slot, s.Intended, s.ID
}

// usual is the status that costs one byte, with those around it.
const usual = 200

func appendSample(b []byte, s drill.Sample, g *guess) []byte {
	var flags byte
	set := func(on bool, f byte) {
		if on {
			flags |= f
		}
	}
	set(s.Route == drill.Write, flagWrite)
	set(s.Route == drill.Intruder, flagIntruder)
	set(s.Missing, flagMissing)
	set(s.Reused, flagReused)
	set(s.Expired, flagExpired)
	b = append(b, flags, byte(s.Class)|byte(s.Ack)<<4)
	b = binary.AppendVarint(b, int64(s.Status)-usual)
	b = binary.AppendVarint(b, int64(s.Slot-g.slot))
	b = binary.AppendVarint(b, int64(s.Intended-g.next(s.Slot)))
	b = binary.AppendVarint(b, int64(s.Start-s.Intended))
	b = binary.AppendVarint(b, int64(s.End-s.Start))
	b = binary.AppendVarint(b, int64(s.ID-g.id))
	g.learn(s)
	return b
}

// A scanner takes values out of a batch; the first error stays.
type scanner struct {
	*bytes.Reader
	err error
}

func (r *scanner) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

func (r *scanner) byte() byte {
	v, err := r.ReadByte()
	r.err = errors.Join(r.err, err)
	return v
}

func (r *scanner) uint() uint64 {
	if r.err != nil {
		return 0
	}
	v, err := binary.ReadUvarint(r)
	r.err = err
	return v
}

func (r *scanner) int() int64 {
	if r.err != nil {
		return 0
	}
	v, err := binary.ReadVarint(r)
	r.err = err
	return v
}

func (r *scanner) text(limit uint64) string {
	n := r.uint()
	if n > limit {
		r.fail("a name of %d bytes", n)
	}
	if r.err != nil {
		return ""
	}
	b := make([]byte, n)
	_, r.err = io.ReadFull(r, b)
	return string(b)
}

func (r *scanner) sample(guesses *[routes]guess) (s drill.Sample) {
	flags, kinds := r.byte(), r.byte()
	switch {
	case flags&flagWrite != 0:
		s.Route = drill.Write
	case flags&flagIntruder != 0:
		s.Route = drill.Intruder
	}
	s.Missing, s.Reused, s.Expired = flags&flagMissing != 0, flags&flagReused != 0, flags&flagExpired != 0
	s.Class, s.Ack = drill.Class(kinds&15), drill.Ack(kinds>>4)
	status := r.int() + usual
	if flags > flagAll || flags&(flagWrite|flagIntruder) == flagWrite|flagIntruder || s.Class > drill.LetIn || s.Ack > drill.Indeterminate || status < 0 || status > 1<<16-1 {
		r.fail("an impossible sample")
	}
	g := &guesses[s.Route]
	s.Status = uint16(status)
	s.Slot = g.slot + uint64(r.int())
	s.Intended = g.next(s.Slot) + time.Duration(r.int())
	s.Start = s.Intended + time.Duration(r.int())
	s.End = s.Start + time.Duration(r.int())
	s.ID = g.id + uint64(r.int())
	g.learn(s)
	return s
}
