package drill

import "time"

// A Class says how one request ended, by what the client saw.
type Class uint8

// The classes of a request. OK means an expected status, fully read; whether it
// was also quick enough to be good is a question for the deadline, not here. The
// expected status of an intruder is 401 or 403.
const (
	OK Class = iota
	HTTP5xx
	HTTP4xx // a 4xx that the scenario does not expect
	HTTPOther
	Refused
	Reset
	Timeout
	TLS
	DNS
	Content    // an expected status with the wrong content
	Aborted    // cancelled by the tool: unknown, neither good nor bad
	OtherError // any other transport error
	LetIn      // an intruder's request that was served
	numClasses
)

var classNames = [numClasses]string{"ok", "http_5xx", "http_4xx_unexpected", "http_other", "refused", "reset", "timeout", "tls", "dns", "content", "aborted_by_tool", "error", "let_in"}

func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return "invalid"
}

// A Route is one kind of request that is made. Reads and writes are critical: the
// drill's RTA is the worse of the two. Intruders are no clients: nothing that clients
// get is measured with them.
type Route uint8

// The routes of the load.
const (
	Read     Route = iota // a read of a recently acknowledged record
	Write                 // a numbered write
	Intruder              // a read with a forged token or none: OK means refused
	numRoutes
	numCritical = int(Intruder)
)

var routeNames = [numRoutes]string{"read", "write", "intruder"}

func (r Route) String() string {
	if int(r) < len(routeNames) {
		return routeNames[r]
	}
	return "invalid"
}

// Ack is what a write's answer says about its fate (measuring.md 2.2).
type Ack uint8

// The fates of a write. The zero value belongs to reads.
const (
	NoWrite       Ack = iota
	Acked             // 2xx, fully read
	Rejected          // surely without effect: 4xx, refused before the write
	Indeterminate     // may or may not have happened
)

// A Sample is one request of the load, by the client's own clock. Times are
// from the beginning of the drill.
type Sample struct {
	Route    Route
	Slot     uint64        // the slot of the route's pacing grid; gaps are skipped slots
	Intended time.Duration // when the grid wanted it to start
	Start    time.Duration // when it did
	End      time.Duration // when the answer was fully read, or the error came
	Class    Class
	Status   uint16 // 0 when there was no answer
	Ack      Ack
	Missing  bool   // a read that found nothing under ID
	Reused   bool   // sent on a kept connection
	Expired  bool   // a client's that showed a token which was no longer valid
	ID       uint64 // the record written or read; 0 is none. Of an intruder its Forgery
	Epoch    uint64 // the reign of the writer that acknowledged it; 0 is unknown
	Region   string // the region that answered; empty is unknown
	Instance string // the gateway that answered
	Leader   string // the region that stored an acknowledged write
	Origin   string // the region that the client is near to; empty where there is one group of clients
}

// Latency counts from the intended start, so that waiting in the generator is
// not hidden (coordinated omission).
func (s Sample) Latency() time.Duration { return s.End - s.Intended }

// Lateness is how long after its slot the request really started.
func (s Sample) Lateness() time.Duration { return s.Start - s.Intended }
