package ask

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
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
	sieve  *strings.Replacer
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
		s.Hide(name, v)
		return v
	})
	return out, missing
}

// Hide adds a value that must not be told either, though no request has it. It
// must not run beside Scrub.
func (s *Secrets) Hide(name, value string) {
	if s.values == nil {
		s.values = map[string]string{}
	}
	s.values[name] = value
	s.sieve = s.newSieve()
}

// newSieve looks for the longest first: one may be part of another.
func (s *Secrets) newSieve() *strings.Replacer {
	type pair struct{ name, form string }
	var all []pair
	for name, v := range s.values {
		for _, form := range formsOf(v) {
			all = append(all, pair{name, form})
		}
	}
	slices.SortFunc(all, func(a, b pair) int {
		return cmp.Or(len(b.form)-len(a.form), strings.Compare(a.form, b.form), strings.Compare(a.name, b.name))
	})
	var list []string
	for _, p := range all {
		list = append(list, p.form, "${"+p.name+"}")
	}
	return strings.NewReplacer(list...)
}

// Scrub writes the names of secrets in the place of their values, also where a
// URL, a quoted string or JSON has them in a form of its own.
func (s *Secrets) Scrub(text string) string {
	if s.sieve == nil {
		return text
	}
	return s.sieve.Replace(text)
}

// formsOf are the ways in which a value comes back.
func formsOf(v string) []string {
	quoted := strconv.Quote(v)
	forms := []string{v, url.QueryEscape(v), url.PathEscape(v), (&url.URL{Path: v}).EscapedPath(), quoted[1 : len(quoted)-1]}
	if b, err := json.Marshal(v); err == nil {
		forms = append(forms, string(b[1:len(b)-1]))
	}
	forms = append(forms, base64.StdEncoding.EncodeToString([]byte(v)), base64.URLEncoding.EncodeToString([]byte(v)))
	slices.Sort(forms)
	return slices.DeleteFunc(slices.Compact(forms), func(f string) bool { return f == "" })
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
