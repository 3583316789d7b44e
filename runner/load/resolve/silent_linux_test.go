package resolve_test

import (
	"net"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// silent takes a port of an address and answers no SYN: its queue is full.
func silent(t *testing.T, addr [4]byte, port int) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: addr}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	to := net.JoinHostPort(net.IP(addr[:]).String(), strconv.Itoa(port))
	for range 8 {
		c, err := net.DialTimeout("tcp", to, 100*time.Millisecond)
		if err != nil {
			return
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Skip("this kernel answers SYNs beyond the queue")
}

func TestASilentAddressDelaysByTheStaggerOnly(t *testing.T) {
	text := listen(t, "127.0.0.9")
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	silent(t, [4]byte{127, 0, 0, 8}, port)
	d := dialer(answer("api.drill.test. 60 A 127.0.0.8", "api.drill.test. 60 A 127.0.0.9"), 5*time.Second)
	var slow int
	for range 8 {
		began := time.Now()
		c, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort(host, text))
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		if time.Since(began) >= 250*time.Millisecond {
			slow++
		}
	}
	if slow == 0 || slow == 8 {
		t.Errorf("%d of 8 connections waited for the silent address first, want some", slow)
	}
}
