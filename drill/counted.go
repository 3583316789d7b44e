package drill

// counted are requests by their fate.
type counted struct{ good, bad, unkn uint64 }

func (c *counted) add(s *Sample, good bool) {
	switch {
	case s.Class == Aborted:
		c.unkn++
	case !good:
		c.bad++
	default:
		c.good++
	}
}

// availability is known when there was any request whose fate is.
func (c counted) availability(metric string) Reading {
	n := float64(c.good + c.bad)
	if n == 0 {
		return unknown(metric, Ratio, "no request was made after the fault")
	}
	v := float64(c.good) / n
	return known(metric, Ratio, v, float64(c.good)/(n+float64(c.unkn)), v, "good requests over all, "+span0)
}
