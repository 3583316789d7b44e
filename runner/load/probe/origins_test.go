package probe

import (
	"fmt"
	"math"
	"testing"
)

// Every group gets its share, evenly: the distances of its slots take at most
// three values, and those are near the mean.
func TestOriginsShareTheSlots(t *testing.T) {
	for _, shares := range [][]float64{{1}, {0.6, 0.4}, {0.9, 0.1}, {0.333, 0.333, 0.334}, {0.5, 0.3, 0.1, 0.1}} {
		for seed := range uint64(20) {
			var all []Origin
			for i, s := range shares {
				all = append(all, Origin{Name: fmt.Sprint(i), Share: s})
			}
			o := NewOrigins(all, seed, 0)
			const n = 10_000
			last, count, gaps := map[string]uint64{}, map[string]int{}, map[string]map[uint64]bool{}
			for slot := range uint64(n) {
				name := o.Of(slot).Name
				if count[name]++; count[name] > 1 {
					if gaps[name] == nil {
						gaps[name] = map[uint64]bool{}
					}
					gaps[name][slot-last[name]] = true
				}
				last[name] = slot
			}
			for _, one := range all {
				if got := float64(count[one.Name]) / n; math.Abs(got-one.Share) > 0.001 {
					t.Errorf("%v, seed %d: %s has %.4f", shares, seed, one.Name, got)
				}
				for gap := range gaps[one.Name] {
					if len(gaps[one.Name]) > 3 || float64(gap) > 2/one.Share {
						t.Errorf("%v, seed %d: distances of %s are %v", shares, seed, one.Name, gaps[one.Name])
						break
					}
				}
			}
		}
	}
}

// The same seed gives the same groups, another one others; and the routes have
// places of their own on the circle.
func TestOriginsAreReproducible(t *testing.T) {
	all := []Origin{{Name: "a", Share: 0.6}, {Name: "b", Share: 0.4}}
	same := func(a, b *Origins) bool {
		for slot := range uint64(1000) {
			if a.Of(slot).Name != b.Of(slot).Name {
				return false
			}
		}
		return true
	}
	if !same(NewOrigins(all, 7, 0), NewOrigins(all, 7, 0)) {
		t.Error("one seed, two draws")
	}
	if same(NewOrigins(all, 7, 0), NewOrigins(all, 8, 0)) || same(NewOrigins(all, 7, 0), NewOrigins(all, 7, 1)) {
		t.Error("seeds or routes have one draw in common")
	}
}
