package drill

// A Reading is one number taken from a log. Known is false when the log cannot
// answer; Why then says what was missing, or of a censored one what was seen
// instead. Zero is a number, not "no data". Low and High bound the truth: the
// resolution is half their distance.
type Reading struct {
	Metric string  `json:"metric"`
	Value  float64 `json:"value"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Unit   Unit    `json:"unit"`
	Known  bool    `json:"known"`
	Why    string  `json:"why,omitempty"`
	// Censored says that the truth may be larger than High: the window ended
	// first ("> 30 s").
	Censored bool     `json:"censored,omitempty"`
	Clock    string   `json:"clock,omitempty"` // which instants it runs between: "disruption (t_A) to recovery (t_R)"
	From     []uint64 `json:"from,omitempty"`  // the events it rests on
}

// A Result is one objective judged: target and achieved side by side.
type Result struct {
	Objective Objective `json:"objective"`
	Reading   Reading   `json:"reading"`
	Verdict   Verdict   `json:"verdict"`
	Met       *bool     `json:"met"` // null, never true, when it could not be judged
	Reason    string    `json:"reason,omitempty"`
}
