package process

import (
	"errors"
	"os"
	"strings"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// A message is a request (Op set), the reply with the same ID, or an event.
type message struct {
	ID      uint64                  `json:"id,omitempty"`
	Op      string                  `json:"op,omitempty"`
	Request *request                `json:"request,omitempty"`
	Reply   *reply                  `json:"reply,omitempty"`
	Event   *runtimes.InstanceEvent `json:"event,omitempty"`
	Long    int64                   `json:"long,omitempty"` // bytes of the true message, in the first descriptor
}

// A request holds what any operation needs; each reads its own fields.
type request struct {
	Name    string          `json:"name,omitempty"`
	Names   []string        `json:"names,omitempty"`
	Config  *hostConfig     `json:"config,omitempty"`
	Nodes   []runtimes.Node `json:"nodes,omitempty"`
	Signal  int             `json:"signal,omitempty"`
	Grace   time.Duration   `json:"grace_ns,omitempty"`
	Args    []string        `json:"args,omitempty"`
	Network string          `json:"network,omitempty"`
	Address string          `json:"address,omitempty"`
	Helper  int             `json:"helper,omitempty"`
}

type reply struct {
	At     time.Duration            `json:"at_ns,omitempty"`
	Ats    map[string]time.Duration `json:"ats_ns,omitempty"`
	Status *runtimes.Status         `json:"status,omitempty"`
	Helper int                      `json:"helper,omitempty"`
	Note   string                   `json:"note,omitempty"`
	Checks []Check                  `json:"checks,omitempty"`
	Error  string                   `json:"error,omitempty"`
	Kind   string                   `json:"kind,omitempty"` // of the error
	IPv6   bool                     `json:"ipv6,omitempty"`
}

// kinds are the errors that keep their identity over the socket.
func kinds() map[string]error {
	return map[string]error{
		"no-instance": runtimes.ErrNoInstance,
		"gone":        runtimes.ErrGone,
		"unsupported": runtimes.ErrUnsupported,
		"permission":  os.ErrPermission,
	}
}

func (r *reply) setError(err error) {
	r.Error = strings.ToValidUTF8(err.Error(), "?")
	for kind, sentinel := range kinds() {
		if errors.Is(err, sentinel) {
			r.Kind = kind
		}
	}
}

func (r *reply) err() error {
	if r.Error == "" {
		return nil
	}
	return &hostError{text: r.Error, kind: kinds()[r.Kind]}
}

// A hostError is an error that came over the socket.
type hostError struct {
	text string
	kind error
}

func (e *hostError) Error() string { return e.text }

func (e *hostError) Unwrap() error { return e.kind }
