// Package agent is what does network damage from inside an instance's network
// namespace: packet filter rules, traffic control, a delaying relay, and servers that
// answer DNS questions and requests in the place of others, behind a tiny protocol of
// JSON lines. It also fills a file system that an instance has mounted, and sends
// traffic.
//
// The agent's standard input is its lease: at its end, when the time to live is
// over, or on a signal, it takes its own damage back and exits. Where the input
// comes through somebody else (runtimes.Relayed), who may die and leave it open,
// it also does so when it hears nothing for 0.8 s while damage is in force. When it is
// killed the kernel takes its packet filter tables with its sockets, and the
// [Client] clears away what else is left. It touches nothing that is not its
// own: tables have names of its own, and queueing disciplines its handle.
package agent

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/drillctl/drillctl/faults/agent/flood"
)

// The sorts of damage.
const (
	Drop      = "drop"      // packets vanish
	Reset     = "reset"     // TCP is answered with a reset
	Loss      = "loss"      // some packets vanish
	Bandwidth = "bandwidth" // a token bucket on the way out
	Latency   = "latency"   // packets (netem) or bytes (relay) come late
	DNS       = "dns"       // questions to resolvers are answered wrongly or late
	Disk      = "disk"      // a file system is full
	HTTP      = "http"      // requests are answered wrongly or late
	Flood     = "flood"     // more traffic than is meant to be
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
	Ports     []int         `json:"ports,omitempty"`      // of the instance; none means all
	PeerPorts []int         `json:"peer_ports,omitempty"` // of the peers, for Drop; none means all traffic
	Reset     bool          `json:"reset,omitempty"`      // destroy open TCP connections first
	Share     float64       `json:"share,omitempty"`      // of packets lost
	Rate      uint64        `json:"rate,omitempty"`       // bytes per second
	Delay     time.Duration `json:"delay_ns,omitempty"`
	Jitter    time.Duration `json:"jitter_ns,omitempty"`
	Answer    string        `json:"answer,omitempty"` // to questions: servfail or nxdomain; none means the right one
	Names     []string      `json:"names,omitempty"`  // asked for, with all below them; none means all
	Paths     []string      `json:"paths,omitempty"`  // of requests; one that ends in * means all that begin so
	Status    int           `json:"status,omitempty"` // of the answers to requests; 0 means the right one
	TTL       time.Duration `json:"ttl_ns,omitempty"`
	Words     bool          `json:"words,omitempty"` // in force only while the holder is heard

	Traffic *flood.Traffic `json:"traffic,omitempty"` // that is sent

	Dir    string   `json:"dir,omitempty"`    // on the file system to be filled to Share
	Shared string   `json:"shared,omitempty"` // on one that must not be
	Avoid  []uint64 `json:"avoid,omitempty"`  // devices that must not be
}

// A Request is one line to the agent.
type Request struct {
	N     int              `json:"n"`  // the reply has the same
	Op    string           `json:"op"` // arm, fire, look, revert, probe, doctor, sweep, or beat, which has no reply
	Spec  *Spec            `json:"spec,omitempty"`
	Probe []netip.AddrPort `json:"probe,omitempty"`
	Ask   Ask              `json:"ask,omitzero"`
}

// An Ask says how a probe is to be done.
type Ask struct {
	Answer bool          `json:"answer,omitempty"`  // send an HTTP request and wait for the first byte or the end
	Detour bool          `json:"detour,omitempty"`  // let a relay delay it, as it does the instance's own connections
	Name   string        `json:"name,omitempty"`    // ask resolvers for this name instead: the addresses, or of none the instance's own
	Wait   time.Duration `json:"wait_ns,omitempty"` // how much later than usual an answer may come
	Write  string        `json:"write,omitempty"`   // write a block to a file in this directory instead, and leave none
	Path   string        `json:"path,omitempty"`    // GET this path instead, and read the status
	Push   uint64        `json:"push,omitempty"`    // bytes/s of datagrams to send to the first address instead, for 0.3 s
}

// A Reply is the answer to one request.
type Reply struct {
	N      int           `json:"n"`
	Err    string        `json:"err,omitempty"`
	At     time.Duration `json:"at_ns"` // mono instant after the act
	Look   Look          `json:"look,omitzero"`
	Probes []Probe       `json:"probes,omitempty"`
	Checks []Check       `json:"checks,omitempty"`
}

// A Look is what the kernel says about the damage.
type Look struct {
	Active bool          `json:"active"`
	Text   string        `json:"text"`
	Others []string      `json:"others,omitempty"`  // tables of other damage in force in the same place
	Seen   uint64        `json:"seen,omitempty"`    // packets that the damage could have hit
	Hit    uint64        `json:"hit,omitempty"`     // packets (relay: chunks) that it did hit; of a flood what was answered or established
	Bytes  uint64        `json:"bytes,omitempty"`   // sent through a token bucket
	Burst  uint64        `json:"burst,omitempty"`   // bytes that a token bucket lets through at once
	Late   time.Duration `json:"late_ns,omitempty"` // by how much the relay held back, mean
	Open   uint64        `json:"open,omitempty"`    // requests on their way, or connections that stand, of a flood
}

// A Probe is one try of the data path.
type Probe struct {
	To    netip.AddrPort `json:"to"`
	Up    bool           `json:"up"`       // somebody answered, if only with a refusal
	Took  time.Duration  `json:"took_ns"`  // until the connection was there or refused
	First time.Duration  `json:"first_ns"` // until the first byte of an answer or the end of the connection, 0 if none
	Said  string         `json:"said"`
	Full  bool           `json:"full,omitempty"` // there was no space to write
	Code  int            `json:"code,omitempty"` // HTTP status of the answer
}

// A Check is one thing that damage needs of the kernel.
type Check struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

// tablePrefix starts the name of every table of ours.
const tablePrefix = "drillctl_"

// table is the name under which a Spec's rules stand.
func (s Spec) table() string {
	return fmt.Sprintf("%s%s_%s", tablePrefix, short(s.Run), short(s.ID))
}

// short keeps of s what a table's name can hold.
func short(s string) string {
	s = s[max(0, len(s)-24):]
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, s)
}
