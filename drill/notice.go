package drill

// A Notice is what became of the messages about a drill to one channel. It never
// bears on the verdict.
type Notice struct {
	Channel string `json:"channel"` // its kind and, at most, its host: no secrets
	Sent    int    `json:"sent"`
	// Unsent are those of which nobody knows that they arrived.
	Unsent []Unsent `json:"unsent,omitempty"`
}

// Unsent is a message that was not delivered.
type Unsent struct {
	Event string `json:"event"` // "drill.started", or the kind of an event of the log
	Step  string `json:"step,omitempty"`
	Tries int    `json:"tries"` // 0: it was never tried
	Why   string `json:"why"`
}
