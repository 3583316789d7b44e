package agent

import (
	"net"
	"net/netip"
	"time"
)

// doctor tries every sort of damage in this namespace.
func doctor() []Check {
	addrs := ownAddrs()
	base := Spec{Run: "doctor", Addrs: addrs}
	with := func(kind string) Spec { s := base; s.Kind, s.ID = kind, kind; return s }
	loss := with(Loss)
	loss.Share = 0.5
	bucket, err := newBucket(Spec{Kind: Bandwidth, Addrs: addrs, Rate: 1 << 30})
	checks := []Check{
		check("packet filter (blackhole, partition)", (&filter{spec: with(Drop)}).try(), "drops packets", "the kernel needs nf_tables"),
		check("tcp reset (reset)", (&filter{spec: with(Reset)}).try(), "rejects with a reset", "the kernel needs nft_reject_inet"),
		check("random loss (loss)", (&filter{spec: loss}).try(), "drops a share of packets", "the kernel needs nft_numgen"),
	}
	if err == nil {
		err = bucket.try()
	}
	checks = append(checks, check("token bucket (bandwidth)", err, "limits what is sent", "the kernel needs sch_tbf"))
	return append(checks, latencyCheck(addrs))
}

// latencyCheck is fine with either way, and says which it is.
func latencyCheck(addrs []netip.Addr) Check {
	spec := Spec{Run: "doctor", ID: Latency, Kind: Latency, Addrs: addrs, Delay: time.Millisecond}
	const name = "latency"
	if err := newNetem(spec).try(); err == nil {
		return Check{Name: name, OK: true, Text: "way: netem (every packet)"}
	}
	d := &detour{spec: spec}
	if err := d.try(); err != nil {
		return Check{Name: name, Text: err.Error(), Hint: "the kernel needs sch_netem, or nft_redir and nf_nat"}
	}
	if err := d.revert(); err != nil {
		return Check{Name: name, Text: err.Error()}
	}
	return Check{Name: name, OK: true, Text: "way: relay (TCP; this kernel has no sch_netem)"}
}

func check(name string, err error, text, hint string) Check {
	if err != nil {
		return Check{Name: name, Text: err.Error(), Hint: hint}
	}
	return Check{Name: name, OK: true, Text: text}
}

func ownAddrs() []netip.Addr {
	var out []netip.Addr
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, x := range addrs {
		if n, ok := x.(*net.IPNet); ok && !n.IP.IsLoopback() {
			if a, ok := netip.AddrFromSlice(n.IP); ok {
				out = append(out, a.Unmap())
			}
		}
	}
	return out
}
