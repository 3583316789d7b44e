package agent

import (
	"net/netip"
	"time"

	"github.com/google/nftables"
)

// doctor arms every sort of damage in this namespace, and fires none.
func doctor() []Check {
	var own []netip.Addr
	for _, a := range interfaceAddrs() {
		if !a.IsLoopback() {
			own = append(own, a)
		}
	}
	spec := func(kind string) Spec {
		return Spec{Run: "doctor", ID: kind, Kind: kind, Addrs: own, Share: 0.5, Rate: 1 << 20, Delay: time.Millisecond}
	}
	question := spec(DNS)
	question.Answer = "servfail"
	request := spec(HTTP)
	request.Paths, request.Ports, request.Status = []string{"/doctor"}, []int{80}, 503
	destroy := spec(Drop)
	destroy.ID, destroy.Reset = "destroy", true
	return []Check{
		check("packet filter (blackhole, partition)", spec(Drop), "drops packets", "the kernel needs nf_tables with its inet family"),
		check("connection reset (blackhole with reset)", destroy, "ends open connections", "the kernel needs INET_DIAG_DESTROY"),
		check("tcp reset (reset)", spec(Reset), "rejects with a reset", "the kernel needs nft_reject_inet"),
		check("random loss (loss)", spec(Loss), "drops a share of packets", "the kernel needs nft_numgen"),
		check("token bucket (bandwidth)", spec(Bandwidth), "limits what is sent", "the kernel needs sch_tbf"),
		latencyCheck(spec(Latency)),
		check("name resolution (dns-fail, dns-slow)", question, "way: port 53 is led to the agent (UDP and TCP)", "the kernel needs nft_nat and nf_conntrack"),
		check("requests (http-fail, http-slow)", request, "way: connections to a port are led to the agent", "the kernel needs nft_redir, nf_nat, nf_conntrack and INET_DIAG_DESTROY"),
		leaseCheck(spec(Drop)),
	}
}

func check(name string, s Spec, text, hint string) Check {
	d, err := newDamage(s)
	if err == nil {
		err = d.arm()
	}
	if err == nil {
		err = d.end()
	}
	if err != nil {
		return Check{Name: name, Text: err.Error(), Hint: hint}
	}
	return Check{Name: name, OK: true, Text: text}
}

// latencyCheck is fine with either way, and says which it is.
func latencyCheck(s Spec) Check {
	way := "way: netem (every packet)"
	if err := hasQdisc("netem"); err != nil {
		way = "way: relay (TCP; " + err.Error() + ")"
	}
	return check("latency", s, way, "the kernel needs sch_netem, or nft_redir, nf_nat and nf_conntrack")
}

// leaseCheck says whether the kernel ends the damage of a killed agent.
func leaseCheck(s Spec) Check {
	s.ID = "owner"
	t, err := newTable(s.table(), func(*nftables.Conn, *nftables.Table) error { return nil })
	if err != nil {
		return Check{Name: "lease", Text: err.Error(), Hint: "the kernel needs nf_tables"}
	}
	text := "the rules of a killed agent vanish with it"
	if t.Flags&owned == 0 {
		text = "this kernel is older than 5.12: the rules of a killed agent stay until drillctl clears them away"
	}
	if err := t.close(); err != nil {
		return Check{Name: "lease", Text: err.Error()}
	}
	return Check{Name: "lease", OK: true, Text: text}
}
