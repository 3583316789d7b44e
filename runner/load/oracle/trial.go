package oracle

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runner/load"
)

// A Trial is one outage of a server, seen by a load worker.
type Trial struct {
	Kind    Kind
	Profile string        // of the client
	Rate    float64       // reads per second
	Timeout time.Duration // of the client
	Before  time.Duration // from the first slot to the outage
	Length  time.Duration // of the outage
	After   time.Duration // from its end to the end of the load
	Seed    uint64        // also draws the phase of the outage against the grid
}

// A Result is what a trial saw, and the truth, both in time of the drill.
type Result struct {
	Trial    Trial
	From, To time.Duration // the outage as it really was
	Grids    load.Grids
	Stats    load.Stats
	Samples  []drill.Sample // by intended start
}

// Run carries out the trial.
func (t Trial) Run(ctx context.Context) (Result, error) {
	srv, err := NewServer()
	if err != nil {
		return Result{}, err
	}
	defer srv.Close()
	began := mono.Now()
	tape := &Tape{}
	l, err := load.Start(ctx, Client{}, load.Config{URL: srv.URL(), ReadRate: t.Rate, Timeout: t.Timeout, Profile: t.Profile, BeganMono: began, Seed: t.Seed}, tape)
	if err != nil {
		return Result{}, err
	}
	defer l.Close()
	interval := float64(time.Second) / t.Rate
	from := mono.Now() + t.Before + time.Duration(rand.New(rand.NewPCG(t.Seed, 3)).Float64()*interval)
	truth, err := srv.Play(ctx, Outage{Kind: t.Kind, From: from, To: from + t.Length})
	if err == nil {
		err = mono.Sleep(ctx, t.After)
	}
	if err != nil {
		return Result{}, fmt.Errorf("oracle: %w", err)
	}
	stats, err := l.Stop(ctx)
	r := Result{Trial: t, From: truth.From - began, To: truth.To - began, Grids: l.Grids(), Stats: stats, Samples: tape.All()}
	slices.SortFunc(r.Samples, func(a, b drill.Sample) int { return int(a.Intended - b.Intended) })
	return r, err
}

// Interval is the distance of two requests that can both show the outage: with
// half of them failing, every second one.
func (r Result) Interval() time.Duration {
	d := r.Grids[drill.Read.String()].Every
	if r.Trial.Kind == Partial {
		return 2 * d
	}
	return d
}

// Errors are the distances from the truth of the outage's start, the intended
// start of the first bad request, and of its end, that of the first good request
// after the last bad one.
func (r Result) Errors() (start, end time.Duration, err error) {
	bad := func(s drill.Sample) bool { return s.Class != drill.OK || s.Latency() > r.Trial.Timeout }
	first := slices.IndexFunc(r.Samples, bad)
	if first < 0 {
		return 0, 0, errors.New("oracle: the outage was not seen")
	}
	last := first
	for i, s := range r.Samples {
		if bad(s) {
			last = i
		}
	}
	if last+1 == len(r.Samples) {
		return 0, 0, errors.New("oracle: the recovery was not seen")
	}
	return r.Samples[first].Intended - r.From, r.Samples[last+1].Intended - r.To, nil
}
