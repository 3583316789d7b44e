package ask

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The places that a text may have.
const (
	placeID     = "ID"     // the record's name: RUN-N
	placeNumber = "Number" // the record's name as a whole number
	placeUUID   = "UUID"   // the record's name as a UUID
	placeN      = "N"      // 1, 2, 3, ... within the run
	placeRun    = "Run"    // what all names of the run begin with
)

// Places are all of them, for help and messages.
func Places() []string { return []string{placeID, placeNumber, placeUUID, placeN, placeRun} }

// A Text is text with places for a record's name.
type Text struct {
	parts []string // literal, place, literal, place, ..., literal
}

var placeForm = regexp.MustCompile(`\{\{\s*\.?([A-Za-z]*)[^{}]*\}\}`)

// Parse reads a text such as "/orders/{{.ID}}".
func Parse(s string) (Text, error) {
	var t Text
	for {
		open := strings.Index(s, "{{")
		if open < 0 {
			t.parts = append(t.parts, s)
			return t, nil
		}
		m := placeForm.FindStringSubmatchIndex(s[open:])
		if m == nil || m[0] != 0 {
			return t, fmt.Errorf("{{ without its place and }}; write it like {{.ID}}")
		}
		whole, name := s[open:open+m[1]], s[open+m[2]:open+m[3]]
		if !slices.Contains(Places(), name) || strings.Trim(whole, "{} ") != "."+name {
			return t, fmt.Errorf("%s is not a place; known: {{.%s}}", whole, strings.Join(Places(), "}}, {{."))
		}
		t.parts = append(t.parts, s[:open], name)
		s = s[open+m[1]:]
	}
}

// Names says whether the text names a single record so that no other run has it.
func (t Text) Names() bool {
	return t.has(placeID) || t.has(placeNumber) || t.has(placeUUID) || t.has(placeN) && t.has(placeRun)
}

// Record says whether the text depends on the record at all.
func (t Text) Record() bool { return t.Names() || t.has(placeN) }

func (t Text) has(place string) bool {
	for i := 1; i < len(t.parts); i += 2 {
		if t.parts[i] == place {
			return true
		}
	}
	return false
}

// Append adds the text for one record to b.
func (t Text) Append(b []byte, n Names, seq uint64) []byte {
	for i, p := range t.parts {
		if i%2 == 0 {
			b = append(b, p...)
			continue
		}
		switch p {
		case placeID:
			b = strconv.AppendUint(append(append(b, n.key...), '-'), seq, 10)
		case placeNumber:
			b = strconv.AppendUint(b, n.base+seq, 10)
		case placeUUID:
			b = append(b, n.UUID(seq)...)
		case placeN:
			b = strconv.AppendUint(b, seq, 10)
		case placeRun:
			b = append(b, n.key...)
		}
	}
	return b
}

// For is the text for one record.
func (t Text) For(n Names, seq uint64) string { return string(t.Append(nil, n, seq)) }
