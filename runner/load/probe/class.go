// Package probe makes the requests of the load and tells how each one ended, by
// the client's own clock (measuring.md 1.5 and 2.2).
package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/resolve"
)

// classOf says which class a transport error belongs to. resolving tells that
// the request was still waiting for a name when it ended.
func classOf(err error, resolving bool) drill.Class {
	var dnsErr *resolve.Error
	switch {
	case errors.Is(err, context.Canceled): // by Flight.Abort: nobody else cancels
		return drill.Aborted
	case errors.As(err, &dnsErr):
		return drill.DNS
	case isTimeout(err) && resolving:
		return drill.DNS
	case isTimeout(err):
		return drill.Timeout
	case isTLS(err):
		return drill.TLS
	case errors.Is(err, syscall.ECONNREFUSED):
		return drill.Refused
	case isReset(err):
		return drill.Reset
	}
	return drill.OtherError
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, syscall.ETIMEDOUT) || errors.As(err, &t) && t.Timeout()
}

func isTLS(err error) bool {
	var record tls.RecordHeaderError
	var cert *tls.CertificateVerificationError
	if errors.As(err, &record) || errors.As(err, &cert) {
		return true
	}
	// crypto/tls reports alerts as operations of these names.
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error")
}

func isReset(err error) bool {
	for _, known := range []error{syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, known) {
			return true
		}
	}
	// net/http does not export this one: a kept connection ended just as the
	// request was to be sent on it.
	return strings.Contains(err.Error(), "server closed idle connection")
}
