// Package routes is the table by which a gateway knows which requests it takes
// and what it asks its APIs for. A control plane gives it out in versions.
package routes

import (
	"errors"
	"fmt"
	"strings"
)

// A Route is one kind of request.
type Route struct {
	Path string `json:"path"` // as it is written, or with * at its end all that begin so
	To   string `json:"to"`   // the path at the API; a * at its end stands for the rest
}

// A Table is one version of all routes.
type Table struct {
	Version int     `json:"version"` // from 1
	Routes  []Route `json:"routes"`
}

// First is the table with which a system begins.
func First() Table {
	return Table{Version: 1, Routes: []Route{{"/orders", "/orders"}, {"/orders/*", "/orders/*"}}}
}

// Map is the path at the API; false says that no route takes the request.
func (t Table) Map(path string) (string, bool) {
	for _, r := range t.Routes {
		begin, all := strings.CutSuffix(r.Path, "*")
		switch {
		case path == r.Path && !all:
			return r.To, true
		case all && strings.HasPrefix(path, begin):
			return strings.TrimSuffix(r.To, "*") + strings.TrimPrefix(path, begin), true
		}
	}
	return "", false
}

// Check says what of a table has no form: whether it is any good it cannot say.
func (t Table) Check() error {
	if len(t.Routes) == 0 {
		return errors.New("a table of routes needs one at least")
	}
	for _, r := range t.Routes {
		if !strings.HasPrefix(r.Path, "/") || !strings.HasPrefix(r.To, "/") || strings.HasSuffix(r.Path, "*") != strings.HasSuffix(r.To, "*") {
			return fmt.Errorf("route %q to %q: both are paths like /orders, or both like /orders/*", r.Path, r.To)
		}
	}
	return nil
}
