package process

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/drillctl/drillctl/internal/program"
)

// ServeExec is what Exec runs in the node's network: it runs argv, ends it when
// stdin ends, and tells how it was.
func ServeExec(ctx context.Context, argv []string, stdin io.Reader, stdout io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		_, err := io.Copy(io.Discard, stdin)
		cancel(errors.Join(errors.New("nobody waits for it"), err))
	}()
	return json.NewEncoder(stdout).Encode(program.Run(ctx, argv, os.Environ()))
}
