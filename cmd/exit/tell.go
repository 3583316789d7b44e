package exit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Tell prints every error once, each with its hint. Verdicts and what has been
// shown already are silent: only their exit code is left to say.
func Tell(w io.Writer, command string, err error) {
	var last string
	for _, e := range Loud(err) {
		fmt.Fprintf(w, "drillctl: error: %s\n", indentRest(e.Error()))
		if h := HintOf(e, command); h != "" && h != last {
			fmt.Fprintf(w, "drillctl: hint: %s\n", h)
			last = h
		}
	}
}

// Loud takes joined errors apart and leaves the silent ones out.
func Loud(err error) []error {
	switch err.(type) {
	case nil, verdictError, Told:
		return nil
	}
	parts := joined(err)
	if parts == nil {
		return []error{err}
	}
	var out []error
	for _, p := range parts {
		out = append(out, Loud(p)...)
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

// HintOf finds the remedy that an error carries. Wrong usage always has one.
func HintOf(err error, command string) string {
	var u UsageError
	if errors.As(err, &u) {
		if u.Hint != "" {
			return u.Hint
		}
		return fmt.Sprintf("see '%s --help'", command)
	}
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

// Hint is an error with a remedy.
func Hint(err error, hint string) error { return hinted{err, hint} }

type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// Hint is what the user can do.
func (h hinted) Hint() string { return h.hint }

// Reason leaves out of an error of package os what the message says anyway.
func Reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
