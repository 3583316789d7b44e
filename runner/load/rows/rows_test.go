package rows

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/drillctl/drillctl/drill"
)

// server answers one statement per connection with what a test wants it to say.
func server(t *testing.T, answer func(*pgproto3.Backend) (more bool)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go talk(c, answer)
		}
	}()
	return "postgres://shop@" + l.Addr().String() + "/shop?sslmode=disable"
}

func talk(c net.Conn, answer func(*pgproto3.Backend) bool) {
	defer c.Close()
	b := pgproto3.NewBackend(c, c)
	if _, err := b.ReceiveStartupMessage(); err != nil {
		return
	}
	b.Send(&pgproto3.AuthenticationOk{})
	b.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{0, 0, 0, 1}})
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	if b.Flush() != nil {
		return
	}
	for {
		m, err := b.Receive()
		if err != nil {
			return
		}
		if _, ok := m.(*pgproto3.Sync); ok && !answer(b) {
			return
		}
	}
}

func says(ms ...pgproto3.BackendMessage) func(*pgproto3.Backend) bool {
	return func(b *pgproto3.Backend) bool {
		for _, m := range ms {
			b.Send(m)
		}
		return b.Flush() == nil
	}
}

func failure(severity, code string) *pgproto3.ErrorResponse {
	return &pgproto3.ErrorResponse{Severity: severity, SeverityUnlocalized: severity, Code: code, Message: "no"}
}

// What a write is, by what the server said of it (measuring.md 2.2): only a
// commit without a warning is one, and only what rolled back, or was never sent,
// is sure to have had no effect.
func TestFates(t *testing.T) {
	done, ready := &pgproto3.CommandComplete{CommandTag: []byte("INSERT 0 1")}, &pgproto3.ReadyForQuery{TxStatus: 'I'}
	bound := []pgproto3.BackendMessage{&pgproto3.ParseComplete{}, &pgproto3.BindComplete{}, &pgproto3.NoData{}}
	warning := &pgproto3.NoticeResponse{Severity: "WARNING", SeverityUnlocalized: "WARNING", Code: "01000", Message: "canceling wait for synchronous replication due to user request"}
	tests := []struct {
		name   string
		answer func(*pgproto3.Backend) bool
		want   drill.Ack
	}{
		{"committed", says(append(bound, done, ready)...), drill.Acked},
		{"committed here only", says(append(bound, warning, done, ready)...), drill.Indeterminate},
		{"rolled back", says(failure("ERROR", "25006"), ready), drill.Rejected},
		{"there already", says(failure("ERROR", "23505"), ready), drill.Indeterminate},
		{"fate unknown", says(failure("ERROR", "40003"), ready), drill.Indeterminate},
		{"shut down", says(failure("FATAL", "57P01")), drill.Indeterminate},
		{"hung up", func(*pgproto3.Backend) bool { return false }, drill.Indeterminate},
		{"silent", func(*pgproto3.Backend) bool { return true }, drill.Indeterminate},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := Open(Config{URL: server(t, tt.answer), Run: "r"})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			o := d.Write(ctx, 7)
			if o.Ack != tt.want || (o.Err == nil) != (tt.want == drill.Acked) || o.Unsure() != (tt.name == "committed here only") {
				t.Errorf("%+v, want %v", o, tt.want)
			}
		})
	}
}

// Before a connection is there, nothing can have been written.
func TestNobodyThereIsRejected(t *testing.T) {
	d, err := Open(Config{URL: "postgres://shop@db/shop?sslmode=disable", Run: "r",
		Dial: func(context.Context, string, string) (net.Conn, error) { return nil, io.ErrUnexpectedEOF }})
	if err != nil {
		t.Fatal(err)
	}
	if o := d.Write(t.Context(), 1); o.Ack != drill.Rejected || !errors.Is(o.Err, io.ErrUnexpectedEOF) {
		t.Errorf("%+v", o)
	}
}

// Connections are kept, unless they are to be fresh; one that failed is not.
func TestConnectionsAreKept(t *testing.T) {
	good := []pgproto3.BackendMessage{&pgproto3.ParseComplete{}, &pgproto3.BindComplete{}, &pgproto3.NoData{}, &pgproto3.CommandComplete{CommandTag: []byte("INSERT 0 1")}, &pgproto3.ReadyForQuery{TxStatus: 'I'}}
	for _, fresh := range []bool{false, true} {
		var n atomic.Int32
		d, err := Open(Config{URL: server(t, func(b *pgproto3.Backend) bool {
			if n.Add(1) == 3 {
				return false
			}
			return says(good...)(b)
		}), Run: "r", Fresh: fresh})
		if err != nil {
			t.Fatal(err)
		}
		var reused []bool
		for i := range uint64(4) {
			reused = append(reused, d.Write(t.Context(), i).Reused)
		}
		d.Close()
		if want := []bool{false, !fresh, !fresh, false}; !slices.Equal(reused, want) {
			t.Errorf("fresh %v: reused %v, want %v", fresh, reused, want)
		}
	}
}

// A password is in no error, whoever refuses it.
func TestPasswordsAreNotTold(t *testing.T) {
	url := server(t, says(failure("FATAL", "28P01")))
	for _, u := range []string{url, "postgres://shop@127.0.0.1:1/shop", "postgres://shop@db:port/shop"} {
		d, err := Open(Config{URL: u, Password: "hunter2", Run: "r"})
		if err == nil {
			err = d.Prepare(t.Context())
		}
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", u, err)
		}
	}
}
