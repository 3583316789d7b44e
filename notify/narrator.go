package notify

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports"
)

// A Narrator makes the messages about one run out of what happens in it.
type Narrator struct {
	head   drill.Record
	spec   drill.Spec
	about  Message
	faults map[string]drill.StepSpec

	mu    sync.Mutex
	seq   int
	began time.Time            // wall clock at At = 0
	force map[string]time.Time // since when a step is in force
}

// NewNarrator tells of the run that a record's head names, carried out by a spec.
func NewNarrator(head drill.Record, spec drill.Spec, trial, trials int) *Narrator {
	n := &Narrator{head: head, spec: spec, faults: map[string]drill.StepSpec{}, force: map[string]time.Time{}}
	n.about = Message{Schema: MessageSchema, Run: head.RunID, Scenario: head.Scenario.Name, Title: spec.Title, Labels: head.Scenario.Labels,
		System: head.Environment.System, Trial: trial, Trials: trials}
	for _, s := range spec.Steps {
		n.faults[s.ID] = s
	}
	return n
}

// message is the next one. The caller holds the lock.
func (n *Narrator) message(event string, at time.Time, text string) Message {
	n.seq++
	m := n.about
	m.Event, m.At, m.Text, m.Seq = event, at.UTC(), text, n.seq
	m.ID = fmt.Sprintf("%s/%d", m.Run, n.seq)
	return m
}

// Start is the message before anything is touched.
func (n *Narrator) Start(now time.Time) Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	var steps []string
	for _, s := range n.spec.Steps {
		steps = append(steps, s.Text)
	}
	text := "A drill begins"
	if n.spec.Title != "" {
		text += ": " + n.spec.Title
	}
	if len(steps) > 0 {
		text += ". Planned: " + strings.Join(steps, "; ")
	}
	return n.message(Started, now, text)
}

// told are the events that become messages, and what is said of them.
var told = map[drill.Kind]string{
	drill.KindFaultApplied:  "In force: ",
	drill.KindFaultUnproved: "NOT PROVED in force: ",
	drill.KindFaultLost:     "NOT in force any more: ",
	drill.KindFaultReverted: "Gone: ",
	drill.KindFaultStuck:    "STILL THERE, could not be taken back: ",
	drill.KindDeclared:      "Declared a disaster",
	drill.KindAbort:         "Aborted: ",
	drill.KindInterrupt:     "Interrupted: ",
}

// Event is the message about an event, if people are told of it; now is the
// instant at which it was seen.
func (n *Narrator) Event(e drill.Event, now time.Time) (Message, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if e.Kind == drill.KindPhase && n.began.IsZero() {
		n.began = now.Add(-e.At)
	}
	lead, ok := told[e.Kind]
	if !ok {
		return Message{}, false
	}
	at := now
	if !n.began.IsZero() {
		at = n.began.Add(e.At)
	}
	m := n.message(string(e.Kind), at, lead+n.words(e))
	m.Since, m.Step = e.At, e.Step
	if s, ok := n.faults[e.Step]; ok {
		m.Fault, m.Regions = s.Fault, s.Regions
	}
	n.windows(&m, e)
	return m, true
}

// words are what an event is about: a fault by its own text.
func (n *Narrator) words(e drill.Event) string {
	switch e.Kind {
	case drill.KindFaultStuck, drill.KindFaultUnproved, drill.KindFaultLost:
		if s, ok := n.faults[e.Step]; ok && !strings.HasPrefix(e.Note, s.Text) {
			return strings.TrimSuffix(s.Text+": "+e.Note, ": ")
		}
	case drill.KindDeclared:
		if by := e.Data["by"]; by != "" {
			return " (" + by + ")"
		}
		return ""
	}
	return e.Note
}

// windows remembers since when a fault is in force, and puts it into the message
// that says that it is gone.
func (n *Narrator) windows(m *Message, e drill.Event) {
	switch e.Kind {
	case drill.KindFaultApplied:
		n.force[e.Step] = m.At
	case drill.KindFaultReverted:
		if from, ok := n.force[e.Step]; ok {
			to := m.At
			m.From, m.To = &from, &to
		}
	}
}

// Finish is the message when all is over.
func (n *Narrator) Finish(rec drill.Record, now time.Time) Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	m := n.message(Finished, now, "Over. "+reports.Brief(rec))
	m.Result = &Result{Verdict: rec.Verdict, Outcome: rec.Outcome, Reason: rec.Reason, TakenBack: rec.Cleanup.Verified, Objectives: []Objective{}}
	for _, r := range rec.Objectives {
		o := Objective{ID: r.Objective.ID, Target: r.Objective.Target, Unit: string(r.Objective.Unit), Verdict: r.Verdict}
		if r.Reading.Known {
			o.Achieved = &r.Reading.Value
		}
		m.Result.Objectives = append(m.Result.Objectives, o)
	}
	if !rec.Began.IsZero() && !rec.Ended.IsZero() {
		from, to := rec.Began.UTC(), rec.Ended.UTC()
		m.From, m.To = &from, &to
	}
	return m
}

// Recovered is the message that what a dead run had left was taken back, or not all
// of it, with what became of each part. How many messages the run had sent is not
// known any more.
func (n *Narrator) Recovered(gone bool, parts []string, now time.Time) Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	lead := "Recovered: what the dead drill had left is taken back: "
	if !gone {
		lead = "STILL THERE, not all that the dead drill left could be taken back: "
	}
	m := n.message(Recovered, now, lead+strings.Join(parts, "; "))
	m.ID, m.Seq = fmt.Sprintf("%s/recovered-%d", m.Run, now.UnixNano()), 0
	return m
}

// Probe is the message that tries a channel.
func Probe(now time.Time) Message {
	from, to := now.Add(-time.Second).UTC(), now.UTC()
	return Message{Schema: MessageSchema, ID: fmt.Sprintf("test/%d", now.UnixNano()), Seq: 1, Event: Test, At: to, Run: "none", Scenario: "notify-test",
		System: "none", Text: "This is a test of drillctl's notifications: no drill is going on", From: &from, To: &to}
}
