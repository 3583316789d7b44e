package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/drillctl/drillctl/drill"
)

// renderJSON writes the record as it is. Fields come in the order of the Go
// types and keys of maps are sorted, so equal records give equal bytes.
func renderJSON(w io.Writer, rec drill.Record, _ Options) error { return encode(w, rec) }

// suiteJSON writes the suite with the whole record of each run.
func suiteJSON(w io.Writer, s drill.Suite, _ Options) error { return encode(w, s) }

func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// Read reads back what the json format wrote. It refuses a record of another
// schema version, whose fields may mean something else.
func Read(r io.Reader) (drill.Record, error) {
	var rec drill.Record
	raw, schema, err := document(r)
	if err == nil && schema != drill.RecordSchema {
		err = fmt.Errorf("its schema is %q and this drillctl knows %s only", schema, drill.RecordSchema)
	}
	if err == nil {
		err = json.Unmarshal(raw, &rec)
	}
	if err != nil {
		return rec, fmt.Errorf("read a record: %w", err)
	}
	return rec, nil
}

// ReadAll reads the records in a document of the json format: those of a suite,
// or the one that it is.
func ReadAll(r io.Reader) ([]drill.Record, error) {
	raw, schema, err := document(r)
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	switch schema {
	case drill.RecordSchema:
		rec, err := Read(bytes.NewReader(raw))
		return []drill.Record{rec}, err
	case drill.SuiteSchema:
		var s drill.Suite
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, fmt.Errorf("read a suite: %w", err)
		}
		var all []drill.Record
		for _, d := range s.Drills {
			all = append(all, d.Runs...)
		}
		return all, nil
	}
	return nil, fmt.Errorf("read records: its schema is %q and this drillctl knows %s and %s only", schema, drill.RecordSchema, drill.SuiteSchema)
}

// document reads the one JSON document in r and the name of its form.
func document(r io.Reader) (raw json.RawMessage, schema string, err error) {
	dec := json.NewDecoder(r)
	if err := dec.Decode(&raw); err != nil {
		return nil, "", err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, "", errors.New("there is more after it")
	}
	var head struct {
		Schema string `json:"schema"`
	}
	err = json.Unmarshal(raw, &head)
	return raw, head.Schema, err
}
