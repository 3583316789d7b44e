package store

import (
	"context"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/drillctl/drillctl/gateway/store/async"
	"github.com/drillctl/drillctl/gateway/store/copies"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/reply"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
	"github.com/drillctl/drillctl/gateway/store/state"
)

// An engine keeps the orders of this region by one of the ways to replicate.
type engine interface {
	// Write returns state.ErrNotLeader if nothing was stored for certain, and
	// state.ErrUnsure if that is not known.
	Write(ctx context.Context, o order.Order) (state.Receipt, error)
	State() state.State
	Table() *order.Table
}

// A logger gives other stores its log.
type logger interface {
	Log(after uint64) snapshot.Snapshot
}

// A receiver takes backups of the leader's log.
type receiver interface {
	Receive(ctx context.Context, s snapshot.Snapshot) error
}

// A copier takes the events of the leader's log.
type copier interface {
	Take(ctx context.Context, s snapshot.Snapshot) (async.Taken, error)
}

// A quarantiner may hold orders that history went on without.
type quarantiner interface {
	Divergent() ([]order.ID, error)
}

// A door is the HTTP side of a store.
type door struct {
	config Config
	client *http.Client
	copies *copies.Cupboard // backups; nil without
	behind atomic.Pointer[engine]
	seeded atomic.Bool // the configured tenants' keys are here
	aside  sync.Map    // tenants by the sum of their key, of the bug keys-not-replicated
}

// keptBackups is how many backups each place keeps.
const keptBackups = 3

func newDoor(c Config) *door {
	d := &door{config: c, client: newClient()}
	d.seeded.Store(len(c.Tenants) == 0)
	if c.Replication == Backup {
		d.copies = copies.NewCupboard(filepath.Join(c.Dir, "backups"), copies.Files, keptBackups)
	}
	return d
}

// show opens the door to an engine that works.
func (d *door) show(e engine) { d.behind.Store(&e) }

func (d *door) routes() http.Handler {
	mux := http.NewServeMux()
	if d.copies != nil {
		for path, methods := range d.copies.Routes() {
			mux.HandleFunc(path, reply.ByMethod(methods))
		}
	}
	for path, methods := range map[string]map[string]http.HandlerFunc{
		"/healthz":     {"GET": d.healthz},
		"/readyz":      {"GET": d.readyz},
		"/status":      {"GET": d.with(d.status)},
		"/metrics":     {"GET": d.with(d.metrics)},
		"/orders":      {"GET": d.with(d.list), "POST": d.with(d.post)},
		"/orders/ids":  {"GET": d.with(d.ids)},
		"/orders/{id}": {"GET": d.with(d.get)},
		"/keys":        {"POST": d.with(d.addKey)},
		"/keys/{sum}":  {"GET": d.with(d.key)},
		"/divergent":   {"GET": d.with(d.divergent)},
		"/log":         {"GET": d.with(d.log)},
		"/backup":      {"PUT": d.with(d.backup)},
		"/events":      {"POST": d.with(d.events)},
	} {
		mux.HandleFunc(path, reply.ByMethod(methods))
	}
	mux.HandleFunc("/", reply.NoSuchPath)
	return mux
}

// with answers 503 while there is no engine yet.
func (d *door) with(handle func(engine, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		e := d.behind.Load()
		if e == nil {
			reply.Refuse(w, "the store is starting")
			return
		}
		handle(*e, w, r)
	}
}

func (d *door) healthz(w http.ResponseWriter, _ *http.Request) {
	reply.JSON(w, http.StatusOK, map[string]string{"name": d.config.Name, "region": d.config.Region})
}

// readyz says whether this store can serve reads and hears a leader.
func (d *door) readyz(w http.ResponseWriter, _ *http.Request) {
	e := d.behind.Load()
	if e == nil {
		reply.Error(w, http.StatusServiceUnavailable, "the store is starting")
		return
	}
	s := (*e).State()
	if !s.Ready && s.Full {
		reply.Error(w, http.StatusServiceUnavailable, "the disk is full")
		return
	}
	if !s.Ready {
		if s.Role != state.Fenced { // a leader that lost its majority knows that it is cut off
			w.Header().Set(reply.Leaderless, "true")
		}
		reply.Error(w, http.StatusServiceUnavailable, "no leader is in reach")
		return
	}
	if !d.seeded.Load() {
		reply.Error(w, http.StatusServiceUnavailable, "the tenants' keys are being added")
		return
	}
	reply.JSON(w, http.StatusOK, map[string]bool{"ready": true})
}
