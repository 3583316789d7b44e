package store

import (
	"testing"

	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
)

// backupText is a backup of the orders 1 to upTo.
func backupText(t *testing.T, epoch, taken, upTo uint64) string {
	t.Helper()
	s := snapshot.Snapshot{Header: snapshot.Header{Region: "region-a", Epoch: epoch, Taken: int64(taken), Leads: true,
		Spans: []order.Span{{Epoch: epoch, First: 1, Last: upTo}}}}
	for n := range upTo {
		s.Entries = append(s.Entries, order.Entry{Seq: n + 1, Epoch: epoch, Region: "region-a", Order: order.Order{ID: order.ID(n + 1), Item: "x"}})
	}
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
