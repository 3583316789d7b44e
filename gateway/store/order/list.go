package order

import (
	"maps"
	"slices"
)

// Page returns up to limit ids from the one behind after, ascending, as often
// as they are stored. whole says that nothing comes behind them. all starts
// from the smallest id instead.
func (t *Table) Page(after ID, all bool, limit int) (ids []ID, whole bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	from := 0
	if !all {
		from, _ = slices.BinarySearchFunc(t.sorted, after, func(a, b ID) int {
			if a <= b {
				return -1
			}
			return 1
		})
	}
	to := min(len(t.sorted), from+limit)
	// Never end between two of the same: the next page would miss one.
	for to < len(t.sorted) && to > from && t.sorted[to] == t.sorted[to-1] {
		to++
	}
	return slices.Clone(t.sorted[from:to]), to == len(t.sorted)
}

// Ranges returns all ids as inclusive ranges, ascending, and those stored more
// than once, each once.
func (t *Table) Ranges() (ranges [][2]uint64, duplicates []uint64) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	ranges, duplicates = [][2]uint64{}, []uint64{}
	for _, id := range t.sorted {
		n := uint64(id)
		if k := len(ranges) - 1; k >= 0 && n-ranges[k][1] <= 1 {
			ranges[k][1] = n
		} else {
			ranges = append(ranges, [2]uint64{n, n})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(t.copies)) {
		duplicates = append(duplicates, uint64(id))
	}
	return ranges, duplicates
}
