package listen

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// crowded is a listener with limits that hands its connections out.
func crowded(t *testing.T, l Limits) (c *Crowd, address string, got chan net.Conn) {
	t.Helper()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c = NewCrowd(l)
	all := c.Limit([]net.Listener{plain})
	got = make(chan net.Conn, 100)
	ended := make(chan error, 1)
	go func() {
		for {
			conn, err := all[0].Accept()
			if err != nil {
				ended <- err
				return
			}
			got <- conn
		}
	}()
	t.Cleanup(func() {
		_ = all[0].Close() // twice is once
		if err := all[0].Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("it ends with %v", err)
		}
	})
	return c, plain.Addr().String(), got
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// turnedAway says whether a connection is reset, within a second: so early, it may
// be, that it is not even made.
func turnedAway(t *testing.T, address string) bool {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if errors.Is(err, syscall.ECONNRESET) {
		return true
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetReadDeadline(time.Now().Add(time.Second))
	_, err = c.Read(make([]byte, 1))
	var late net.Error
	return err != nil && !(errors.As(err, &late) && late.Timeout())
}

func wait(t *testing.T, got chan net.Conn) net.Conn {
	t.Helper()
	select {
	case c := <-got:
		return c
	case <-time.After(5 * time.Second):
		t.Fatal("nobody is accepted")
		return nil
	}
}

func TestOneClientHasItsLimit(t *testing.T) {
	c, address, got := crowded(t, Limits{PerClient: 2})
	dial(t, address)
	second := dial(t, address)
	first := wait(t, got)
	wait(t, got)
	if !turnedAway(t, address) {
		t.Error("a third connection stays")
	}
	if c.Open() != 2 || c.Refused() != 1 {
		t.Errorf("%d open, %d refused", c.Open(), c.Refused())
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	_ = first.Close() // leaves once
	dial(t, address)
	if third := wait(t, got); c.Open() != 2 {
		t.Errorf("%d open (%v)", c.Open(), third.RemoteAddr())
	}
	_, _ = io.WriteString(second, "x")
}

// When all seats are taken the next one waits, and is served when one has left.
func TestAllHaveTheirLimit(t *testing.T) {
	c, address, got := crowded(t, Limits{All: 2})
	for range 4 {
		dial(t, address)
	}
	first := wait(t, got)
	wait(t, got)
	select {
	case <-got:
		t.Error("three are served")
	case <-time.After(50 * time.Millisecond):
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	wait(t, got)
	if c.Open() != 2 || c.Refused() != 0 {
		t.Errorf("%d open, %d refused", c.Open(), c.Refused())
	}
}

func TestNoLimits(t *testing.T) {
	c, address, got := crowded(t, Limits{})
	for range 20 {
		dial(t, address)
		wait(t, got)
	}
	if c.Open() != 20 {
		t.Errorf("%d open", c.Open())
	}
}
