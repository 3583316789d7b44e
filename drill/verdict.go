package drill

import "fmt"

// A Verdict orders as Pass < Inconclusive < Fail, so the worst is the maximum.
// The zero Verdict is no verdict at all and is never good.
type Verdict int

// The verdicts.
const (
	Unjudged Verdict = iota
	Pass
	Inconclusive
	Fail
)

var verdictNames = []string{"unjudged", "pass", "inconclusive", "fail"}

func (v Verdict) String() string {
	if v < 0 || int(v) >= len(verdictNames) {
		return fmt.Sprintf("verdict(%d)", int(v))
	}
	return verdictNames[v]
}

// MarshalText writes the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads a verdict's name.
func (v *Verdict) UnmarshalText(b []byte) error {
	for i, n := range verdictNames {
		if n == string(b) {
			*v = Verdict(i)
			return nil
		}
	}
	return fmt.Errorf("unknown verdict %q", b)
}

// Worst is the verdict of several verdicts together. Nothing judged is
// Inconclusive, never Pass.
func Worst(vs ...Verdict) Verdict {
	worst := Unjudged
	for _, v := range vs {
		if v == Unjudged {
			v = Inconclusive
		}
		worst = max(worst, v)
	}
	if worst == Unjudged {
		return Inconclusive
	}
	return worst
}
