package probe

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/pace"
)

// Intrusions read records that were lately acknowledged, with one forgery after the
// other: the number of the request is that of the forgery. One that is not ready yet
// is passed over; no token at all always is.
func Intrusions(base string, p *pace.Pacer, book *Book, ready func(drill.Forgery) bool) vegeta.Targeter {
	prefix := strings.TrimSuffix(base, "/") + "/orders/"
	all := drill.Forgeries()
	var mu sync.Mutex
	turn := 0
	next := func() drill.Forgery {
		mu.Lock()
		defer mu.Unlock()
		for range all {
			f := all[turn%len(all)]
			if turn++; ready(f) {
				return f
			}
		}
		return drill.NoToken
	}
	return func(t *vegeta.Target) error {
		slot, ok := p.Take()
		if !ok {
			return vegeta.ErrNoTargets
		}
		t.Method = http.MethodGet
		t.URL = mark(strconv.AppendUint(append(make([]byte, 0, 96), prefix...), book.pick(p.Grid().At(slot)), 10), slot, uint64(next()))
		return nil
	}
}

// judgeIntruder classifies what an intruder was answered. It is refused by 401 and
// 403, and not served by 429 and 5xx; all else was an answer to what it asked.
func judgeIntruder(s *drill.Sample) {
	switch {
	case s.Status == http.StatusUnauthorized || s.Status == http.StatusForbidden:
		s.Class = drill.OK
	case s.Status == http.StatusTooManyRequests:
		s.Class = drill.HTTP4xx
	case s.Status/100 == 5:
		s.Class = drill.HTTP5xx
	default:
		s.Class = drill.LetIn
	}
}
