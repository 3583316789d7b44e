package proxy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/control"
	"github.com/drillctl/drillctl/gateway/health"
	"github.com/drillctl/drillctl/gateway/routes"
	"github.com/drillctl/drillctl/internal/atomicfile"
)

// A Control is where a gateway has its routes from.
type Control struct {
	URL   string        `json:"url"`   // of the control plane
	Own   string        `json:"own"`   // of this gateway
	Every time.Duration `json:"every"` // between two questions
	Cache string        `json:"cache"` // file that keeps the last routes over a restart
}

// A follower has the routes of this gateway, and asks the control plane for
// others. What it has it keeps for as long as nobody gives it others: the control
// plane is needed for changes only.
type follower struct {
	Control
	name, region string
	client       *http.Client
	needy        bool // forget the routes without a control plane: the bug needs-control-plane
	cacheless    bool // keep them in memory only: the bug no-config-cache
	tell         func(note string)

	mu            sync.Mutex
	table         *routes.Table // nil while there is none
	heard         time.Time
	requests, bad int64 // with this table
}

func newFollower(c Config, tell func(string)) *follower {
	f := &follower{Control: *c.Control, name: c.Name, region: c.Region, tell: tell, heard: time.Now(),
		client: &http.Client{Timeout: c.Control.Every, Transport: &http.Transport{DisableKeepAlives: true}},
		needy:  c.has(bug.NeedsControlPlane), cacheless: c.has(bug.NoConfigCache)}
	if text, err := os.ReadFile(f.Cache); err == nil && !f.cacheless {
		var t routes.Table
		if json.Unmarshal(text, &t) == nil && t.Check() == nil { // else the control plane has it
			f.table = &t
			tell(fmt.Sprintf("begins with version %d of the routes, as kept", t.Version))
		}
	}
	return f
}

// run asks again and again until ctx ends.
func (f *follower) run(ctx context.Context) {
	tick := time.NewTicker(f.Every)
	defer tick.Stop()
	missed := false
	for {
		t, err := f.ask(ctx)
		switch {
		case err == nil:
			missed = false
			f.take(t)
		case ctx.Err() == nil:
			if !missed {
				f.tell("the control plane does not answer: " + health.Reason(err))
			}
			missed = true
			f.forget()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ask reports and returns what the control plane answers.
func (f *follower) ask(ctx context.Context) (routes.Table, error) {
	var t routes.Table
	text, err := json.Marshal(f.report())
	if err != nil {
		return t, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.URL+"/poll", bytes.NewReader(text))
	if err != nil {
		return t, err
	}
	res, err := f.client.Do(req)
	if err != nil {
		return t, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return t, health.StatusError(res.StatusCode)
	}
	return t, errors.Join(json.NewDecoder(res.Body).Decode(&t), t.Check())
}

func (f *follower) report() control.Report {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := control.Report{Name: f.name, Region: f.region, URL: f.Own, Requests: f.requests, Bad: f.bad}
	if f.table != nil {
		r.Version = f.table.Version
	}
	return r
}

// take goes over to a table, if it is another one. No request waits for the disk.
func (f *follower) take(t routes.Table) {
	if !f.turn(t) {
		return
	}
	note := fmt.Sprintf("runs with version %d of the routes", t.Version)
	if err := f.keep(t); err != nil {
		note += ", which it cannot keep: " + err.Error()
	}
	f.tell(note)
}

func (f *follower) turn(t routes.Table) (another bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.heard = time.Now()
	if f.table != nil && f.table.Version == t.Version {
		return false
	}
	f.table, f.requests, f.bad = &t, 0, 0
	return true
}

func (f *follower) keep(t routes.Table) error {
	if f.cacheless {
		return nil
	}
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(f.Cache), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(f.Cache, text)
}

// forget is the bug needs-control-plane.
func (f *follower) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.needy && time.Since(f.heard) > 3*f.Every {
		f.table = nil
	}
}

// lost says that there is nobody to have routes from, and there are none.
func (f *follower) lost() bool {
	if f == nil {
		return false
	}
	v, _ := f.version()
	return v == 0
}

// version is that of the routes, 0 without any, and how long ago the control
// plane was heard.
func (f *follower) version() (int, time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.table == nil {
		return 0, time.Since(f.heard)
	}
	return f.table.Version, time.Since(f.heard)
}
