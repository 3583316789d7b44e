package faults

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"testing"

	"github.com/drillctl/drillctl/faults/agent/flood"
)

// However many send it, together they hold as many connections, and send as much, as
// was asked for, and every target gets its part.
func TestFloodIsShared(t *testing.T) {
	for _, tt := range []struct{ connections, senders, targets int }{
		{10, 1, 3}, {10, 3, 1}, {10, 3, 4}, {3, 3, 3}, {5000, 7, 2}, {0, 3, 3},
	} {
		f := &Flood{Kind: flood.SlowClients, Rate: 100, Connections: tt.connections, Manner: flood.Deaf, Path: "/"}
		if tt.connections == 0 {
			f.Kind = flood.Requests
		}
		var to []netip.AddrPort
		for i := range tt.targets {
			to = append(to, netip.MustParseAddrPort(fmt.Sprintf("10.0.0.%d:80", i+1)))
		}
		held, first, rate := 0, map[netip.AddrPort]int{}, 0.0
		for i := range tt.senders {
			s := f.share(to, i, tt.senders)
			if err := s.Check(); err != nil || len(s.To) != len(to) {
				t.Fatalf("%+v: sender %d: %+v, %v", tt, i, s, err)
			}
			for n := range max(s.Connections, 1) {
				first[s.To[n%len(s.To)]]++
			}
			held += s.Connections
			rate += s.Rate
		}
		if held != tt.connections || math.Abs(rate-100) > 1e-9 {
			t.Errorf("%+v: %d connections, %v/s", tt, held, rate)
		}
		var each []int
		for _, a := range to {
			each = append(each, first[a])
		}
		if slices.Max(each)-slices.Min(each) > 1 {
			t.Errorf("%+v: the targets get %v", tt, each)
		}
	}
}
