package quota

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/drillctl/drillctl/gateway/store/order"
)

// A Decision is about one request.
type Decision struct {
	Allowed bool          `json:"allowed"`
	Left    int           `json:"left"`     // requests that may come at once now
	Retry   time.Duration `json:"retry_ns"` // until one is allowed; 0 if it is now
}

// write tells a tenant where it stands, in the words of
// draft-ietf-httpapi-ratelimit-headers-10.
func (d Decision) write(h http.Header, t order.Tenant) {
	h.Set("RateLimit-Policy", fmt.Sprintf(`"tenant";q=%d;w=1`, int(math.Round(t.Rate))))
	h.Set("RateLimit", fmt.Sprintf(`"tenant";r=%d;t=%s`, d.Left, Seconds(d.Retry)))
}

// Seconds are whole ones, rounded up, as in Retry-After.
func Seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// Buckets are token buckets by key.
type Buckets struct {
	mu  sync.Mutex
	all map[string]*rate.Limiter
}

// NewBuckets are none yet.
func NewBuckets() *Buckets { return &Buckets{all: map[string]*rate.Limiter{}} }

// Take takes one token, if there is one. Buckets begin full. Whose keys are known
// have one, so that there are only so many.
func (b *Buckets) Take(key string, perSecond float64, burst int, now time.Time) Decision {
	l := b.of(key, perSecond, burst, now)
	d := Decision{Allowed: l.AllowN(now, 1)} // nothing is reserved: a reservation that is cancelled after another was made is lost
	left := l.TokensAt(now)
	d.Left = max(0, int(left))
	if !d.Allowed {
		d.Retry = max(1, time.Duration(min((1-left)/perSecond, math.MaxInt32)*float64(time.Second)))
	}
	return d
}

func (b *Buckets) of(key string, perSecond float64, burst int, now time.Time) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	l, ok := b.all[key]
	if !ok {
		l = rate.NewLimiter(rate.Limit(perSecond), burst)
		b.all[key] = l
	}
	if l.Limit() != rate.Limit(perSecond) || l.Burst() != burst {
		l.SetLimitAt(now, rate.Limit(perSecond))
		l.SetBurstAt(now, burst)
	}
	return l
}
