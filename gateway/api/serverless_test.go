package api

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
)

var function = Serverless{ColdStart: 500 * time.Millisecond, Work: 100 * time.Millisecond, Concurrency: 2, Max: 3, Idle: 5 * time.Second, Queue: 8}

// burst sends n requests at once and returns how many were served and refused,
// and how long the last of them took.
func burst(p *platform, n int) (served, refused int, took time.Duration) {
	handle := p.serve(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	began := time.Now()
	var mu sync.Mutex
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			w := httptest.NewRecorder()
			handle(w, httptest.NewRequest("GET", "/orders/1", nil))
			mu.Lock()
			defer mu.Unlock()
			if w.Code == http.StatusOK {
				served++
			} else if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "" {
				refused++
			}
		})
	}
	all.Wait()
	return served, refused, time.Since(began)
}

func quiet(int, int) {}

func (p *platform) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.instances)
}

func TestServerlessFromZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(function, nil, quiet)
		expect := func(what string, n, served, refused int, took time.Duration) {
			t.Helper()
			if s, r, d := burst(p, n); s != served || r != refused || d != took {
				t.Errorf("%s: %d served, %d refused, %v; want %d, %d, %v", what, s, r, d, served, refused, took)
			}
		}
		expect("one, cold", 1, 1, 0, 600*time.Millisecond)
		expect("two, warm", 2, 2, 0, 100*time.Millisecond)
		// 2 at once, 8 wait for what becomes free or starts; the rest is refused
		expect("a surge", 20, 10, 10, 500*time.Millisecond)
		if n := p.count(); n != 3 {
			t.Errorf("%d instances, want 3", n)
		}
		time.Sleep(4 * time.Second)
		expect("six while all are up", 6, 6, 0, 100*time.Millisecond)
		time.Sleep(6 * time.Second)
		expect("cold again", 1, 1, 0, 600*time.Millisecond)
		time.Sleep(time.Minute)
		if n := p.count(); n != 0 {
			t.Errorf("%d instances are left", n)
		}
	})
}

func TestServerlessMinimum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := function
		f.Min = 2
		p := newPlatform(f, nil, quiet)
		if _, _, took := burst(p, 4); took != 100*time.Millisecond {
			t.Errorf("the minimum was not up: %v", took)
		}
		time.Sleep(time.Minute)
		if n := p.count(); n != 2 {
			t.Errorf("%d instances, want the minimum of 2", n)
		}
	})
}

// Who gives up leaves the queue, and takes no place with them.
func TestServerlessGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(function, nil, quiet)
		for _, patience := range []time.Duration{100 * time.Millisecond, 500 * time.Millisecond} {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			if i, err := p.enter(ctx); err == nil {
				p.leave(i)
			} else if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			cancel()
		}
		time.Sleep(time.Second)
		synctest.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.waiting) != 0 || p.instances[0].busy != 0 {
			t.Errorf("%d wait, %d places are taken", len(p.waiting), p.instances[0].busy)
		}
	})
}

func TestServerlessBugs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := newPlatform(function, []string{bug.ScaleStuck}, quiet)
		if _, _, took := burst(stuck, 8); took != 900*time.Millisecond || stuck.count() != 1 {
			t.Errorf("stuck: %v with %d instances", took, stuck.count())
		}
		endless := newPlatform(function, []string{bug.NoQueueLimit}, quiet)
		if served, refused, _ := burst(endless, 100); served != 100 || refused != 0 {
			t.Errorf("without a limit %d served, %d refused", served, refused)
		}
		time.Sleep(time.Minute)
	})
}
