package samples

import (
	"bufio"
	"container/heap"
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
// allows is an error, never a silent disorder. A torn end is the end.
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
		for {
			s, err := in.Read()
			if errors.Is(err, io.EOF) || errors.Is(err, ErrTorn) {
				break
			}
			if err == nil && s.Intended < given {
				err = fmt.Errorf("a sample came more than %s out of order", window)
			}
			if err != nil {
				yield(drill.Sample{}, err)
				return
			}
			heap.Push(&held, s)
			newest = max(newest, s.End)
			for len(held) > 0 && held[0].Intended+window < newest {
				given = held[0].Intended
				if !yield(heap.Pop(&held).(drill.Sample), nil) {
					return
				}
			}
		}
		for len(held) > 0 {
			if !yield(heap.Pop(&held).(drill.Sample), nil) {
				return
			}
		}
	}
}

// samplesHeap orders by intended start, then route and slot: one order for one
// set of samples.
type samplesHeap []drill.Sample

func (h samplesHeap) Len() int { return len(h) }
func (h samplesHeap) Less(i, j int) bool {
	a, b := h[i], h[j]
	if a.Intended != b.Intended {
		return a.Intended < b.Intended
	}
	if a.Route != b.Route {
		return a.Route < b.Route
	}
	return a.Slot < b.Slot
}
func (h samplesHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *samplesHeap) Push(x any)   { *h = append(*h, x.(drill.Sample)) }
func (h *samplesHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
