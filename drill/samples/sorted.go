package samples

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// Sorted gives all samples in order of their intended starts, holding only those
// of one window: a sample is written when its request ends, so it is out of
// order by its own length at most. A sample that comes later than the window
// allows is an error, never a silent disorder. Where the end is torn, ErrTorn
// comes after all that could be read.
func Sorted(r io.Reader, window time.Duration) iter.Seq2[drill.Sample, error] {
	return func(yield func(drill.Sample, error) bool) {
		in, err := NewReader(bufio.NewReaderSize(r, 1<<16))
		if err != nil {
			yield(drill.Sample{}, err)
			return
		}
		var held samplesHeap
		var newest, given time.Duration
		given = -1 << 62
		newest = given
		torn := false
		for {
			s, err := in.Read()
			if torn = errors.Is(err, ErrTorn); torn || errors.Is(err, io.EOF) {
				break
			}
			if err == nil && s.Intended < given {
				err = fmt.Errorf("a sample came more than %s out of order", window)
			}
			if err != nil {
				yield(drill.Sample{}, err)
				return
			}
			held.push(s)
			newest = max(newest, s.End)
			for len(held) > 0 && held[0].Intended+window < newest {
				given = held[0].Intended
				if !yield(held.pop(), nil) {
					return
				}
			}
		}
		for len(held) > 0 {
			if !yield(held.pop(), nil) {
				return
			}
		}
		if torn {
			yield(drill.Sample{}, ErrTorn)
		}
	}
}

// samplesHeap is a binary heap by drill.Compare: one order for one set of samples.
type samplesHeap []drill.Sample

func (h *samplesHeap) push(s drill.Sample) {
	*h = append(*h, s)
	x := *h
	for i := len(x) - 1; i > 0; {
		up := (i - 1) / 2
		if drill.Compare(x[i], x[up]) >= 0 {
			return
		}
		x[i], x[up] = x[up], x[i]
		i = up
	}
}

func (h *samplesHeap) pop() drill.Sample {
	x := *h
	top, last := x[0], len(x)-1
	x[0] = x[last]
	x = x[:last]
	*h = x
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(x); c++ {
			if drill.Compare(x[c], x[least]) < 0 {
				least = c
			}
		}
		if least == i {
			return top
		}
		x[i], x[least] = x[least], x[i]
		i = least
	}
}
