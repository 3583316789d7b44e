package agent

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// askPatience is how long an answer is waited for that nothing delays.
const askPatience = time.Second

// askAll asks resolvers for a name, as the instance's own programs do.
func askAll(ctx context.Context, to []netip.AddrPort, ask Ask) []Probe {
	if len(to) == 0 {
		for _, a := range append(resolvers(), interfaceAddrs()...) {
			if !a.IsLinkLocalUnicast() {
				to = append(to, netip.AddrPortFrom(a, dnsPort))
			}
		}
	}
	out := make([]Probe, len(to))
	var wg sync.WaitGroup
	for i, a := range to {
		wg.Go(func() { out[i] = askOne(ctx, a, ask) })
	}
	wg.Wait()
	return out
}

func askOne(ctx context.Context, to netip.AddrPort, ask Ask) Probe {
	p := Probe{To: to}
	q := new(dns.Msg).SetQuestion(dns.Fqdn(ask.Name), dns.TypeA)
	c := dns.Client{Timeout: ask.Wait + askPatience}
	began := time.Now()
	a, _, err := c.ExchangeContext(ctx, q, to.String())
	p.Took = time.Since(began)
	if err != nil {
		p.Said = Reason(err)
		return p
	}
	p.Up, p.First, p.Said = true, p.Took, dns.RcodeToString[a.Rcode]
	return p
}
