package notify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/notify/post"
)

// A script is a channel whose answers are written down.
type script struct {
	send func(ctx context.Context, m Message, try int) error

	mu    sync.Mutex
	tries map[int]int // by Seq
	order []int
}

func (s *script) Name() string            { return "script" }
func (s *script) Wants(event string) bool { return event != "unwanted" }

func (s *script) Send(ctx context.Context, m Message) error {
	s.mu.Lock()
	if s.tries == nil {
		s.tries = map[int]int{}
	}
	s.tries[m.Seq]++
	try := s.tries[m.Seq]
	s.order = append(s.order, m.Seq)
	s.mu.Unlock()
	return s.send(ctx, m, try)
}

func numberedMessage(n int) Message { return Message{Event: fmt.Sprint("e", n), Seq: n} }

func TestMessengerRetriesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{send: func(_ context.Context, m Message, try int) error {
			switch {
			case m.Seq == 1 && try < 3:
				return errors.New("busy")
			case m.Seq == 2:
				return post.Permanent(errors.New("never"))
			}
			return nil
		}}
		m := New([]Channel{s}, Limits{})
		for n := range 3 {
			m.Tell(numberedMessage(n + 1))
		}
		m.Tell(Message{Event: "unwanted", Seq: 9})
		time.Sleep(time.Minute)
		notice := m.Close()[0]
		m.Tell(numberedMessage(4)) // too late: nothing happens
		if got := fmt.Sprint(s.order); got != "[1 1 1 2 3]" {
			t.Errorf("sent %s", got)
		}
		if notice.Sent != 2 || fmt.Sprint(notice.Unsent) != "[{e2  1 never}]" {
			t.Errorf("notice %+v", notice)
		}
	})
}

// Telling never waits; what there is no room for is on the record.
func TestMessengerQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{send: func(ctx context.Context, _ Message, _ int) error { <-ctx.Done(); return ctx.Err() }}
		m := New([]Channel{s}, Limits{Queue: 2})
		began := time.Now()
		for n := range 10 {
			m.Tell(numberedMessage(n + 1))
			synctest.Wait()
		}
		if d := time.Since(began); d != 0 {
			t.Errorf("telling took %s", d)
		}
		notice := m.Close()[0]
		if d := time.Since(began); d > 10*time.Second {
			t.Errorf("closing took %s, want at most the flush", d)
		}
		untried := 0
		for _, u := range notice.Unsent {
			if u.Tries == 0 {
				untried++
			}
		}
		if notice.Sent != 0 || len(notice.Unsent) != 10 || untried != 7 {
			t.Errorf("%d sent, %d not, %d of them never tried; want 0, 10 and 7: %+v", notice.Sent, len(notice.Unsent), untried, notice.Unsent)
		}
	})
}

// A channel that wakes up after the drill still gets the last message.
func TestMessengerLastMessageHasItsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{send: func(ctx context.Context, m Message, _ int) error {
			if m.Seq == 5 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}}
		m := New([]Channel{s}, Limits{})
		for n := range 5 {
			m.Tell(numberedMessage(n + 1))
		}
		began := time.Now()
		notice := m.Close()[0]
		if d := time.Since(began); d > 10*time.Second || notice.Sent != 1 || len(notice.Unsent) != 4 {
			t.Errorf("after %s: %+v", d, notice)
		}
	})
}

// One message is not insisted on for ever.
func TestMessengerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{send: func(context.Context, Message, int) error { return errors.New("busy") }}
		m := New([]Channel{s}, Limits{})
		began := time.Now()
		m.Tell(numberedMessage(1))
		time.Sleep(5 * time.Minute)
		notice := m.Close()[0]
		if len(notice.Unsent) != 1 || notice.Unsent[0].Tries < 4 || notice.Unsent[0].Tries > 12 || notice.Unsent[0].Why != "busy" {
			t.Errorf("%+v", notice)
		}
		if time.Since(began) != 5*time.Minute {
			t.Error("closing waited for nothing")
		}
	})
}
