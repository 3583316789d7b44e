//go:build !linux

package agent

import (
	"context"
	"fmt"
	"io"

	"github.com/drillctl/drillctl/runtimes"
)

// Serve is for Linux only.
func Serve(context.Context, io.Reader, io.Writer) error {
	return fmt.Errorf("fault agent: %w: it needs Linux", runtimes.ErrUnsupported)
}
