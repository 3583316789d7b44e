package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/drillctl/drillctl/internal/program"
	"github.com/drillctl/drillctl/runtimes"
)

// Exec implements [runtimes.Execer]: a program of this machine in the node's
// network, beside its process.
func (i *Instance) Exec(ctx context.Context, argv []string) (int, string, error) {
	p, err := i.RunInNet(ctx, append([]string{"exec", "--"}, argv...))
	if err != nil {
		return -1, "", err
	}
	said, readErr := io.ReadAll(p)
	closeErr := p.Close()
	if ctx.Err() != nil {
		return -1, "", context.Cause(ctx)
	}
	if err := errors.Join(readErr, closeErr); err != nil {
		return -1, "", fmt.Errorf("run %s: %w", argv[0], err)
	}
	var r program.Result
	if err := json.Unmarshal(said, &r); err != nil {
		return -1, "", fmt.Errorf("run %s: %w", argv[0], err)
	}
	if r.Err != "" {
		return r.Exit, r.Output, fmt.Errorf("run %s: %s", argv[0], r.Err)
	}
	return r.Exit, r.Output, nil
}

var _ runtimes.Execer = (*Instance)(nil)
