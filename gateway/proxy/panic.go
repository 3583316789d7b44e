package proxy

// panics says whether so few upstreams are healthy by active checks that it is
// more probable that the checks are wrong: then all are balanced over but those
// that requests have put out. It is Envoy's healthy_panic_threshold, over all
// tiers together, so that the loss of a region alone is no reason to panic. A pool
// that is just starting, of which not everyone has been judged, does not panic.
func (p *pool) panics() bool {
	healthy := 0
	for _, u := range p.all {
		if !u.judged {
			return false
		}
		if u.active {
			healthy++
		}
	}
	return float64(healthy) < p.panic*float64(len(p.all))
}

// panicking is panics as the pool now goes by it.
func (p *pool) panicking() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.alarm
}
