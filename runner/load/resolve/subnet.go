package resolve

import (
	"net/netip"

	"github.com/miekg/dns"
)

// optionSize is the largest answer over UDP that is asked for with options, in
// bytes (DNS flag day 2020).
const optionSize = 1232

// withSubnet tells a server in whose name it is asked (EDNS Client Subnet, RFC
// 7871).
func withSubnet(q *dns.Msg, subnet netip.Prefix) *dns.Msg {
	if !subnet.IsValid() {
		return q
	}
	family := uint16(1)
	if subnet.Addr().Is6() {
		family = 2
	}
	q.SetEdns0(optionSize, false)
	opt := q.IsEdns0()
	opt.Option = append(opt.Option, &dns.EDNS0_SUBNET{Code: dns.EDNS0SUBNET, Family: family, SourceNetmask: uint8(subnet.Bits()), Address: subnet.Masked().Addr().AsSlice()})
	return q
}
