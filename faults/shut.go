package faults

import (
	"context"
	"net/netip"
	"slices"

	"github.com/drillctl/drillctl/faults/agent"
)

// shut proves that some ports of the other side cannot be reached: those of them
// that answered before the damage get no answer, and all else goes on answering.
type shut struct{ ports []int }

func (s shut) prove(ctx context.Context, h *held, want bool) (Evidence, error) {
	inside, err := h.client.Probe(ctx, s.doors(h), agent.Ask{})
	if err != nil {
		return Evidence{}, err
	}
	outside, err := h.client.Probe(ctx, h.t.Probe, agent.Ask{})
	if err != nil {
		return Evidence{}, err
	}
	var across, elsewhere tally
	for _, p := range inside {
		if p.Up && !want {
			h.before[p.To] = p.First
		}
		if _, answered := h.before[p.To]; answered {
			across.add(p)
		}
	}
	for _, p := range outside {
		if !h.concerns(p.To) || !slices.Contains(s.ports, int(p.To.Port())) {
			elsewhere.add(p)
		}
	}
	e := Evidence{OK: across.tried > 0 && (!want || across.up == 0), Text: across.text("to these ports across the cut")}
	if elsewhere.tried > 0 {
		e.Text += "; " + elsewhere.text("elsewhere")
	}
	if elsewhere.down() > 0 || !want && across.down() > 0 {
		return h.excuse(ctx, e)
	}
	return e, nil
}

// doors are the ports at all addresses of the other side. Nobody need answer at
// each of them.
func (s shut) doors(h *held) []netip.AddrPort {
	var out []netip.AddrPort
	for _, a := range h.t.Peers {
		for _, p := range s.ports {
			out = append(out, netip.AddrPortFrom(a, uint16(p)))
		}
	}
	return out
}
