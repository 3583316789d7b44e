package probe

import (
	"net/http"
	"slices"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/ask"
)

// judgeForm classifies an answer, read to its end, of a system that has a form of
// its own.
func judgeForm(s *drill.Sample, f *ask.Form, body []byte) {
	write, status := s.Route == drill.Write, int(s.Status)
	s.Class = classOfStatus(s.Status)
	switch {
	case f.Expects(status, write) && f.Holds(body, s.ID):
		s.Class = drill.OK
	case f.Expects(status, write):
		s.Class = drill.Content
	case !write && f.Named && f.Missing(status):
		s.Class, s.Missing = drill.OK, true
	case s.Class == drill.OK:
		s.Class = drill.HTTPOther // a 2xx that is not the one
	}
	if write {
		s.Ack = ackOf(s.Class, status)
	}
}

// unsure are 4xx that do not say that a write had no effect: a gateway that gave
// up on it (408, 499), and one that tried again and met its own first try (409).
var unsure = []int{http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, 499}

func ackOf(c drill.Class, status int) drill.Ack {
	switch {
	case c == drill.OK:
		return drill.Acked
	case c == drill.HTTP4xx && !slices.Contains(unsure, status):
		return drill.Rejected
	}
	return drill.Indeterminate
}
