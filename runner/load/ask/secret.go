package ask

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// secretForm is a value that comes from the environment: ${API_TOKEN}.
var secretForm = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// Variables are the names in a text whose values come from the environment.
func Variables(text string) []string {
	var names []string
	for _, m := range secretForm.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// Secrets are values from the environment. They are put in at the last moment
// and taken out of everything that is told.
type Secrets struct {
	values map[string]string
}

// Resolve puts the values in. A variable that is not set, or empty, is an error:
// a request without its token measures the wrong thing.
func (s *Secrets) Resolve(text string, lookup func(string) (string, bool)) (string, error) {
	var missing error
	out := secretForm.ReplaceAllStringFunc(text, func(ref string) string {
		name := ref[2 : len(ref)-1]
		v, ok := lookup(name)
		if !ok || v == "" {
			missing = fmt.Errorf("the environment has no %s", name)
			return ref
		}
		if s.values == nil {
			s.values = map[string]string{}
		}
		s.values[name] = v
		return v
	})
	return out, missing
}

// Scrub writes the names of secrets in the place of their values.
func (s *Secrets) Scrub(text string) string {
	type pair struct{ name, value string }
	var all []pair
	for name, v := range s.values {
		all = append(all, pair{name, v})
	}
	// The longest first: one may be part of another.
	slices.SortFunc(all, func(a, b pair) int {
		return cmp.Or(len(b.value)-len(a.value), strings.Compare(a.name, b.name))
	})
	for _, p := range all {
		text = strings.ReplaceAll(text, p.value, "${"+p.name+"}")
	}
	return text
}

// ScrubError is err without the values of secrets. It wraps what err wraps.
func (s *Secrets) ScrubError(err error) error {
	if err == nil || len(s.values) == 0 {
		return err
	}
	if text := s.Scrub(err.Error()); text != err.Error() {
		return scrubbed{text, err}
	}
	return err
}

type scrubbed struct {
	text string
	err  error
}

func (e scrubbed) Error() string { return e.text }

// Is lets callers decide on what happened without showing the text.
func (e scrubbed) Is(target error) bool { return errors.Is(e.err, target) }
