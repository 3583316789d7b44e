package order

// A Span is the part of a log that was written in one epoch.
type Span struct {
	Epoch uint64 `json:"epoch"`
	First uint64 `json:"first"` // sequence numbers, both inclusive
	Last  uint64 `json:"last"`
}

// Common is the last sequence number up to which two logs are the same, 0 if
// they share nothing.
//
// An epoch has one leader and its entries are copied in order. So two logs that
// have an entry of the same number and epoch have the same entries before it
// (Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm",
// 5.3, log matching), and the newest epoch found in both decides.
func Common(a, b []Span) uint64 {
	i, j := len(a)-1, len(b)-1
	for i >= 0 && j >= 0 {
		switch {
		case a[i].Epoch > b[j].Epoch:
			i--
		case a[i].Epoch < b[j].Epoch:
			j--
		case a[i].First != b[j].First:
			// An epoch begins at one place in all copies of one log: this pair
			// proves nothing, look at the ones before.
			i, j = i-1, j-1
		default:
			return min(a[i].Last, b[j].Last)
		}
	}
	return 0
}

// Newer says whether a log that ends with entry a has more to say than one that
// ends with b: a later epoch wins, and in one epoch the longer log.
func Newer(a, b Entry) bool {
	if a.Epoch != b.Epoch {
		return a.Epoch > b.Epoch
	}
	return a.Seq > b.Seq
}
