// Package control is the control plane of the bundled system: it keeps the
// gateways' routes in versions and gives them out, a new one to one region first.
//
//	POST /poll       a gateway's report; answers its routes
//	POST /push       new routes: {"routes": [{"path": ..., "to": ...}]}
//	POST /rollback   {"to": VERSION} for all regions
//	GET  /state      versions, who is to have which, who has which
//	GET  /healthz
package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/listen"
	"github.com/drillctl/drillctl/gateway/routes"
	"github.com/drillctl/drillctl/gateway/store/reply"
	"github.com/drillctl/drillctl/internal/atomicfile"
)

// A Config is all that a control plane has to know.
type Config struct {
	Name    string        `json:"name"`
	Region  string        `json:"region"`
	Addr4   netip.Addr    `json:"addr4"`
	Addr6   netip.Addr    `json:"addr6"`
	Port    uint16        `json:"port"`
	Dir     string        `json:"dir"`       // keeps its state over restarts
	Regions []string      `json:"regions"`   // that it serves; the last tries new versions
	Canary  time.Duration `json:"canary_ns"` // of a trial that goes well
	Bugs    []string      `json:"bugs,omitempty"`
}

func (c Config) pushesEverywhere() bool { return slices.Contains(c.Bugs, bug.PushEverywhere) }

// Events takes what the control plane has to tell the drill.
type Events interface {
	Event(kind drill.Kind, subject, region string, data map[string]string, note string)
}

// Run serves until ctx ends, and returns nil then.
func Run(ctx context.Context, c Config, events Events) error {
	if len(c.Regions) == 0 || c.Dir == "" {
		return fmt.Errorf("control plane %s: it needs regions and a directory", c.Name)
	}
	s, err := load(c.file())
	if err != nil {
		return fmt.Errorf("starting control plane %s: %w", c.Name, err)
	}
	listeners, err := listen.TCP(ctx, c.Port, c.Addr4, c.Addr6)
	if err != nil {
		return fmt.Errorf("starting control plane %s: %w", c.Name, err)
	}
	p := newPlane(c, s, func(note string) { events.Event(drill.KindNote, c.Name, c.Region, nil, note) })
	srv := &http.Server{Handler: handler(c, p), ReadHeaderTimeout: 2 * time.Second, ReadTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	return listen.Until(ctx, srv, listeners)
}

func (c Config) file() string { return filepath.Join(c.Dir, "routes.json") }

func load(file string) (State, error) {
	var s State
	err := atomicfile.ReadJSON(file, 0o755, &s)
	return s, err
}

func handler(c Config, p *plane) http.Handler {
	var saving sync.Mutex // so that what was newer is never written over
	save := func() error {
		saving.Lock()
		defer saving.Unlock()
		text, err := json.Marshal(p.snapshot())
		if err == nil {
			err = atomicfile.Write(c.file(), text)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errNotSaved, err)
		}
		return nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "alive\n") })
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) { reply.JSON(w, http.StatusOK, p.snapshot()) })
	mux.HandleFunc("POST /poll", take(func(r Report) (any, error) {
		t, changed, err := p.poll(r)
		if changed {
			err = errors.Join(err, save())
		}
		return t, err
	}))
	mux.HandleFunc("POST /push", take(func(t routes.Table) (any, error) {
		v, err := p.push(t.Routes)
		if err != nil {
			return nil, err
		}
		return map[string]int{"version": v}, save()
	}))
	mux.HandleFunc("POST /rollback", take(func(to struct {
		To int `json:"to"`
	}) (any, error) {
		if err := p.rollback(to.To); err != nil {
			return nil, err
		}
		return p.snapshot(), save()
	}))
	mux.HandleFunc("/", reply.NoSuchPath)
	return mux
}

// take reads a request's JSON and answers with what comes of it.
func take[T any](do func(T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in T
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in); err != nil {
			reply.Error(w, http.StatusBadRequest, err.Error())
			return
		}
		out, err := do(in)
		switch {
		case errors.Is(err, errBusy):
			reply.Error(w, http.StatusConflict, err.Error())
		case errors.Is(err, errNotSaved):
			reply.Error(w, http.StatusInternalServerError, err.Error())
		case err != nil:
			reply.Error(w, http.StatusBadRequest, err.Error())
		default:
			reply.JSON(w, http.StatusOK, out)
		}
	}
}
