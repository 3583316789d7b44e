package drill

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// byEnumeration deals the pooled values out in every way.
func byEnumeration(a, b []float64) float64 {
	pooled := slices.Concat(a, b)
	u := func(in func(int) bool) float64 {
		sum := 0.0
		for i, y := range pooled {
			if !in(i) {
				continue
			}
			for j, x := range pooled {
				switch {
				case in(j):
				case y > x:
					sum++
				case y == x:
					sum += 0.5
				}
			}
		}
		return sum
	}
	seen := u(func(i int) bool { return i >= len(a) })
	all, atLeast := 0, 0
	for set := range 1 << len(pooled) {
		n := 0
		for i := range pooled {
			n += set >> i & 1
		}
		if n != len(b) {
			continue
		}
		all++
		if u(func(i int) bool { return set>>i&1 == 1 }) >= seen {
			atLeast++
		}
	}
	return float64(atLeast) / float64(all)
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestMannWhitneyByEnumeration(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		a, b := make([]float64, 1+rng.IntN(5)), make([]float64, 1+rng.IntN(5))
		for _, v := range [][]float64{a, b} {
			for i := range v {
				v[i] = float64(rng.IntN(5)) // many ties
			}
		}
		if rng.IntN(4) == 0 {
			b[0] = math.Inf(1)
		}
		if got, want := mannWhitney(a, b), byEnumeration(a, b); !near(got, want) {
			t.Errorf("%v against %v: %g, want %g", a, b, got, want)
		}
	}
}

// Tables of the U distribution: P(U <= u) for n1, n2 (Mann & Whitney 1947, table
// I, to three places).
func TestMannWhitneyTables(t *testing.T) {
	for _, c := range []struct {
		n, m, u int
		p       float64
	}{
		{3, 3, 0, 0.050}, {3, 3, 1, 0.100}, {3, 3, 2, 0.200}, {3, 3, 4, 0.500},
		{4, 4, 0, 0.014}, {4, 4, 1, 0.029}, {4, 4, 3, 0.100}, {4, 3, 0, 0.028 + 0.00057},
		{5, 5, 4, 0.048}, {5, 5, 2, 0.016}, {8, 8, 15, 0.041}, {8, 5, 8, 0.047},
	} {
		a, b := separated(c.n, c.m, c.u)
		if got := mannWhitney(a, b); math.Abs(got-c.p) > 0.0007 {
			t.Errorf("%d v %d, U = %d: p = %.4f, want %.3f", c.n, c.m, c.u, got, c.p)
		}
	}
}

// separated makes n values and m values of which u pairs are the wrong way round.
func separated(n, m, u int) (a, b []float64) {
	order := make([]bool, 0, n+m) // false is a
	for range n {
		order = append(order, false)
	}
	for range m {
		order = append(order, true)
	}
	for ; u > 0; u-- {
		for i := range order[:len(order)-1] {
			if !order[i] && order[i+1] {
				order[i], order[i+1] = true, false
				break
			}
		}
	}
	for i, isB := range order {
		if isB {
			b = append(b, float64(i))
		} else {
			a = append(a, float64(i))
		}
	}
	return a, b
}

func TestMinP(t *testing.T) {
	for _, c := range []struct {
		n, m int
		want float64
	}{{3, 3, 0.05}, {19, 1, 0.05}, {99, 1, 0.01}, {5, 2, 1.0 / 21}, {0, 3, 1}, {3, 0, 1}} {
		if got := minP(c.n, c.m); !near(got, c.want) {
			t.Errorf("%d v %d: %g, want %g", c.n, c.m, got, c.want)
		}
		if c.n*c.m > 0 {
			a, b := separated(c.n, c.m, 0)
			if got := mannWhitney(a, b); !near(got, c.want) {
				t.Errorf("%d v %d, all worse: p = %g, want %g", c.n, c.m, got, c.want)
			}
		}
	}
}

func TestMannWhitneyOfNothing(t *testing.T) {
	if mannWhitney(nil, []float64{1}) != 1 || mannWhitney([]float64{1}, nil) != 1 || mannWhitney([]float64{2, 2}, []float64{2, 2, 2}) != 1 {
		t.Error("nothing, or all the same, was evidence")
	}
}

// Under no difference the upper bound lies above the true shift, 0, in at least
// 95 of 100 cases, and the test is significant in at most 5.
func TestCoverage(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for _, size := range [][2]int{{3, 3}, {5, 3}, {19, 1}, {8, 8}} {
		const rounds = 4000
		below, significant := 0, 0
		for range rounds {
			a, b := make([]float64, size[0]), make([]float64, size[1])
			for _, v := range [][]float64{a, b} {
				for i := range v {
					v[i] = math.Exp(0.5 * rng.NormFloat64())
				}
			}
			if shiftBelow(a, b, 0.05) < 0 {
				below++
			}
			if mannWhitney(a, b) <= 0.05 {
				significant++
			}
		}
		const most = 0.05*rounds + 4*14 // four standard deviations
		if below > most || significant > most {
			t.Errorf("%v: the bound missed %d times and the test fired %d times of %d", size, below, significant, rounds)
		}
	}
}

func TestShiftBelow(t *testing.T) {
	if got := shiftBelow([]float64{1, 2, 3}, []float64{2, 3, 4}, 0.05); got != 3 {
		t.Errorf("3 v 3: %g, want the largest difference, 3", got)
	}
	if got := shiftBelow([]float64{1, 2}, []float64{2, 3}, 0.05); !math.IsInf(got, 1) {
		t.Errorf("2 v 2 have a bound: %g", got)
	}
	a := make([]float64, 20)
	for i := range a {
		a[i] = float64(i)
	}
	if got := shiftBelow(a, []float64{30}, 0.05); got != 30 {
		t.Errorf("20 v 1: %g, want 30 (P(U < 1) is 1/21)", got)
	}
}

func TestHolm(t *testing.T) {
	for _, c := range []struct{ ps, want []float64 }{
		{nil, []float64{}},
		{[]float64{0.03}, []float64{0.03}},
		{[]float64{0.01, 0.04, 0.03}, []float64{0.03, 0.06, 0.06}},
		{[]float64{0.9, 0.8}, []float64{1, 1}},
		{[]float64{0.02, 0.02}, []float64{0.04, 0.04}},
	} {
		got := holm(c.ps)
		if len(got) != len(c.want) {
			t.Fatalf("%v: %v", c.ps, got)
		}
		for i := range got {
			if !near(got[i], c.want[i]) {
				t.Errorf("%v: %v, want %v", c.ps, got, c.want)
			}
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		v    []float64
		want float64
	}{{[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 2, 3}, 2.5}, {[]float64{5}, 5}, {[]float64{math.Inf(1), 1, math.Inf(1), math.Inf(1)}, math.Inf(1)}} {
		if got := median(c.v); got != c.want {
			t.Errorf("%v: %g, want %g", c.v, got, c.want)
		}
	}
	if !math.IsNaN(median(nil)) {
		t.Error("none has a median")
	}
}
