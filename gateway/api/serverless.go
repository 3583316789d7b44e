package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/reply"
)

// Serverless makes an API server the front of a platform that starts instances by
// need, as Lambda, Cloud Run and Knative do. Its instances are slots within the
// server and no processes; what they cost in time is real, what a machine that
// starts them would cost in processor time is not there.
type Serverless struct {
	ColdStart   time.Duration `json:"cold_start_ns"` // of an instance
	Work        time.Duration `json:"work_ns"`       // of an instance for one request, beside the store's
	Concurrency int           `json:"concurrency"`   // requests at a time in one instance
	Min         int           `json:"min"`           // instances that are always there
	Max         int           `json:"max"`
	Idle        time.Duration `json:"idle_ns"` // after which an instance ends
	Queue       int           `json:"queue"`   // requests that may wait for an instance; more are refused
}

// errThrottled says that no instance is free and the queue is full.
var errThrottled = errors.New("no instance is free, and enough requests wait for one")

// An instance serves as many requests at a time as its concurrency.
type instance struct {
	ready bool
	busy  int
	idle  time.Time // since when, if busy is 0
}

// A platform gives each request a place in an instance, the first come first.
type platform struct {
	Serverless
	tell func(instances, waiting int)

	mu        sync.Mutex
	instances []*instance
	waiting   []chan *instance
}

// newPlatform starts with the instances that are always there.
func newPlatform(s Serverless, bugs []string, tell func(instances, waiting int)) *platform {
	if slices.Contains(bugs, bug.ScaleStuck) {
		s.Max = 1
	}
	if slices.Contains(bugs, bug.NoQueueLimit) {
		s.Queue = 1 << 30
	}
	p := &platform{Serverless: s, tell: tell}
	for range min(s.Min, s.Max) {
		p.instances = append(p.instances, &instance{ready: true})
	}
	return p
}

// enter waits for a place until ctx ends; errThrottled says that it is not worth
// waiting. Every place has to be left.
func (p *platform) enter(ctx context.Context) (*instance, error) {
	p.mu.Lock()
	if i := p.free(); i != nil && len(p.waiting) == 0 {
		i.busy++
		p.mu.Unlock()
		return i, nil
	}
	if len(p.waiting) >= p.Queue {
		p.mu.Unlock()
		return nil, errThrottled
	}
	turn := make(chan *instance, 1)
	p.waiting = append(p.waiting, turn)
	p.scale()
	p.mu.Unlock()
	select {
	case i := <-turn:
		return i, nil
	case <-ctx.Done():
		p.giveUp(turn)
		return nil, ctx.Err()
	}
}

// giveUp takes a request out of the queue, or leaves the place that it was given
// just now.
func (p *platform) giveUp(turn chan *instance) {
	p.mu.Lock()
	n := len(p.waiting)
	p.waiting = slices.DeleteFunc(p.waiting, func(t chan *instance) bool { return t == turn })
	gone := len(p.waiting) < n
	p.mu.Unlock()
	if !gone {
		p.leave(<-turn)
	}
}

// free is the first instance with room: so the last ones fall idle.
func (p *platform) free() *instance {
	for _, i := range p.instances {
		if i.ready && i.busy < p.Concurrency {
			return i
		}
	}
	return nil
}

// scale starts as many instances as all requests need that are here.
func (p *platform) scale() {
	need := len(p.waiting)
	for _, i := range p.instances {
		need += i.busy
	}
	want := min(p.Max, (need+p.Concurrency-1)/p.Concurrency)
	for len(p.instances) < want {
		i := &instance{}
		p.instances = append(p.instances, i)
		time.AfterFunc(p.ColdStart, func() { p.started(i) })
		p.tell(len(p.instances), len(p.waiting))
	}
}

func (p *platform) started(i *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i.ready = true
	p.rest(i)
	p.handOut()
}

func (p *platform) leave(i *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i.busy--
	p.handOut()
	if i.busy == 0 {
		p.rest(i)
	}
}

// handOut gives free places to those that wait longest.
func (p *platform) handOut() {
	for len(p.waiting) > 0 {
		i := p.free()
		if i == nil {
			return
		}
		i.busy++
		p.waiting[0] <- i
		p.waiting = p.waiting[1:]
	}
}

// rest ends an instance when it has had nothing to do for long.
func (p *platform) rest(i *instance) {
	since := time.Now()
	i.idle = since
	time.AfterFunc(p.Idle, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if i.busy > 0 || !i.idle.Equal(since) || len(p.instances) <= p.Min {
			return
		}
		p.instances = slices.DeleteFunc(p.instances, func(o *instance) bool { return o == i })
		p.tell(len(p.instances), len(p.waiting))
	})
}

// serve has an instance handle the request, or refuses it with 429.
func (p *platform) serve(handle http.HandlerFunc) http.HandlerFunc {
	if p == nil {
		return handle
	}
	return func(w http.ResponseWriter, r *http.Request) {
		i, err := p.enter(r.Context())
		if errors.Is(err, errThrottled) {
			w.Header().Set("Retry-After", "1")
			reply.JSON(w, http.StatusTooManyRequests, reply.Problem{Error: err.Error(), Effect: reply.NoEffect})
			return
		}
		if err != nil {
			return // nobody is there to be answered
		}
		defer p.leave(i)
		time.Sleep(p.Work) // a function that has begun ends, whoever has gone
		handle(w, r)
	}
}

// scaled tells of each change of the number of instances.
func (c Config) scaled(events Events) func(instances, waiting int) {
	return func(instances, waiting int) {
		events.Event(drill.KindNote, c.Name, c.Region, map[string]string{"instances": strconv.Itoa(instances)},
			fmt.Sprintf("scales to %d instances, %d requests wait", instances, waiting))
	}
}
