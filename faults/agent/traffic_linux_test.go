package agent_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/faults/agent/lab"
)

// pair is an open TCP connection between two hosts.
func pair(t *testing.T, from, to *lab.Host) (near, far net.Conn) {
	t.Helper()
	var l net.Listener
	if err := to.Do(func() (err error) {
		l, err = net.Listen("tcp", netip.AddrPortFrom(to.V6, 0).String())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept() // nil is found out below
		accepted <- c
	}()
	near, err := from.DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far = <-accepted
	if far == nil {
		t.Fatal("not accepted")
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	if got := crosses(t, near, far); got != "arrives" {
		t.Fatalf("on a new connection a byte %s", got)
	}
	return near, far
}

// crosses sends a byte and says what becomes of it: "arrives", "reset" or
// "silent" (after 250 ms).
func crosses(t *testing.T, from, to net.Conn) string {
	t.Helper()
	if _, err := from.Write([]byte{1}); err != nil {
		return "reset"
	}
	if err := to.SetReadDeadline(time.Now().Add(250 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	_, err := to.Read(make([]byte, 1))
	if err == nil {
		return "arrives"
	}
	// A reset may have gone back to the sender only.
	_ = from.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, back := from.Read(make([]byte, 1)); errors.Is(back, syscall.ECONNRESET) || errors.Is(err, syscall.ECONNRESET) {
		return "reset"
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return "silent"
	}
	return err.Error()
}

// datagram says whether one arrives.
func datagram(t *testing.T, from, to *lab.Host, six bool) bool {
	t.Helper()
	at := to.V4
	if six {
		at = to.V6
	}
	var l net.PacketConn
	if err := to.Do(func() (err error) {
		l, err = net.ListenPacket("udp", netip.AddrPortFrom(at, 0).String())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := from.DialContext(t.Context(), "udp", l.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := l.SetReadDeadline(time.Now().Add(150 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	_, sendErr := c.Write([]byte("x")) // EPERM where the sender's own filter drops it
	n, _, err := l.ReadFrom(make([]byte, 8))
	return sendErr == nil && err == nil && n == 1
}

// get fetches a path and returns the time to the end of the answer.
func get(t *testing.T, from, to *lab.Host, path string, six bool) (time.Duration, int, error) {
	t.Helper()
	at := to.V4
	if six {
		at = to.V6
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	client := from.Client(10 * time.Second)
	defer client.CloseIdleConnections()
	return fetch(ctx, client, "http://"+netip.AddrPortFrom(at, port).String()+path)
}
