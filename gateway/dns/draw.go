package dns

import (
	"hash/fnv"
	"math/bits"
	"net/netip"
	"time"
)

// golden is 2^64 over the golden ratio. Its multiples, modulo 2^64, fill the
// circle more evenly than those of any other number (Kronecker's sequence).
const golden = 0x9e3779b97f4a7c15

// draw picks one of the regions for a client. All answers to one client within
// one TTL are the same, from whichever traffic manager they come, for A as for
// AAAA. From one TTL to the next they follow Kronecker's sequence, so that
// shares hold over a few answers already, where independent chance would take
// hundreds; clients begin at different places of it.
func draw(regions []string, weight func(string) int, client netip.Addr, now time.Time, ttl time.Duration) string {
	total := uint64(0)
	for _, r := range regions {
		total += uint64(weight(r))
	}
	if total == 0 {
		return regions[0]
	}
	h := fnv.New64a()
	_, _ = h.Write(client.AsSlice()) // a hash takes everything
	at := h.Sum64()*golden + uint64(now.UnixNano()/int64(ttl))*golden
	mark, _ := bits.Mul64(at, total) // at, scaled to 0 … total-1
	for _, r := range regions {
		if w := uint64(weight(r)); mark < w {
			return r
		} else {
			mark -= w
		}
	}
	return regions[len(regions)-1]
}
