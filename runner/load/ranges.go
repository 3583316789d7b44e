package load

import (
	"cmp"
	"slices"
)

// normal sorts inclusive ranges and merges those that touch. Ranges that end
// before they begin are dropped.
func normal(in [][2]uint64) [][2]uint64 {
	sorted := slices.DeleteFunc(slices.Clone(in), func(r [2]uint64) bool { return r[1] < r[0] })
	slices.SortFunc(sorted, func(a, b [2]uint64) int { return cmp.Compare(a[0], b[0]) })
	out := [][2]uint64{}
	for _, r := range sorted {
		// Not to+1 >= from: to may be the largest number there is.
		if n := len(out); n > 0 && (r[0] <= out[n-1][1] || r[0]-1 == out[n-1][1]) {
			out[n-1][1] = max(out[n-1][1], r[1])
			continue
		}
		out = append(out, r)
	}
	return out
}

// clip keeps the ids from 1 to upTo, and lists those after last: they are not
// ours. Of these no more than maxUnexpected are listed.
func clip(ranges [][2]uint64, upTo, last uint64) (ours [][2]uint64, foreign []uint64) {
	ours = [][2]uint64{}
	for _, r := range ranges {
		from, to := max(r[0], 1), min(r[1], upTo)
		if from <= to {
			ours = append(ours, [2]uint64{from, to})
		}
		if r[0] == 0 {
			foreign = append(foreign, 0)
		}
		for id := max(r[0], last+1); id <= r[1] && id > last && len(foreign) < maxUnexpected; id++ {
			foreign = append(foreign, id)
		}
	}
	return ours, foreign
}
