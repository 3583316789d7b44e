package probe

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/drillctl/drillctl/drill"
)

// Headers are the names under which the system tells who answered.
type Headers struct {
	Region   string `json:"region"`   // the region of the gateway that served
	Instance string `json:"instance"` // that gateway
	Leader   string `json:"leader"`   // the region that stored a write
	Epoch    string `json:"epoch"`    // the reign of that writer, a number
	Missing  string `json:"missing"`  // "true" on a 404 of an API that looked and found nothing
}

// DefaultHeaders are those of the bundled system, canonical.
func DefaultHeaders() Headers {
	return Headers{Region: "X-Region", Instance: "X-Instance", Leader: "X-Leader", Epoch: "X-Epoch", Missing: "X-Order-Missing"}
}

// note copies what the headers of an answer tell.
func (h Headers) note(s *drill.Sample, got http.Header) {
	s.Region = first(got[h.Region])
	s.Instance = first(got[h.Instance])
	if s.Route == drill.Write {
		s.Leader = first(got[h.Leader])
		s.Epoch, _ = strconv.ParseUint(first(got[h.Epoch]), 10, 64) // 0 is unknown
	}
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// Canonical gives the names the spelling under which net/http keeps them; they
// are looked up as they are.
func (h Headers) Canonical() Headers {
	for _, name := range []*string{&h.Region, &h.Instance, &h.Leader, &h.Epoch, &h.Missing} {
		*name = http.CanonicalHeaderKey(*name)
	}
	return h
}

// judge classifies an answer that was read to its end.
func (h Headers) judge(s *drill.Sample, got http.Header, body []byte) {
	s.Class = classOfStatus(s.Status)
	switch {
	case s.Route == drill.Write && s.Class == drill.OK:
		s.Ack = drill.Acked
	case s.Route == drill.Write && s.Class == drill.HTTP4xx:
		s.Ack = drill.Rejected
	case s.Route == drill.Write:
		s.Ack = drill.Indeterminate
	case s.Status == http.StatusNotFound && first(got[h.Missing]) == "true":
		s.Class, s.Missing = drill.OK, true
	case s.Class == drill.OK && s.Status != http.StatusOK:
		s.Class = drill.HTTPOther
	case s.Class == drill.OK && !holds(body, s.ID):
		s.Class = drill.Content
	}
}

func classOfStatus(status uint16) drill.Class {
	switch status / 100 {
	case 2:
		return drill.OK
	case 4:
		return drill.HTTP4xx
	case 5:
		return drill.HTTP5xx
	}
	return drill.HTTPOther
}

// holds says whether body is the record id.
func holds(body []byte, id uint64) bool {
	var buf [32]byte
	want := append(strconv.AppendUint(append(buf[:0], `"id":"`...), id, 10), '"')
	if bytes.Contains(body, want) {
		return true
	}
	var got struct {
		ID json.Number `json:"id"`
	}
	return json.Unmarshal(body, &got) == nil && got.ID.String() == strconv.FormatUint(id, 10)
}
