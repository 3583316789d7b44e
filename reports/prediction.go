package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/drill/predict"
	"github.com/drillctl/drillctl/reports/figures"
)

// A PredictionView is what settings predict, and beside it what a run measured.
type PredictionView struct {
	Name      string            `json:"name"` // of the scenario or of the product, "" for bare settings
	Settings  predict.Settings  `json:"settings"`
	OneRegion bool              `json:"one_region,omitempty"` // there is nowhere to fail over to: only detection is predicted
	Bounds    []predict.Bound   `json:"bounds"`
	Run       string            `json:"run,omitempty"` // whose measurement it is
	Measured  *predict.Measured `json:"measured,omitempty"`
	Slack     time.Duration     `json:"slack_ns,omitempty"` // how far apart they may be and still agree
	Notes     []string          `json:"notes,omitempty"`
}

// Prediction writes a prediction as a table.
func Prediction(w io.Writer, v PredictionView, o Options) error {
	p := newPage(o)
	s := v.Settings
	p.buf.WriteString(p.paint(p.clean("prediction"+pick(v.Name != "", " for "+v.Name, "")), bold) + "\n")
	p.para("", fmt.Sprintf("checks every %s, timeout %s, %d failures in a row, TTL %s", figures.Span(s.Interval), figures.Span(s.Timeout), s.Threshold, pick(s.TTL > 0, figures.Span(s.TTL), "none"))+clientsText(s), plain)
	p.section("BOUNDS", "from the loss of a region, at any moment of the checks' rhythm")
	g := grid{cols: []column{{head: "loss"}, {head: "what"}, {head: "lower", right: true}, {head: "typical", right: true}, {head: "upper", right: true}}}
	if v.Measured != nil {
		g.cols = append(g.cols, column{head: "measured", right: true}, column{head: "agrees"})
	}
	for _, b := range v.Bounds {
		g.add(v.row(b.Loss, "detection", b.Detection, func(m predict.Measured) drill.Reading { return m.Detection })...)
		if v.OneRegion {
			continue
		}
		g.add(v.row(b.Loss, "failover", b.Failover, func(m predict.Measured) drill.Reading { return m.Failover })...)
	}
	p.grid(&g)
	p.para(bullet, "silent: no answer, as in a blackhole; refused: connections are refused, as in a power loss", dim)
	p.beyond(v)
	for _, n := range v.Notes {
		p.para(bullet, n, dim)
	}
	if v.Measured != nil {
		p.para(bullet, fmt.Sprintf("measured by run %s; to agree is to lie within the bounds, give or take %s (one check and one request)", v.Run, figures.Seconds(v.Slack.Seconds())), dim)
	}
	return p.flush(w)
}

// beyond says what else failover depends on.
func (p *page) beyond(v PredictionView) {
	if v.OneRegion {
		p.para(bullet, "one region has nowhere to fail over to", dim)
		return
	}
	s := v.Settings
	p.para(bullet, pick(s.Clients == (drill.ResolverSpec{}), "clients that cache for longer than the TTL, or keep connections to what is lost, come on top", "clients that keep connections to what is lost come on top"), dim)
	if d := s.Data; d != (predict.Span{}) {
		p.para(bullet, fmt.Sprintf("requests need the data, whose writer moves in %s to %s; failover is not quicker than that", figures.Span(d.Lower), figures.Span(d.Upper)), dim)
	}
}

// clientsText says what clients make of the TTL, if it is something else.
func clientsText(s predict.Settings) string {
	switch {
	case s.Clients == (drill.ResolverSpec{}):
		return ""
	case s.Kept() == 0:
		return "; clients ask for every connection"
	}
	return "; clients keep answers for " + figures.Span(s.Kept())
}

func (v PredictionView) row(loss, what string, s predict.Span, of func(predict.Measured) drill.Reading) []cell {
	row := []cell{{text: loss}, {text: what}, {text: figures.Seconds(s.Lower.Seconds())}, {text: figures.Seconds(s.Typical.Seconds())}, {text: figures.Seconds(s.Upper.Seconds())}}
	if v.Measured == nil {
		return row
	}
	r := of(*v.Measured)
	switch {
	case v.Measured.Loss != loss:
		return append(row, cell{text: ""}, cell{text: ""})
	case !r.Known:
		return append(row, cell{text: "-"}, cell{"unknown", unsure})
	case s.Agrees(r, v.Slack):
		return append(row, cell{text: figures.Achieved(r)}, cell{"yes", good})
	}
	return append(row, cell{text: figures.Achieved(r)}, cell{"NO", bad})
}

// PredictionJSON writes a prediction for programs.
func PredictionJSON(w io.Writer, v PredictionView) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write the prediction: %w", err)
	}
	return nil
}
