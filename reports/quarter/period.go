package quarter

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// A Period is a quarter of a year, in UTC: From belongs to it, To does not.
type Period struct {
	Name string    `json:"name"` // "2026-Q4"
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

var form = regexp.MustCompile(`^([12][0-9]{3})-?[Qq]([1-4])$`)

// Parse reads a quarter: 2026-Q4.
func Parse(name string) (Period, error) {
	m := form.FindStringSubmatch(name)
	if m == nil {
		return Period{}, fmt.Errorf("%q is not a quarter; write it like 2026-Q4", name)
	}
	year, _ := strconv.Atoi(m[1])
	q, _ := strconv.Atoi(m[2])
	return of(year, q), nil
}

// Of is the quarter that an instant lies in.
func Of(t time.Time) Period {
	t = t.UTC()
	return of(t.Year(), (int(t.Month())-1)/3+1)
}

func of(year, q int) Period {
	from := time.Date(year, time.Month(3*q-2), 1, 0, 0, 0, 0, time.UTC)
	return Period{Name: fmt.Sprintf("%d-Q%d", year, q), From: from, To: from.AddDate(0, 3, 0)}
}

// Before is the quarter n quarters earlier.
func (p Period) Before(n int) Period { return Of(p.From.AddDate(0, -3*n, 0)) }

// Contains says whether an instant lies in the quarter.
func (p Period) Contains(t time.Time) bool { return !t.Before(p.From) && t.Before(p.To) }
