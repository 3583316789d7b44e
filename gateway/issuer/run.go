// Package issuer signs the tokens of the bundled system's clients and serves the
// public keys that verify them. Who a client is it does not ask: the network of a
// drill is the drill's own, and how tokens are got is not what is drilled.
//
//	POST /token                  a token (RFC 6749, 5.1); parameters: audience, expires_in in seconds
//	GET  /.well-known/jwks.json  the public keys
//	POST /rotate                 a new signing key
//	GET  /state                  which key signs, which are published and until when
//	GET  /healthz
package issuer

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
	"strconv"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/listen"
	"github.com/drillctl/drillctl/gateway/store/reply"
	"github.com/drillctl/drillctl/gateway/tokens"
	"github.com/drillctl/drillctl/internal/atomicfile"
)

// A Config is all that an issuer has to know.
type Config struct {
	Name     string        `json:"name"`
	Region   string        `json:"region"`
	Addr4    netip.Addr    `json:"addr4"`
	Addr6    netip.Addr    `json:"addr6"`
	Port     uint16        `json:"port"`
	URL      string        `json:"url"`         // its name in tokens
	Dir      string        `json:"dir"`         // keeps its keys over restarts
	Lifetime time.Duration `json:"lifetime_ns"` // of a token, at most
	Refresh  time.Duration `json:"refresh_ns"`  // between two questions of those who verify
	Leeway   time.Duration `json:"leeway_ns"`   // that they allow
	Bugs     []string      `json:"bugs,omitempty"`
}

func (c Config) abrupt() bool { return slices.Contains(c.Bugs, bug.NoKeyOverlap) }

func (c Config) file() string { return filepath.Join(c.Dir, "keys.json") }

// Events takes what the issuer has to tell the drill.
type Events interface {
	Event(kind drill.Kind, subject, region string, data map[string]string, note string)
}

// Run serves until ctx ends, and returns nil then.
func Run(ctx context.Context, c Config, events Events) error {
	if c.Dir == "" || c.URL == "" || c.Lifetime < time.Second {
		return fmt.Errorf("token issuer %s: it needs a directory, a URL and a lifetime of tokens", c.Name)
	}
	h, err := Handler(c, func(note string) { events.Event(drill.KindNote, c.Name, c.Region, nil, note) })
	if err != nil {
		return fmt.Errorf("starting token issuer %s: %w", c.Name, err)
	}
	listeners, err := listen.TCP(ctx, c.Port, c.Addr4, c.Addr6)
	if err != nil {
		return fmt.Errorf("starting token issuer %s: %w", c.Name, err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 2 * time.Second, ReadTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	return listen.Until(ctx, srv, listeners)
}

// Handler is the issuer's surface, with the keys of before or the first that it makes.
// tell is told of every rotation.
func Handler(c Config, tell func(string)) (http.Handler, error) {
	var keys []Key
	if err := atomicfile.ReadJSON(c.file(), 0o700, &keys); err != nil {
		return nil, err
	}
	r, err := newRing(c, keys)
	if err != nil {
		return nil, err
	}
	save := func() error {
		text, err := json.Marshal(r.all())
		if err != nil {
			return err
		}
		return atomicfile.WriteSecret(c.file(), text)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "alive\n") })
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) { reply.JSON(w, http.StatusOK, r.state()) })
	mux.HandleFunc("GET "+tokens.KeysPath, func(w http.ResponseWriter, _ *http.Request) { reply.JSON(w, http.StatusOK, r.public()) })
	mux.HandleFunc("POST /token", give(r))
	mux.HandleFunc("POST /rotate", func(w http.ResponseWriter, _ *http.Request) {
		name, err := r.rotate()
		if err = errors.Join(err, save()); err != nil {
			reply.Error(w, http.StatusInternalServerError, err.Error())
			return
		}
		tell("a new signing key: " + name)
		reply.JSON(w, http.StatusOK, r.state())
	})
	mux.HandleFunc("/", reply.NoSuchPath)
	return mux, save()
}

// give answers with a token.
func give(r *ring) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		q.Body = http.MaxBytesReader(w, q.Body, 1<<16)
		audience := q.FormValue("audience")
		if audience == "" {
			reply.JSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": "audience is missing"})
			return
		}
		asked, _ := strconv.Atoi(q.FormValue("expires_in")) // none is as long as may be
		text, lasts, err := r.issue(audience, q.FormValue("client_id"), time.Duration(asked)*time.Second)
		if err != nil {
			reply.Error(w, http.StatusInternalServerError, err.Error())
			return
		}
		reply.JSON(w, http.StatusOK, map[string]any{"access_token": text, "token_type": "Bearer", "expires_in": int(lasts / time.Second)})
	}
}
