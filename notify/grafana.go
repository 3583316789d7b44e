package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/notify/post"
)

// A Grafana marks each fault's window, and at the end the whole drill, as region
// annotations. A window is marked when it opens, so that it is on the dashboard
// while the drill goes on, and given its end when it closes.
type Grafana struct {
	url, token, dashboard string
	open                  map[string]int64 // annotations without an end, by step
}

// NewGrafana checks the address of a Grafana and a service account's token. With
// the UID of a dashboard annotations are that one's, else the organisation's.
func NewGrafana(address, token, dashboard string) (*Grafana, error) {
	if err := checkURL(address); err != nil {
		return nil, err
	}
	if token == "" {
		return nil, errors.New("a service account's token is wanted")
	}
	return &Grafana{url: strings.TrimRight(address, "/"), token: token, dashboard: dashboard, open: map[string]int64{}}, nil
}

// Name is the kind and the host.
func (g *Grafana) Name() string { return "grafana " + post.Where(g.url) }

// Wants what opens or closes a window.
func (g *Grafana) Wants(event string) bool {
	switch event {
	case string(drill.KindFaultApplied), string(drill.KindFaultReverted), Finished, Test:
		return true
	}
	return false
}

// annotation is the body of POST /api/annotations; times are in ms since 1970.
type annotation struct {
	Dashboard string   `json:"dashboardUID,omitempty"`
	Time      int64    `json:"time"`
	End       int64    `json:"timeEnd,omitempty"`
	Tags      []string `json:"tags"`
	Text      string   `json:"text"`
}

// Send makes an annotation, or gives one its end.
func (g *Grafana) Send(ctx context.Context, m Message) error {
	switch m.Event {
	case string(drill.KindFaultApplied):
		id, err := g.add(ctx, g.about(m, "fault", m.At, time.Time{}))
		if err == nil && id != 0 {
			g.open[m.Step] = id
		}
		return err
	case string(drill.KindFaultReverted):
		return g.close(ctx, m)
	}
	from, to := m.window()
	_, err := g.add(ctx, g.about(m, "drill", from, to))
	return err
}

// window is that of a message, or its instant.
func (m Message) window() (from, to time.Time) {
	if m.From == nil || m.To == nil {
		return m.At, m.At
	}
	return *m.From, *m.To
}

// close gives the step's annotation its end, or makes one where there is none.
func (g *Grafana) close(ctx context.Context, m Message) error {
	from, to := m.window()
	id, ok := g.open[m.Step]
	if !ok {
		_, err := g.add(ctx, g.about(m, "fault", from, to))
		return err
	}
	_, err := g.call(ctx, http.MethodPatch, fmt.Sprintf("/api/annotations/%d", id), map[string]int64{"time": from.UnixMilli(), "timeEnd": to.UnixMilli()})
	if err == nil {
		delete(g.open, m.Step)
	}
	return err
}

func (g *Grafana) about(m Message, what string, from, to time.Time) annotation {
	a := annotation{Dashboard: g.dashboard, Time: from.UnixMilli(), Text: m.Heading() + ": " + m.Text,
		Tags: []string{"drillctl", what, "run:" + m.Run, "scenario:" + m.Scenario}}
	if m.Fault != "" {
		a.Tags = append(a.Tags, "fault:"+m.Fault)
	}
	for _, r := range m.Regions {
		a.Tags = append(a.Tags, "region:"+r)
	}
	if m.Result != nil {
		a.Tags = append(a.Tags, "verdict:"+m.Result.Verdict.String())
	}
	if !to.IsZero() {
		a.End = to.UnixMilli()
	}
	return a
}

// add makes an annotation and returns its number, 0 when Grafana gave none.
func (g *Grafana) add(ctx context.Context, a annotation) (int64, error) {
	answer, err := g.call(ctx, http.MethodPost, "/api/annotations", a)
	if err != nil {
		return 0, err
	}
	var made struct {
		ID int64 `json:"id"`
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		return 0, post.Permanent(errors.New("the answer is no JSON: is this the address of a Grafana?"))
	}
	return made.ID, nil
}

func (g *Grafana) call(ctx context.Context, method, path string, body any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, post.Permanent(err)
	}
	return post.Do(ctx, post.Request{Method: method, URL: g.url + path, Body: text, Secrets: []string{g.token},
		Header: http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + g.token}}})
}
