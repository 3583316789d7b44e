package reports

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/drillctl/drillctl/drill"
)

// renderJSON writes the record as it is. Fields come in the order of the Go
// types and keys of maps are sorted, so equal records give equal bytes.
func renderJSON(w io.Writer, rec drill.Record, _ Options) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(rec); err != nil {
		return fmt.Errorf("write the record as JSON: %w", err)
	}
	return nil
}

// Read reads back what the json format wrote. It refuses a record of another
// schema version, whose fields may mean something else.
func Read(r io.Reader) (drill.Record, error) {
	var rec drill.Record
	dec := json.NewDecoder(r)
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return rec, fmt.Errorf("read a record: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return rec, errors.New("read a record: there is more after it")
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return rec, fmt.Errorf("read a record: %w", err)
	}
	if head.Schema != drill.RecordSchema {
		return rec, fmt.Errorf("read a record: its schema is %q and this drillctl knows %s only", head.Schema, drill.RecordSchema)
	}
	if err := json.Unmarshal(raw, &rec); err != nil {
		return rec, fmt.Errorf("read a record: %w", err)
	}
	return rec, nil
}
