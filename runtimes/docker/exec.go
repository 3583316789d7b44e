package docker

import (
	"context"
	"fmt"
	"io"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/runtimes"
)

// execTail bounds how much of a program's output is kept.
const execTail = 4 << 10

// Exec implements [runtimes.Execer]: a program in the container, beside its main
// process. When ctx ends it is not waited for any longer; the engine has no way to
// end it.
func (i *Instance) Exec(ctx context.Context, argv []string) (int, string, error) {
	if err := i.r.alive(ctx); err != nil {
		return -1, "", err
	}
	cli := i.r.e.cli
	made, err := cli.ExecCreate(ctx, i.m.id, client.ExecCreateOptions{Cmd: argv, AttachStdout: true, AttachStderr: true})
	if err != nil {
		return -1, "", i.explain("running a program in", err)
	}
	at, err := cli.ExecAttach(ctx, made.ID, client.ExecAttachOptions{})
	if err != nil {
		return -1, "", i.explain("running a program in", err)
	}
	defer at.Close()
	stop := context.AfterFunc(ctx, at.Close)
	defer stop()
	var out tail
	_, copyErr := stdcopy.StdCopy(&out, &out, at.Reader)
	if ctx.Err() != nil {
		return -1, string(out), fmt.Errorf("running %s in %s: %w", argv[0], i.m.node.Name, context.Cause(ctx))
	}
	if copyErr != nil {
		return -1, string(out), fmt.Errorf("running %s in %s: %w", argv[0], i.m.node.Name, copyErr)
	}
	end, err := cli.ExecInspect(ctx, made.ID, client.ExecInspectOptions{})
	if err != nil {
		return -1, string(out), i.explain("running a program in", err)
	}
	return end.ExitCode, string(out), nil
}

// A tail keeps the last bytes written to it.
type tail []byte

func (t *tail) Write(p []byte) (int, error) {
	*t = append(*t, p...)
	if over := len(*t) - execTail; over > 0 {
		*t = append((*t)[:0], (*t)[over:]...)
	}
	return len(p), nil
}

var (
	_ runtimes.Execer = (*Instance)(nil)
	_ io.Writer       = (*tail)(nil)
)
