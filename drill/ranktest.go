package drill

import (
	"math"
	"slices"
)

// mannWhitney is the exact one-sided p-value of the Mann-Whitney U test for b
// being larger than a: the share of all ways to deal the pooled values out whose
// rank sum of b is at least the one seen. Equal values share their mid-rank, and
// the distribution is that of those ranks, so it is exact with ties, too
// (Mann & Whitney 1947; ties as in Lehmann, Nonparametrics, 1.4). Infinite values
// rank; NaN must not be given. 1 when a or b is empty.
func mannWhitney(a, b []float64) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 1
	}
	ranks := doubledRanks(a, b)
	seen := 0
	for _, r := range ranks[len(a):] {
		seen += r
	}
	ways, all := rankSums(ranks, len(b)), 0.0
	atLeast := 0.0
	for sum, n := range ways {
		all += n
		if sum >= seen {
			atLeast += n
		}
	}
	return atLeast / all
}

// doubledRanks are twice the mid-ranks of the values of a and then of b: whole
// numbers.
func doubledRanks(a, b []float64) []int {
	pooled := slices.Concat(a, b)
	sorted := slices.Clone(pooled)
	slices.Sort(sorted)
	ranks := make([]int, len(pooled))
	for i, v := range pooled {
		lo, _ := slices.BinarySearch(sorted, v)
		hi := lo
		for hi < len(sorted) && sorted[hi] == v {
			hi++
		}
		ranks[i] = lo + 1 + hi // the mean of lo+1 and hi, doubled
	}
	return ranks
}

// rankSums counts, for every sum, the ways to choose k of the ranks with it.
func rankSums(ranks []int, k int) []float64 {
	total := 0
	for _, r := range ranks {
		total += r
	}
	ways := make([][]float64, k+1)
	for i := range ways {
		ways[i] = make([]float64, total+1)
	}
	ways[0][0] = 1
	for _, r := range ranks {
		for n := k; n > 0; n-- {
			for sum := total; sum >= r; sum-- {
				ways[n][sum] += ways[n-1][sum-r]
			}
		}
	}
	return ways[k]
}

// minP is the smallest p-value that n values against m can reach: 1 / C(n+m, m).
func minP(n, m int) float64 {
	if n == 0 || m == 0 {
		return 1
	}
	p := 1.0
	for i := 1; i <= m; i++ {
		p *= float64(i) / float64(n+i)
	}
	return p
}

// differences are the sorted differences of every value of b to every one of a.
func differences(a, b []float64) []float64 {
	var d []float64
	for _, x := range a {
		for _, y := range b {
			switch {
			case math.IsInf(x, 1) && math.IsInf(y, 1):
				d = append(d, 0)
			default:
				d = append(d, y-x)
			}
		}
	}
	slices.Sort(d)
	return d
}

// shiftEstimate is Hodges and Lehmann's: the median of the differences.
func shiftEstimate(a, b []float64) float64 { return median(differences(a, b)) }

// shiftBelow is the upper confidence bound of the shift of b against a at 1-alpha,
// one-sided and distribution-free: the k-th largest difference, where k is as
// large as P(U < k) <= alpha allows. +Inf when so few values have none.
func shiftBelow(a, b []float64, alpha float64) float64 {
	d := differences(a, b)
	// U without ties: the rank sums of 1..n, minus the smallest.
	ranks := make([]int, len(a)+len(b))
	for i := range ranks {
		ranks[i] = i + 1
	}
	ways, all := rankSums(ranks, len(b)), 0.0
	for _, n := range ways {
		all += n
	}
	least := len(b) * (len(b) + 1) / 2
	k, below := 0, 0.0
	for k < len(d) {
		below += ways[least+k] / all
		if below > alpha*(1+1e-9) {
			break
		}
		k++
	}
	if k == 0 {
		return math.Inf(1)
	}
	return d[len(d)-k]
}

// median of sorted or unsorted values; NaN of none.
func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(v))
	m := len(s) / 2
	if len(s)%2 == 1 || s[m-1] == s[m] {
		return s[m]
	}
	return (s[m-1] + s[m]) / 2
}

// holm adjusts p-values for how many were asked (Holm 1979): each may be compared
// with alpha as if it were alone.
func holm(ps []float64) []float64 {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case ps[a] < ps[b]:
			return -1
		case ps[a] > ps[b]:
			return 1
		}
		return 0
	})
	out, most := make([]float64, len(ps)), 0.0
	for rank, i := range order {
		most = max(most, min(1, float64(len(ps)-rank)*ps[i]))
		out[i] = most
	}
	return out
}
