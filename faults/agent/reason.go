package agent

import (
	"errors"
	"net"
)

// Reason is the innermost, shortest text of a network error.
func Reason(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err.Error()
	}
	return err.Error()
}
