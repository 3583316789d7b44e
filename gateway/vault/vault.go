// Package vault is the object store of the bundled system: a node of its own that
// keeps backups, of another kind and elsewhere than the files of the stores.
//
//	PUT  /backup          keep one; it is checked on arrival
//	GET  /copies          what is kept, and more (package copies)
//	GET  /healthz
package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/drillctl/drillctl/gateway/listen"
	"github.com/drillctl/drillctl/gateway/store/copies"
	"github.com/drillctl/drillctl/gateway/store/reply"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
)

// A Config is all that an object store has to know.
type Config struct {
	Name   string     `json:"name"`
	Region string     `json:"region"`
	Addr4  netip.Addr `json:"addr4"`
	Addr6  netip.Addr `json:"addr6"`
	Port   uint16     `json:"port"`
	Dir    string     `json:"dir"` // keeps the objects over restarts
}

const (
	keep      = 3       // objects
	maxObject = 1 << 30 // bytes of one
)

// Run serves until ctx ends, and returns nil then.
func Run(ctx context.Context, c Config) error {
	if c.Dir == "" {
		return fmt.Errorf("vault %s: it needs a directory", c.Name)
	}
	listeners, err := listen.TCP(ctx, c.Port, c.Addr4, c.Addr6)
	if err != nil {
		return fmt.Errorf("starting vault %s: %w", c.Name, err)
	}
	srv := &http.Server{Handler: routes(c), ReadHeaderTimeout: 2 * time.Second, ReadTimeout: time.Minute, IdleTimeout: time.Minute}
	return listen.Until(ctx, srv, listeners)
}

func routes(c Config) http.Handler {
	kept := copies.NewCupboard(filepath.Join(c.Dir, "objects"), copies.Objects, keep)
	all := kept.Routes()
	all["/backup"] = map[string]http.HandlerFunc{"PUT": put(kept)}
	all["/healthz"] = map[string]http.HandlerFunc{"GET": func(w http.ResponseWriter, _ *http.Request) {
		reply.JSON(w, http.StatusOK, map[string]string{"name": c.Name, "region": c.Region})
	}}
	mux := http.NewServeMux()
	for path, methods := range all {
		mux.HandleFunc(path, reply.ByMethod(methods))
	}
	mux.HandleFunc("/", reply.NoSuchPath)
	return mux
}

func put(kept *copies.Cupboard) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(io.LimitReader(r.Body, maxObject))
		if err != nil {
			reply.Error(w, http.StatusBadRequest, "reading the backup: "+err.Error())
			return
		}
		s, err := snapshot.Decode(text)
		if err == nil {
			err = kept.Put(s)
		}
		switch {
		case errors.Is(err, snapshot.ErrCorrupt):
			reply.Error(w, http.StatusUnprocessableEntity, err.Error())
		case err != nil:
			reply.Error(w, http.StatusInternalServerError, err.Error())
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}
}
