package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// gatewayRole is that of the bundled system's gateways.
const gatewayRole = "gateway"

// What the targets can be made to serve.
const (
	certExpired     = "expired"
	certExpiring    = "expiring"
	certNotYetValid = "not-yet-valid"
	certWrongName   = "wrong-name"
	certUntrusted   = "untrusted"
)

var certificate = Kind{
	Name:    "certificate",
	Summary: "Have gateways serve another TLS certificate: expired, ending soon, of another name.",
	Doc: `The targets, gateways of the bundled system with tls, serve another certificate for the
handshakes from then on, without a restart. expired ended a minute ago, expiring ends
after left, not-yet-valid begins in an hour, wrong-name is of another host, and
untrusted of an authority that nobody knows. Connections that are open stay as they
are: clients notice when they connect anew. Verified by a handshake with each target:
the certificate that it shows must be the one that the gateway says it serves, and
must be refused, or taken, by who verifies as clients do. In the end the usual one is
served again. A gateway that is restarted meanwhile serves the usual one, too.`,
	Excludes: []string{"kill", "stop", "pause", "power-loss"},
	Fits: func(in runtimes.Instance) error {
		if err := needs[runtimes.Dialer]("connect to")(in); err != nil {
			return err
		}
		if in.Node().Role != gatewayRole {
			return fmt.Errorf("%w: it is no gateway of a region; write it like on: {role: gateway}, with system.gateway.tls", runtimes.ErrUnsupported)
		}
		return nil
	},
	New: func() Fault { return &Certificate{Serves: certExpired, Left: time.Hour} },
}

// Certificate is a TLS certificate that is not as it should be.
type Certificate struct {
	Serves string        `json:"serves" yaml:"serves" doc:"what the certificate is" enum:"expired,expiring,not-yet-valid,wrong-name,untrusted"`
	Left   time.Duration `json:"left_ns" yaml:"left" doc:"with expiring: how long it is valid still"`
}

// Check implements Checker.
func (f *Certificate) Check() map[string]string {
	all := []string{certExpired, certExpiring, certNotYetValid, certWrongName, certUntrusted}
	out := map[string]string{}
	if !slices.Contains(all, f.Serves) {
		out["serves"] = "must be one of " + strings.Join(all, ", ")
	}
	if f.Left < time.Minute || f.Left > 365*24*time.Hour {
		out["left"] = fmt.Sprintf("must be 1m to 365d, not %v", f.Left)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// servedState is what a gateway says of the certificate that it serves.
type servedState struct {
	Serves string `json:"serves"`
	Serial string `json:"serial"`
	Port   uint16 `json:"port"`
	Name   string `json:"name"`  // that clients ask for
	Roots  string `json:"roots"` // that clients trust, in PEM
}

const (
	certificatePath = "/admin/certificate"
	certValid       = "valid"
)

func servedBy(ctx context.Context, in runtimes.Instance) (servedState, error) {
	var s servedState
	err := askJSON(ctx, in, http.MethodGet, certificatePath, nil, &s)
	return s, err
}

// Arm implements Fault. Every target must serve its usual certificate.
func (f *Certificate) Arm(ctx context.Context, on []Target) (Armed, error) {
	if len(on) == 0 {
		return nil, runtimes.ErrNoInstance
	}
	for _, t := range on {
		switch s, err := servedBy(ctx, t.Instance); {
		case errors.Is(err, errAbsent):
			return nil, fmt.Errorf("%s serves plain HTTP, without a certificate; system.gateway: {tls: {}} turns TLS on", t.Instance.Node().Name)
		case err != nil:
			return nil, err
		case s.Serves != certValid:
			return nil, fmt.Errorf("%s serves a certificate already that is %s", t.Instance.Node().Name, s.Serves)
		}
	}
	return &certified{f, on}, nil
}

// Undo implements Fault.
func (f *Certificate) Undo(ctx context.Context, in runtimes.Instance) error {
	err := askJSON(ctx, in, http.MethodDelete, certificatePath, nil, nil)
	if errors.Is(err, runtimes.ErrGone) || errors.Is(err, errAbsent) {
		return nil
	}
	return err
}

// A certified is gateways that are to serve another certificate.
type certified struct {
	f  *Certificate
	on []Target
}

// Fire implements Armed.
func (c *certified) Fire(ctx context.Context) (map[string]time.Duration, error) {
	return each(ctx, c.on, func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
		err := askJSON(ctx, in, http.MethodPost, certificatePath, c.f, nil)
		return mono.Now(), err
	})
}

// Revert implements Armed.
func (c *certified) Revert(ctx context.Context) (map[string]time.Duration, error) {
	return undoEach(ctx, c.on, c.f)
}

// Verify implements Armed.
func (c *certified) Verify(ctx context.Context, want bool) ([]Evidence, error) {
	return lookAt(c.on, func(t Target) ([]Evidence, error) { return c.look(ctx, t.Instance, want) })
}

// look asks one gateway what it serves, and sees for itself.
func (c *certified) look(ctx context.Context, in runtimes.Instance, want bool) ([]Evidence, error) {
	s, err := servedBy(ctx, in)
	if errors.Is(err, runtimes.ErrGone) {
		return vanished(in.Node().Name, want), nil
	}
	if err != nil {
		return nil, err
	}
	wanted := certValid
	if want {
		wanted = c.f.Serves
	}
	back := Evidence{Instance: in.Node().Name, How: "read-back", At: mono.Now(), OK: s.Serves == wanted,
		Text: "it says that it serves a certificate that is " + s.Serves}
	return []Evidence{back, c.f.meet(ctx, in, s, want)}, nil
}

// Close implements Armed.
func (c *certified) Close() error { return nil }
