package docker

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/internal/program"
	"github.com/drillctl/drillctl/runtimes"
)

var _ runtimes.Execer = (*Instance)(nil)

// Exec implements [runtimes.Execer] through the engine, as the image's own user.
// When ctx ends the program is ended where drillctl may do that: on the engine's own
// machine, as root.
func (i *Instance) Exec(ctx context.Context, argv []string) (int, string, error) {
	if err := i.r.alive(ctx); err != nil {
		return -1, "", err
	}
	made, err := i.r.e.cli.ExecCreate(ctx, i.m.id, client.ExecCreateOptions{Cmd: argv, AttachStdout: true, AttachStderr: true})
	if err != nil {
		return -1, "", i.explain("preparing a program in", err)
	}
	out, err := i.r.e.cli.ExecAttach(ctx, made.ID, client.ExecAttachOptions{})
	if err != nil {
		return -1, "", i.explain("running a program in", err)
	}
	defer out.Close()
	// The connection knows nothing of ctx, and the program goes on without it.
	defer context.AfterFunc(ctx, func() { i.endExec(made.ID); out.Close() })()
	var said program.Last
	_, err = stdcopy.StdCopy(&said, &said, out.Reader)
	if ctx.Err() != nil {
		return -1, said.String(), context.Cause(ctx)
	}
	if err != nil {
		return -1, said.String(), fmt.Errorf("%s: reading what a program prints: %w", i.m.node.Name, err)
	}
	exit, err := i.exitOf(ctx, made.ID)
	return exit, said.String(), err
}

// exitOf is the status of a program whose output has ended: the engine may take
// a moment longer to know.
func (i *Instance) exitOf(ctx context.Context, exec string) (int, error) {
	for {
		is, err := i.r.e.cli.ExecInspect(ctx, exec, client.ExecInspectOptions{})
		if err != nil {
			return -1, i.explain("asking how a program ended in", err)
		}
		if !is.Running {
			return is.ExitCode, nil
		}
		select {
		case <-ctx.Done():
			return -1, context.Cause(ctx)
		case <-time.After(pollEvery):
		}
	}
}

// endPatience is for ending a program after its time.
const endPatience = 2 * time.Second

// endExec ends a program that took too long, best effort: it is no damage.
func (i *Instance) endExec(exec string) {
	ctx, cancel := context.WithTimeout(context.Background(), endPatience)
	defer cancel()
	is, err := i.r.e.cli.ExecInspect(ctx, exec, client.ExecInspectOptions{})
	if err != nil || !is.Running {
		return
	}
	if p, err := openProcess(is.PID, i.m.id); err == nil {
		_, _ = p.signal(syscall.SIGKILL)
		p.close()
	}
}
