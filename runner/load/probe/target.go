package probe

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/drillctl/drillctl/runner/load/ask"
	"github.com/drillctl/drillctl/runner/load/pace"
)

// The targeter tells the transport slot and id in the fragment of the URL, which
// is never sent: "#SLOT.ID".
func mark(url []byte, slot, id uint64) string {
	url = strconv.AppendUint(append(url, '#'), slot, 10)
	return string(strconv.AppendUint(append(url, '.'), id, 10))
}

// unmark reads what mark wrote.
func unmark(fragment string) (slot, id uint64, err error) {
	a, b, _ := strings.Cut(fragment, ".")
	slot, err1 := strconv.ParseUint(a, 10, 64)
	id, err2 := strconv.ParseUint(b, 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		return 0, 0, fmt.Errorf("slot of a request: %w", err)
	}
	return slot, id, nil
}

// Reads asks for records that were lately acknowledged.
func Reads(base string, p *pace.Pacer, book *Book) vegeta.Targeter {
	prefix := strings.TrimSuffix(base, "/") + "/orders/"
	return func(t *vegeta.Target) error {
		slot, ok := p.Take()
		if !ok {
			return vegeta.ErrNoTargets
		}
		id := book.pick(p.Grid().At(slot))
		t.Method = http.MethodGet
		t.URL = mark(strconv.AppendUint(append(make([]byte, 0, 96), prefix...), id, 10), slot, id)
		return nil
	}
}

// Writes sends numbered records. The numbers are in the order of the slots.
func Writes(base string, p *pace.Pacer, book *Book) vegeta.Targeter {
	url := strings.TrimSuffix(base, "/") + "/orders"
	take := numbered(p, book)
	return func(t *vegeta.Target) error {
		slot, id, ok := take()
		if !ok {
			return vegeta.ErrNoTargets
		}
		t.Method = http.MethodPost
		t.URL = mark(append(make([]byte, 0, 96), url...), slot, id)
		t.Body = record(id, p.Grid().At(slot))
		return nil
	}
}

// numbered takes the next slot of a write and the next number, together.
func numbered(p *pace.Pacer, book *Book) func() (slot, id uint64, ok bool) {
	var mu sync.Mutex
	return func() (slot, id uint64, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if slot, ok = p.Take(); ok {
			id = book.next()
		}
		return slot, id, ok
	}
}

// FormReads asks a system in a form of its own: for a record that was lately
// acknowledged, where the form is about one, else always for the same.
func FormReads(base string, f *ask.Form, p *pace.Pacer, book *Book) vegeta.Targeter {
	base = strings.TrimSuffix(base, "/")
	return func(t *vegeta.Target) error {
		slot, ok := p.Take()
		if !ok {
			return vegeta.ErrNoTargets
		}
		id := uint64(0)
		if f.Named {
			id = book.pick(p.Grid().At(slot))
		}
		formed(t, base, f, slot, id)
		return nil
	}
}

// FormWrites sends numbered records in a form of the system's own.
func FormWrites(base string, f *ask.Form, p *pace.Pacer, book *Book) vegeta.Targeter {
	base = strings.TrimSuffix(base, "/")
	take := numbered(p, book)
	return func(t *vegeta.Target) error {
		slot, id, ok := take()
		if !ok {
			return vegeta.ErrNoTargets
		}
		formed(t, base, f, slot, id)
		return nil
	}
}

func formed(t *vegeta.Target, base string, f *ask.Form, slot, id uint64) {
	t.Method = f.Method
	t.URL = mark(f.URL(append(make([]byte, 0, 128), base...), id), slot, id)
	t.Body = f.Body(id)
}

// record is one order. sent_ns is the instant of its slot, on the machine's
// monotonic clock.
func record(id uint64, sent time.Duration) []byte {
	b := make([]byte, 0, 96)
	b = strconv.AppendUint(append(b, `{"id":"`...), id, 10)
	b = strconv.AppendInt(append(b, `","sent_ns":`...), int64(sent), 10)
	b = strconv.AppendUint(append(b, `,"item":"drill-`...), id, 10)
	return append(b, `"}`...)
}
