package order

import (
	"fmt"
	"slices"
	"sync"
)

// A Table is a log held in memory with what is needed to answer for it. It
// keeps whole orders: a drill writes thousands of small ones, not gigabytes.
// It is safe for concurrent use.
type Table struct {
	mu      sync.RWMutex
	entries []Entry           // entries[i].Seq == i+1
	at      map[ID]uint64     // the first Seq of an id
	sorted  []ID              // ascending; an id that is stored twice is there twice
	spans   []Span            // the epochs of the log
	copies  map[ID]int        // how often, of those stored more than once
	tenants map[string]Tenant // by the sum of their key
}

// NewTable returns an empty table.
func NewTable() *Table {
	return &Table{at: map[ID]uint64{}, copies: map[ID]int{}, tenants: map[string]Tenant{}}
}

// Add appends the next entry of the log. It is an error, and nothing happens,
// when there is a gap or when the epoch falls.
func (t *Table) Add(e Entry) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := t.last()
	if e.Seq != last.Seq+1 || e.Epoch < last.Epoch {
		return fmt.Errorf("adding entry %d of epoch %d after entry %d of epoch %d: not its successor", e.Seq, e.Epoch, last.Seq, last.Epoch)
	}
	if e.Epoch != last.Epoch || last.Seq == 0 {
		t.spans = append(t.spans, Span{Epoch: e.Epoch, First: e.Seq})
	}
	t.spans[len(t.spans)-1].Last = e.Seq
	t.entries = append(t.entries, e)
	t.enter(e)
	return nil
}

func (t *Table) enter(e Entry) {
	if e.Tenant != nil { // which is no order: no list has it
		t.at[e.ID], t.tenants[e.Tenant.Key] = e.Seq, *e.Tenant
		return
	}
	if _, twice := t.at[e.ID]; twice {
		t.copies[e.ID] = max(t.copies[e.ID], 1) + 1
	} else {
		t.at[e.ID] = e.Seq
	}
	if n := len(t.sorted); n == 0 || t.sorted[n-1] <= e.ID {
		t.sorted = append(t.sorted, e.ID) // the usual case: ids ascend
		return
	}
	i, _ := slices.BinarySearch(t.sorted, e.ID)
	t.sorted = slices.Insert(t.sorted, i, e.ID)
}

// Replace makes entries the whole content. They must be a log from 1.
func (t *Table) Replace(entries []Entry) error {
	fresh := NewTable()
	for _, e := range entries {
		if err := fresh.Add(e); err != nil {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries, t.at, t.sorted, t.spans, t.copies, t.tenants = fresh.entries, fresh.at, fresh.sorted, fresh.spans, fresh.copies, fresh.tenants
	return nil
}

func (t *Table) last() Entry {
	if len(t.entries) == 0 {
		return Entry{}
	}
	return t.entries[len(t.entries)-1]
}

// Last is the newest entry, or the zero Entry of an empty log.
func (t *Table) Last() Entry {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.last()
}

// Get returns the order of that id, the first if it is there twice.
func (t *Table) Get(id ID) (Entry, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	seq, ok := t.at[id]
	if !ok {
		return Entry{}, false
	}
	return t.entries[seq-1], true
}

// After returns the entries behind seq, oldest first. They are shared: do not
// change them.
func (t *Table) After(seq uint64) []Entry {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clip(t.entries[min(seq, uint64(len(t.entries))):])
}

// Spans returns the epochs of the log, oldest first.
func (t *Table) Spans() []Span {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clone(t.spans)
}
