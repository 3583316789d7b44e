package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/runtimes"
)

// Where says which engine to use, in the words of the docker command: HOST beats
// CONTEXT beats the current context of the settings below ConfigDir.
type Where struct {
	Host      string // DOCKER_HOST
	Context   string // DOCKER_CONTEXT
	ConfigDir string // DOCKER_CONFIG, else ~/.docker
	// AllowRemote admits engines that are reached over a network.
	AllowRemote bool
	// Patience is how long it may take to answer at all; 0 is 30 s.
	Patience time.Duration
}

// An Engine is a container engine that answers.
type Engine struct {
	cli *client.Client
	// Host is its address, Version its own.
	Host, Version, API string
}

// ErrNoEngine means that no engine was chosen, and that none is at the usual place:
// there is most likely none on this machine. It is [runtimes.ErrUnsupported].
var ErrNoEngine = fmt.Errorf("%w", runtimes.ErrUnsupported)

// Connect finds the engine and agrees on a version of the API with it. The
// caller closes it.
func Connect(ctx context.Context, w Where) (*Engine, error) {
	host, tls, err := w.endpoint()
	if err != nil {
		return nil, err
	}
	if err := w.admit(host); err != nil {
		return nil, err
	}
	opts := []client.Opt{client.WithAPIVersionFromEnv(), client.WithHost(host)}
	if w.Host != "" {
		opts = append([]client.Opt{client.WithTLSClientConfigFromEnv()}, opts...)
	} else if tls != nil {
		opts = append([]client.Opt{client.WithTLSClientConfig(tls.ca, tls.cert, tls.key)}, opts...)
	}
	cli, err := client.New(opts...)
	if err != nil {
		return nil, fmt.Errorf("container engine %s: %w", host, err)
	}
	patience := cmp.Or(w.Patience, connectPatience)
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%w: it did not answer within %s", runtimes.ErrUnsupported, patience))
	defer cancel()
	v, err := cli.ServerVersion(ctx, client.ServerVersionOptions{})
	if ctx.Err() != nil { // the client calls that a failed connection
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, errors.Join(unreachable(host, client.DefaultDockerHost, err), cli.Close())
	}
	return &Engine{cli: cli, Host: host, Version: v.Version, API: cli.ClientVersion()}, nil
}

const connectPatience = 30 * time.Second

func unreachable(host, usual string, err error) error {
	if !client.IsErrConnectionFailed(err) {
		return fmt.Errorf("container engine %s: %w", host, err)
	}
	is := runtimes.ErrUnsupported
	if _, err := os.Stat(strings.TrimPrefix(host, "unix://")); host == usual && errors.Is(err, fs.ErrNotExist) {
		is = ErrNoEngine
	}
	return fmt.Errorf("%w: no container engine answers at %s: is it running, and may this user use it? (DOCKER_HOST and 'docker context use' choose another)", is, host)
}

// Close lets go of the engine.
func (e *Engine) Close() error { return e.cli.Close() }

// admit refuses engines that may belong to others, and those that this package
// cannot reach.
func (w Where) admit(host string) error {
	u, err := url.Parse(host)
	switch {
	case err != nil || u.Scheme == "" || u.Host+u.Path == "":
		return fmt.Errorf("%w: %q is no address of a container engine, like unix:///var/run/docker.sock", runtimes.ErrUnsupported, host)
	case u.Scheme == "unix" || u.Scheme == "npipe":
		return nil
	case u.Scheme == "ssh":
		return fmt.Errorf("%w: the engine at %s is reached by ssh: run drillctl on that machine", runtimes.ErrUnsupported, host)
	case w.AllowRemote || loopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%w: the engine at %s is another machine's: --allow-remote admits it", runtimes.ErrUnsupported, host)
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && a.IsLoopback()
}
