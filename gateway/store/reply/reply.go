// Package reply writes the answers of the orders service: JSON, also for what
// goes wrong.
package reply

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/gateway/store/order"
)

// The headers of the orders service.
const (
	Leader     = "X-Leader"        // on writes: the region that stored it
	Epoch      = "X-Epoch"         // on writes: that leader's epoch, a decimal number
	Leaderless = "X-Leaderless"    // "true" on the 503 of a store that is well but hears no leader
	Missing    = "X-Order-Missing" // "true" on the 404 of a store that looked and found nothing
)

// The effects that a write that failed can have had.
const (
	NoEffect      = "none"
	UnknownEffect = "unknown"
)

// A Problem is the body of an answer that is not a success.
type Problem struct {
	Error string `json:"error"`
	// Effect of a write: "none" is certain, "unknown" is not.
	Effect string `json:"effect,omitempty"`
}

// JSON answers with v.
func JSON(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":"the answer has no JSON form"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // a client that has gone needs no answer
}

// Error answers with a Problem.
func Error(w http.ResponseWriter, status int, text string) {
	JSON(w, status, Problem{Error: text})
}

// NoOrder answers a POST whose body is no order: 413 or 400, by the error of
// order.Decode.
func NoOrder(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if errors.Is(err, order.ErrTooLarge) {
		status = http.StatusRequestEntityTooLarge
	}
	Error(w, status, err.Error())
}

// Refuse answers 503: nothing was done, and it can be tried again.
func Refuse(w http.ResponseWriter, text string) {
	w.Header().Set("Retry-After", "1")
	JSON(w, http.StatusServiceUnavailable, Problem{Error: text, Effect: NoEffect})
}

// Unsure answers 504: a write may or may not have been stored.
func Unsure(w http.ResponseWriter, text string) {
	JSON(w, http.StatusGatewayTimeout, Problem{Error: text, Effect: UnknownEffect})
}

// ByMethod serves each method with its own handler and answers 405 to the
// others. HEAD is GET, as net/http leaves the body out by itself.
func ByMethod(handlers map[string]http.HandlerFunc) http.HandlerFunc {
	allowed := strings.Join(slices.Sorted(maps.Keys(handlers)), ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		if handle, ok := handlers[method]; ok {
			handle(w, r)
			return
		}
		w.Header().Set("Allow", allowed)
		Error(w, http.StatusMethodNotAllowed, r.Method+" is not allowed here, only "+allowed)
	}
}

// NoSuchPath answers with a 404 that is not about an order.
func NoSuchPath(w http.ResponseWriter, r *http.Request) {
	Error(w, http.StatusNotFound, "no such path: "+r.URL.Path)
}
