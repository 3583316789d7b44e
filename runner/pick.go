package runner

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// pick takes as many of the candidates as a word or number says: one, minority,
// majority, all, N or P%. The choice is the seed's; the result is sorted.
func pick(how string, candidates []string, rng *rand.Rand) ([]string, error) {
	n, err := pickCount(how, len(candidates))
	if err != nil {
		return nil, err
	}
	if n > len(candidates) {
		return nil, fmt.Errorf("pick %s: only %d fit the selection", how, len(candidates))
	}
	if n == 0 {
		return nil, fmt.Errorf("pick %s of %d is nobody", how, len(candidates))
	}
	shuffled := slices.Sorted(slices.Values(candidates))
	rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	return slices.Sorted(slices.Values(shuffled[:n])), nil
}

// pickCount is how many of total a word or number means. A minority is the
// largest number below half, a majority the smallest above it (as in Jepsen's
// nemeses); a percentage rounds down, but never to nobody.
func pickCount(how string, total int) (int, error) {
	switch how {
	case "", "all":
		return total, nil
	case "one":
		return 1, nil
	case "minority":
		return (total - 1) / 2, nil
	case "majority":
		return total/2 + 1, nil
	}
	if share, ok := strings.CutSuffix(how, "%"); ok {
		p, err := strconv.ParseFloat(share, 64)
		if err != nil || !(p > 0 && p <= 100) { // NaN is refused, too
			return 0, fmt.Errorf("pick %q: want a share above 0%% and up to 100%%", how)
		}
		return max(1, int(float64(total)*p/100)), nil
	}
	n, err := strconv.Atoi(how)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("pick %q: want one, minority, majority, all, a number or a percentage", how)
	}
	return n, nil
}
