package runner

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/drill/samples"
)

// A fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// A disk that is full is told of once, however much it does not take.
func TestDiskIsFull(t *testing.T) {
	sw, err := samples.NewWriter(io.Discard, samples.Header{})
	if err != nil {
		t.Fatal(err)
	}
	r := newRecorder(fullDisk{}, sw, newCounters(time.Second))
	for range 1000 {
		r.emit(drill.Event{Kind: drill.KindNote, Note: "n"})
	}
	log, err := r.close(time.Now())
	if err == nil || len(err.Error()) > 200 || !strings.HasPrefix(err.Error(), "write events: ") {
		t.Errorf("%.200v", err)
	}
	if len(log.Events) != 1000 {
		t.Errorf("%d events are known", len(log.Events))
	}
}
