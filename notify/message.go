// Package notify tells people about a drill while it happens: chats, a signed
// webhook, annotations in Grafana. Nothing here can change a drill: messages are
// queued, sending is bounded in time, and what was not delivered is reported.
package notify

import (
	"fmt"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// MessageSchema names the version of a message's form.
const MessageSchema = "drillctl/message/v1"

// The events that people are told of; those of the drill itself have the names
// that they have in its log.
const (
	Started   = "drill.started"
	Finished  = "drill.finished"
	Recovered = "drill.recovered" // by 'drillctl recover', of a run that had died
	Test      = "test"
)

// A Message is one thing to tell, in the form in which webhooks get it.
type Message struct {
	Schema   string        `json:"schema"`
	ID       string        `json:"id"`  // unique; the same for every try
	Seq      int           `json:"seq"` // counts from 1 in each run; 0 after it
	Event    string        `json:"event"`
	At       time.Time     `json:"at"`    // when it happened
	Since    time.Duration `json:"at_ns"` // ... from the beginning of the drill's log; 0 before and after it
	Run      string        `json:"run"`
	Scenario string        `json:"scenario"`
	Title    string        `json:"title,omitempty"`
	Labels   []string      `json:"labels,omitempty"`
	Trial    int           `json:"trial,omitempty"`
	Trials   int           `json:"trials,omitempty"`
	System   string        `json:"system"`
	Step     string        `json:"step,omitempty"`
	Fault    string        `json:"fault,omitempty"`
	Regions  []string      `json:"regions,omitempty"`
	Text     string        `json:"text"` // a sentence for people
	// From and To are the window that ended with this: of a fault, or of the drill.
	From *time.Time `json:"from,omitempty"`
	To   *time.Time `json:"to,omitempty"`
	// Result is there when the drill is over.
	Result *Result `json:"result,omitempty"`
}

// A Result is what a drill came to.
type Result struct {
	Verdict    drill.Verdict `json:"verdict"`
	Outcome    string        `json:"outcome"`
	Reason     string        `json:"reason,omitempty"`
	TakenBack  bool          `json:"taken_back"` // proved that everything was
	Objectives []Objective   `json:"objectives"`
}

// An Objective is one target and what was achieved.
type Objective struct {
	ID       string        `json:"id"`
	Target   float64       `json:"target"`
	Achieved *float64      `json:"achieved"` // null when it is not known
	Unit     string        `json:"unit"`
	Verdict  drill.Verdict `json:"verdict"`
}

// Heading is a message's subject for people.
func (m Message) Heading() string {
	h := "drillctl: " + m.Scenario
	if m.Trials > 1 {
		h += fmt.Sprintf(" (trial %d of %d)", m.Trial, m.Trials)
	}
	return h
}

// Body is a message for people, as plain text.
func (m Message) Body() string {
	var b strings.Builder
	b.WriteString(m.Text)
	fmt.Fprintf(&b, "\n%s, run %s", m.At.UTC().Format("15:04:05 UTC"), m.Run)
	return b.String()
}
