package charts

import (
	"fmt"
	"image/color"
	"strconv"
)

// An Ink names a colour by its use. The page says what it looks like, in a custom
// property of the name "--ink-" and the ink's.
type Ink string

// The inks that charts use of themselves.
const (
	Text   Ink = "text"
	Faint  Ink = "faint"
	Grid   Ink = "grid"
	Good   Ink = "good"
	Bad    Ink = "bad"
	Doubt  Ink = "doubt"
	Fault  Ink = "fault"
	Outage Ink = "outage"
	Detect Ink = "detect"
	Phase  Ink = "phase"
	P50    Ink = "p50"
	P95    Ink = "p95"
	P99    Ink = "p99"
	// shades of bands, which lie behind the data
	FaultBand  Ink = "fault-band"
	OutageBand Ink = "outage-band"
	PeriodBand Ink = "period-band"
)

// RegionInks is how many colours there are for regions; they begin again.
const RegionInks = 8

// Region is the ink of the n-th region.
func Region(n int) Ink { return Ink("region-" + strconv.Itoa(n%RegionInks+1)) }

// Inks lists all of them: a page must define each.
func Inks() []Ink {
	all := []Ink{Text, Faint, Grid, Good, Bad, Fault, Outage, Detect, Phase, P50, P95, P99, FaultBand, OutageBand, Doubt, PeriodBand}
	for n := range RegionInks {
		all = append(all, Region(n))
	}
	return all
}

// colour is a stand-in that the drawing library can carry: the ink's number,
// never black, which the library leaves out.
func (i Ink) colour() color.Color {
	for n, ink := range Inks() {
		if ink == i {
			return color.NRGBA{R: 1, G: 0, B: uint8(n), A: 255}
		}
	}
	panic(fmt.Sprintf("ink %q is not in the list", string(i)))
}

// cssOf turns a stand-in back into the page's colour.
func cssOf(hex string) string {
	n, err := strconv.ParseUint(hex[len("#0100"):], 16, 8)
	if err != nil || int(n) >= len(Inks()) {
		return hex
	}
	return "var(--ink-" + string(Inks()[n]) + ")"
}
