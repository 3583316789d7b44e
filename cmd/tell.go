package cmd

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// tell prints every error once, each with its hint. Verdicts and what has been
// shown already are silent: only their exit code is left to say.
func tell(w io.Writer, command string, err error) {
	var last string
	for _, e := range loud(err) {
		fmt.Fprintf(w, "drillctl: error: %s\n", indentRest(e.Error()))
		if h := hintOf(e, command); h != "" && h != last {
			fmt.Fprintf(w, "drillctl: hint: %s\n", h)
			last = h
		}
	}
}

// loud takes joined errors apart and leaves the silent ones out.
func loud(err error) []error {
	switch err.(type) {
	case nil, verdictError, toldError:
		return nil
	}
	parts := joined(err)
	if parts == nil {
		return []error{err}
	}
	var out []error
	for _, p := range parts {
		out = append(out, loud(p)...)
	}
	return out
}

// joined are the parts of an error of errors.Join, as opposed to one that wraps
// several in a sentence of its own.
func joined(err error) []error {
	j, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	var texts []string
	for _, e := range j.Unwrap() {
		texts = append(texts, e.Error())
	}
	if strings.Join(texts, "\n") != err.Error() {
		return nil
	}
	return j.Unwrap()
}

// indentRest keeps an error of several lines recognisable as one.
func indentRest(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n  ") }

// hintOf finds the remedy that an error carries. Wrong usage always has one.
func hintOf(err error, command string) string {
	var u usageError
	if errors.As(err, &u) {
		if u.hint != "" {
			return u.hint
		}
		return fmt.Sprintf("see '%s --help'", command)
	}
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

// hinted is an error with a remedy.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// Hint is what the user can do.
func (h hinted) Hint() string { return h.hint }

// parserNoise is what Go's parsers put before the reason.
var parserNoise = regexp.MustCompile(`strconv\.\w+: parsing "[^"]*": |time: `)

// plainFlagError makes an error of the flag parser readable.
func plainFlagError(err error) error {
	return errors.New(parserNoise.ReplaceAllString(err.Error(), ""))
}
