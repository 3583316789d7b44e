package faults

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
)

// silence proves a cut: the probes that it concerns must get no answer while it
// is in force, and all others must go on answering: too wide a cut is as wrong
// as none.
type silence struct{}

func (silence) prove(ctx context.Context, h *held, want bool) (Evidence, error) {
	probes, err := h.client.Probe(ctx, h.t.Probe, agent.Ask{})
	if err != nil {
		return Evidence{}, err
	}
	var across, elsewhere tally
	for _, p := range probes {
		if h.concerns(p.To) {
			across.add(p)
		} else {
			elsewhere.add(p)
		}
	}
	e := Evidence{OK: across.tried > 0, Text: across.text("across the cut")}
	if want {
		e.OK = e.OK && across.up == 0
	}
	if elsewhere.tried > 0 {
		e.Text += "; " + elsewhere.text("elsewhere")
	}
	if must := elsewhere.down() > 0 || !want && across.down() > 0; must {
		return h.excuse(ctx, e)
	}
	return e, nil
}

// concerns says whether the damage is about traffic with that address.
func (h *held) concerns(to netip.AddrPort) bool {
	return len(h.t.Peers) == 0 || slices.Contains(h.t.Peers, to.Addr())
}

// concerned are the probes that the damage is about.
func (h *held) concerned() []netip.AddrPort {
	var out []netip.AddrPort
	for _, p := range h.t.Probe {
		if h.concerns(p) {
			out = append(out, p)
		}
	}
	return out
}

// excused is excuse for evidence that is not OK as it stands.
func (h *held) excused(ctx context.Context, e Evidence) (Evidence, error) {
	e.OK = true
	return h.excuse(ctx, e)
}

// A baseline is what a probe took before the damage.
type baseline map[netip.AddrPort]time.Duration

// excuse is for a path that shows something else than it should: that is a
// failure, unless other damage of the same drill hits the same target.
func (h *held) excuse(ctx context.Context, e Evidence) (Evidence, error) {
	l, err := h.client.Look(ctx)
	if err != nil {
		return e, err
	}
	if len(l.Others) == 0 {
		e.OK = false
		return e, nil
	}
	e.Text += fmt.Sprintf(" (other damage is in force here: %s)", strings.Join(l.Others, ", "))
	return e, nil
}

// A tally counts connects.
type tally struct {
	tried, up int
	said      []string
}

func (t *tally) add(p agent.Probe) {
	t.tried++
	if p.Up {
		t.up++
	}
	t.said = append(t.said, fmt.Sprintf("%s %s", p.To, p.Said))
}

func (t *tally) down() int { return t.tried - t.up }

func (t *tally) text(where string) string {
	if t.tried == 0 {
		return "no probe is " + where
	}
	if t.up == 0 {
		return fmt.Sprintf("%d of %d connects %s got no answer (%s)", t.tried, t.tried, where, strings.Join(t.said, ", "))
	}
	return fmt.Sprintf("%d of %d connects %s answered (%s)", t.up, t.tried, where, strings.Join(t.said, ", "))
}

// up proves that the path is there: every probe answers.
func (h *held) up(ctx context.Context) (Evidence, error) {
	probes, err := h.client.Probe(ctx, h.t.Probe, agent.Ask{})
	if err != nil {
		return Evidence{}, err
	}
	var all tally
	for _, p := range probes {
		all.add(p)
	}
	e := Evidence{OK: true, Text: all.text("from the target")}
	if all.down() > 0 {
		return h.excuse(ctx, e)
	}
	return e, nil
}
