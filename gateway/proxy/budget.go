package proxy

import "sync"

// A budget bounds retries: each request pays in a fraction of a retry, each
// retry takes one out. Over any stretch of n requests at most burst + ratio·n
// retries are made, however many of them fail.
type budget struct {
	mu     sync.Mutex
	tokens float64
	burst  float64
	ratio  float64
	free   bool // no limit at all: the bug retry-storm
}

func newBudget(r Retries) *budget {
	return &budget{tokens: float64(r.Burst), burst: float64(r.Burst), ratio: r.Budget}
}

// deposit is called once per request.
func (b *budget) deposit() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(b.burst, b.tokens+b.ratio)
}

// withdraw says whether one retry may be made.
func (b *budget) withdraw() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	// Ten deposits of 0.1 are a little less than one.
	if b.free || b.tokens >= 1-1e-9 {
		b.tokens = max(0, b.tokens-1)
		return true
	}
	return false
}
