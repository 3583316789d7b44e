package faults

import (
	"context"
	"net"
)

// nearby is the Dialer of instances whose services the test serves itself.
type nearby struct{}

// DialContext implements runtimes.Dialer.
func (nearby) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, address)
}
