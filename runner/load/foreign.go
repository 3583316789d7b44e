package load

import (
	"errors"
	"fmt"

	"github.com/drillctl/drillctl/runner/load/ask"
	"github.com/drillctl/drillctl/runner/load/probe"
)

// Foreign says how to ask a system that drillctl knows nothing of.
type Foreign struct {
	// Run makes the names of the records its own.
	Run      string        `json:"run"`
	Read     ask.Request   `json:"read"`
	Write    *ask.Request  `json:"write,omitempty"`
	ReadBack *ask.ReadBack `json:"read_back,omitempty"`
	// Postgres takes the writes in the place of Write, and has the ledger.
	Postgres *ask.Postgres `json:"postgres,omitempty"`
	ServedBy probe.Headers `json:"served_by,omitzero"`
}

func (f Foreign) check(writes bool) error {
	var errs []error
	if f.Run == "" {
		errs = append(errs, errors.New("load: the records have no run to be named by"))
	}
	for key, err := range f.Read.Check() {
		errs = append(errs, fmt.Errorf("load read %s: %w", key, err))
	}
	if !writes {
		return errors.Join(errs...)
	}
	if f.Postgres != nil {
		return errors.Join(errs...) // rows.Open checks the rest
	}
	if f.Write == nil || f.ReadBack == nil {
		return errors.Join(append(errs, errors.New("load: writes need a request, and one to read them back"))...)
	}
	for key, err := range f.Write.Check() {
		errs = append(errs, fmt.Errorf("load write %s: %w", key, err))
	}
	for key, err := range f.ReadBack.Check() {
		errs = append(errs, fmt.Errorf("load read-back %s: %w", key, err))
	}
	return errors.Join(errs...)
}

func (f Foreign) names() ask.Names { return ask.NamesOf(f.Run) }
