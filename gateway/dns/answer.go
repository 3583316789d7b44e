package dns

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/listen"
)

// udpSize is the largest answer sent over UDP in bytes: what passes unfragmented
// nearly everywhere (DNS flag day 2020).
const udpSize = 1232

// negative is the TTL in seconds of "no such name" and "no such data".
const negative = 1

// A responder answers queries from the brain's table.
type responder struct {
	brain *brain
	zone  string // absolute, lower case
	ttl   uint32 // seconds
}

func newResponder(b *brain) *responder {
	ttl := uint32((b.config.TTL + time.Second - 1) / time.Second)
	if b.config.has(bug.LongTTL) {
		ttl *= 60
	}
	return &responder{brain: b, zone: dns.CanonicalName(b.config.Zone), ttl: ttl}
}

// ServeDNS implements dns.Handler.
func (r *responder) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg).SetReply(q)
	limit := dns.MinMsgSize
	if opt := q.IsEdns0(); opt != nil {
		m.SetEdns0(udpSize, opt.Do())
		limit = min(udpSize, max(dns.MinMsgSize, int(opt.UDPSize())))
	}
	if _, tcp := w.RemoteAddr().(*net.TCPAddr); tcp {
		limit = dns.MaxMsgSize
	}
	r.answer(m, q, listen.AddrOf(w.RemoteAddr()))
	m.Truncate(limit)
	m.Compress = true // Truncate turns it off for what fits anyway
	_ = w.WriteMsg(m) // the asker asks again
}

func (r *responder) answer(m, q *dns.Msg, from netip.Addr) {
	who, sound := r.brain.config.asker(from, q.IsEdns0())
	switch opt := q.IsEdns0(); {
	case opt != nil && opt.Version() != 0:
		m.Rcode = dns.RcodeBadVers
		m.IsEdns0().SetExtendedRcode(dns.RcodeBadVers)
	case q.Opcode != dns.OpcodeQuery:
		m.Rcode = dns.RcodeNotImplemented
	case len(q.Question) != 1, !sound:
		m.Rcode = dns.RcodeFormatError
	case q.Question[0].Qclass != dns.ClassINET, !dns.IsSubDomain(r.zone, q.Question[0].Name):
		m.Rcode = dns.RcodeRefused
	default:
		r.inZone(m, q.Question[0], who)
	}
}

// inZone answers what we are the authority for.
func (r *responder) inZone(m *dns.Msg, q dns.Question, who asker) {
	t := r.brain.table.Load()
	name := strings.TrimSuffix(strings.TrimSuffix(dns.CanonicalName(q.Name), r.zone), ".")
	addrs, routed, found := r.lookup(t, name, who)
	who.reply(m, name == "" && r.tailors(t))
	if routed && !t.answering {
		m.Rcode = dns.RcodeServerFailure
		return
	}
	m.Authoritative = true
	switch {
	case !found:
		m.Rcode = dns.RcodeNameError
	case q.Qtype == dns.TypeA || q.Qtype == dns.TypeAAAA:
		m.Answer = r.records(q, addrs)
	case name == "" && q.Qtype == dns.TypeSOA:
		m.Answer = []dns.RR{r.soa()}
	case name == "" && q.Qtype == dns.TypeNS:
		m.Answer = r.servers()
	}
	if len(m.Answer) == 0 {
		m.Ns = []dns.RR{r.soa()}
	}
}

// records puts the addresses in an order of chance: clients take the first.
func (r *responder) records(q dns.Question, addrs [][2]netip.Addr) []dns.RR {
	var rrs []dns.RR
	for _, i := range rand.Perm(len(addrs)) {
		head := dns.RR_Header{Name: q.Name, Rrtype: q.Qtype, Class: dns.ClassINET, Ttl: r.ttl}
		four, six := addrs[i][0], addrs[i][1]
		switch {
		case q.Qtype == dns.TypeA && four.IsValid():
			rrs = append(rrs, &dns.A{Hdr: head, A: four.AsSlice()})
		case q.Qtype == dns.TypeAAAA && six.IsValid():
			rrs = append(rrs, &dns.AAAA{Hdr: head, AAAA: six.AsSlice()})
		}
	}
	return rrs
}

func (r *responder) soa() dns.RR {
	return &dns.SOA{Hdr: dns.RR_Header{Name: r.zone, Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: negative},
		Ns: r.brain.config.Name + "." + r.zone, Mbox: "hostmaster." + r.zone,
		Serial: 1, Refresh: 60, Retry: 60, Expire: 3600, Minttl: negative}
}

func (r *responder) servers() []dns.RR {
	var rrs []dns.RR
	for _, s := range r.brain.config.Servers {
		rrs = append(rrs, &dns.NS{Hdr: dns.RR_Header{Name: r.zone, Rrtype: dns.TypeNS, Class: dns.ClassINET, Ttl: r.ttl},
			Ns: s.Name + "." + r.zone})
	}
	return rrs
}
