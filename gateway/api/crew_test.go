package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Two workers do eight requests in four turns, also those of clients that have
// gone; a crew of nobody does all at once.
func TestCrew(t *testing.T) {
	for _, tt := range []struct {
		workers int
		want    time.Duration
	}{{2, 40 * time.Millisecond}, {0, 0}} {
		synctest.Test(t, func(t *testing.T) {
			c, done, mu := newCrew(Capacity{Workers: tt.workers, ServiceTime: 10 * time.Millisecond}), 0, sync.Mutex{}
			handle := c.serve(func(http.ResponseWriter, *http.Request) { mu.Lock(); defer mu.Unlock(); done++ })
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			began := time.Now()
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() { handle(httptest.NewRecorder(), httptest.NewRequestWithContext(gone, "GET", "/", nil)) })
			}
			all.Wait()
			if took := time.Since(began); took != tt.want || done != 8 {
				t.Errorf("%d workers did %d requests in %v, want %v", tt.workers, done, took, tt.want)
			}
		})
	}
}

// A service that starts over orders has a twentieth of its capacity, then more.
func TestWarmUp(t *testing.T) {
	for _, tt := range []struct {
		orders string
		want   []time.Duration
	}{
		{`{"ids":[]}`, []time.Duration{10 * time.Millisecond, 10 * time.Millisecond, 10 * time.Millisecond}},
		{`{"ids":["7"]}`, []time.Duration{200 * time.Millisecond, 10 * time.Millisecond * 1000 / 525, 10 * time.Millisecond}},
	} {
		s := newService(Config{Store: "http://store", Capacity: Capacity{Workers: 1, ServiceTime: 10 * time.Millisecond, WarmUp: 10 * time.Second}})
		s.client.Transport = answers(tt.orders)
		s.look(t.Context())
		began := time.Now()
		if !s.crew.cold.IsZero() {
			began = s.crew.cold
		}
		for i, want := range tt.want {
			if got := s.crew.takes(began.Add(time.Duration(i) * 5 * time.Second)); got.Round(10*time.Microsecond) != want.Round(10*time.Microsecond) {
				t.Errorf("orders %s, after %d s: %v, want %v", tt.orders, 5*i, got, want)
			}
		}
	}
}

// answers is a store that answers everything alike.
type answers string

func (a answers) RoundTrip(*http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	w.Body.WriteString(strings.TrimSpace(string(a)))
	return w.Result(), nil
}
