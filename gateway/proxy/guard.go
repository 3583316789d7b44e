package proxy

import (
	"errors"
	"net/http"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/emit"
	"github.com/drillctl/drillctl/gateway/store/reply"
	"github.com/drillctl/drillctl/gateway/tokens"
)

// guard has clients show tokens from now on.
func (g *gateway) guard(v *tokens.Verifier) {
	g.tokens = v
	g.metrics.registry.MustRegister(v.Collectors()...)
}

// issuerNews tells of the issuer as of everything that the gateway depends on.
func issuerNews(c Config, events *emit.Emitter) func(tokens.Notice) {
	return func(n tokens.Notice) {
		data := map[string]string{"to": drill.Healthy, "by": c.Name, "via": "token-keys"}
		switch {
		case n.Lost:
			data["to"] = drill.Unhealthy
			fallthrough
		case n.Found:
			events.Event(drill.KindHealth, c.Tokens.Node, c.Tokens.Region, data, n.Text)
		default:
			events.Event(drill.KindNote, c.Name, c.Region, nil, n.Text)
		}
	}
}

// admitted lets a request through whose token is good, and answers all others: 401
// where the token is not, 503 where nobody can tell.
func (g *gateway) admitted(w http.ResponseWriter, r *http.Request) bool {
	if g.tokens == nil {
		return true
	}
	err := g.tokens.Check(r.Context(), r.Header)
	var no *tokens.Refusal
	switch {
	case err == nil:
		return true
	case errors.As(err, &no):
		g.stamp(w.Header())
		w.Header().Set("WWW-Authenticate", g.tokens.Challenge(no))
		reply.JSON(w, http.StatusUnauthorized, reply.Problem{Error: no.Error(), Effect: reply.NoEffect})
	default:
		g.stamp(w.Header())
		reply.Refuse(w, err.Error())
	}
	return false
}
