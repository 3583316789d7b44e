package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/drillctl/drillctl/gateway/quota"
)

// refuse is the gateway's own answer when no upstream gave one.
func (g *gateway) refuse(w http.ResponseWriter, _ *http.Request, err error) {
	g.stamp(w.Header())
	w.Header().Set("Content-Type", "application/json")
	if errors.Is(err, errFull) || errors.Is(err, errBusy) {
		w.Header().Set("Retry-After", "1")
	}
	explain(w.Header(), err)
	w.WriteHeader(statusOf(err))
	_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()}) // the client may be gone
}

// statusClientGone is nginx's: nobody reads it, but the metrics should not
// blame the upstream.
const statusClientGone = 499

func statusOf(err error) int {
	var client *clientError
	var refusal *quota.Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal.Status
	case errors.Is(err, errNoRoute):
		return http.StatusNotFound
	case errors.Is(err, errNoUpstream), errors.Is(err, errFull), errors.Is(err, errBusy), errors.Is(err, errNoRoutes):
		return http.StatusServiceUnavailable
	case errors.Is(err, errTry), errors.Is(err, errTotal):
		return http.StatusGatewayTimeout
	case errors.As(err, &client):
		return client.status()
	case errors.Is(err, context.Canceled):
		return statusClientGone
	default:
		return http.StatusBadGateway
	}
}
