// Package agent is what does network damage from inside an instance's network
// namespace: packet filter rules, traffic control and a delaying relay, behind a
// tiny protocol of JSON lines.
//
// The agent's standard input is its lease: at its end, when the time to live is
// over, or on a signal, it takes its own damage back and exits. It touches
// nothing that is not its own: every object it makes stands in a table of its
// own name.
package agent

import (
	"fmt"
	"net/netip"
	"time"
)

// The sorts of damage.
const (
	Drop      = "drop"      // packets vanish
	Reset     = "reset"     // TCP is answered with a reset
	Loss      = "loss"      // some packets vanish
	Bandwidth = "bandwidth" // a token bucket on the way out
	Latency   = "latency"   // packets (netem) or bytes (relay) come late
)

// The directions of damage, as the instance sees them.
const (
	Both = "both"
	In   = "in"
	Out  = "out"
)

// A Spec is one piece of damage.
type Spec struct {
	Run       string        `json:"run"`
	ID        string        `json:"id"` // unique within the run
	Kind      string        `json:"kind"`
	Addrs     []netip.Addr  `json:"addrs"` // of the instance: they name the interface
	Peers     []netip.Addr  `json:"peers,omitempty"`
	Direction string        `json:"direction,omitempty"`
	Ports     []int         `json:"ports,omitempty"` // of the instance; none means all
	Share     float64       `json:"share,omitempty"` // of packets lost
	Rate      uint64        `json:"rate,omitempty"`  // bytes per second
	Delay     time.Duration `json:"delay_ns,omitempty"`
	Jitter    time.Duration `json:"jitter_ns,omitempty"`
	TTL       time.Duration `json:"ttl_ns,omitempty"`
}

// A Request is one line to the agent.
type Request struct {
	Op    string           `json:"op"` // arm, fire, look, probe, revert, doctor
	Spec  *Spec            `json:"spec,omitempty"`
	Probe []netip.AddrPort `json:"probe,omitempty"`
}

// A Reply is the answer to one request.
type Reply struct {
	Err    string        `json:"err,omitempty"`
	At     time.Duration `json:"at_ns"` // mono instant after the act
	Active bool          `json:"active,omitempty"`
	Text   string        `json:"text,omitempty"`
	Probes []Probe       `json:"probes,omitempty"`
	Checks []Check       `json:"checks,omitempty"`
}

// A Probe is one try of the data path.
type Probe struct {
	To    netip.AddrPort `json:"to"`
	Up    bool           `json:"up"`       // somebody answered, if only with a refusal
	Took  time.Duration  `json:"took_ns"`  // until the connection was there or refused
	First time.Duration  `json:"first_ns"` // until the first byte of an answer, 0 if none
	Said  string         `json:"said"`
}

// A Check is one thing that damage needs of the kernel.
type Check struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

// table is the name under which a Spec's rules stand.
func (s Spec) table() string {
	return fmt.Sprintf("drillctl_%s_%s", short(s.Run), short(s.ID))
}

// short keeps what a table's name can hold.
func short(s string) string {
	out := []byte{}
	for i := max(0, len(s)-24); i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			out = append(out, c)
		} else {
			out = append(out, '_')
		}
	}
	return string(out)
}
