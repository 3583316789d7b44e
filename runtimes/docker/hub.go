package docker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/yamux"
	"github.com/moby/moby/api/types/container"

	"github.com/drillctl/drillctl/runtimes"
)

// A hub is a helper on the system's network by which drillctl connects to nodes,
// wherever the engine keeps its networks: each connection is one stream over the
// helper's stdin and stdout.
type hub struct {
	h       *helper
	session *yamux.Session
}

// A hello is what a hub says of the kernel that it runs on.
type hello struct {
	Boot string `json:"boot"`
}

const helloCall = "hello"

// errOtherKernel means that times from here and there cannot be compared.
var errOtherKernel = errors.New("the engine's containers run on another kernel than drillctl (a virtual machine, or another machine), so that their times cannot be compared")

// hubUp starts the hub, once, and makes sure that its clock is ours.
func (r *Runtime) hubUp(ctx context.Context) error {
	if r.hub != nil {
		return nil
	}
	// Beside the gateway, away from where nodes are: the engine would give it the
	// first free address, which may be a node's to come.
	addrs := []netip.Addr{lastOf(r.v4).Prev()}
	if r.v6.IsValid() {
		addrs = append(addrs, lastOf(r.v6).Prev())
	}
	return r.hubUpOn(ctx, container.NetworkMode(r.net), addrs...)
}

func (r *Runtime) hubUpOn(ctx context.Context, net container.NetworkMode, addrs ...netip.Addr) error {
	h, err := r.runHelper(ctx, kindHub, helperContainer{args: r.options.HubArgs, net: net, of: "hub", addrs: addrs})
	if err != nil {
		return fmt.Errorf("starting the hub: %w", err)
	}
	if r.hub, err = openHub(h); err != nil {
		return err
	}
	return r.hub.sameKernel(ctx)
}

// openHub speaks with a helper that runs [Hub].
func openHub(h *helper) (*hub, error) {
	config := yamux.DefaultConfig()
	config.LogOutput = io.Discard
	session, err := yamux.Client(struct {
		io.Reader
		io.WriteCloser
	}{h, closeWriter{h}}, config)
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return &hub{h, session}, nil
}

type closeWriter struct{ h *helper }

func (c closeWriter) Write(b []byte) (int, error) { return c.h.Write(b) }
func (c closeWriter) Close() error                { return c.h.CloseWrite() }

func (b *hub) sameKernel(ctx context.Context) error {
	conn, err := b.call(ctx, helloCall)
	if err != nil {
		return fmt.Errorf("asking the hub: %w", err)
	}
	defer conn.Close()
	var there hello
	if err := json.NewDecoder(conn).Decode(&there); err != nil {
		return fmt.Errorf("asking the hub: %w", err)
	}
	if there.Boot != bootID() {
		return fmt.Errorf("%w: %w: run drillctl on the engine's own machine", runtimes.ErrUnsupported, errOtherKernel)
	}
	return nil
}

// dial connects through the hub.
func (b *hub) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := b.call(ctx, network+" "+address)
	if err != nil {
		return nil, fmt.Errorf("dialing %s: %w", address, err)
	}
	return c, nil
}

// call opens a stream, says what it is for, and waits for the answer.
func (b *hub) call(ctx context.Context, what string) (net.Conn, error) {
	c, err := b.session.OpenStream()
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	err = func() error {
		if _, err := fmt.Fprintln(c, what); err != nil {
			return err
		}
		return readAnswer(c)
	}()
	if !stop() && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// readAnswer reads one line, byte by byte: what follows is the connection's.
func readAnswer(c net.Conn) error {
	var line strings.Builder
	for b := make([]byte, 1); ; {
		if _, err := io.ReadFull(c, b); err != nil {
			return err
		}
		if b[0] == '\n' {
			break
		}
		line.WriteByte(b[0])
	}
	if said := line.String(); said != "ok" {
		return errors.New(said)
	}
	return nil
}

// Close ends the hub.
func (b *hub) Close() error {
	_ = b.session.Close() // the helper's end says more
	return b.h.Close()
}

// Hub serves streams until its input ends: it is what the hub's container runs.
func Hub(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	config := yamux.DefaultConfig()
	config.LogOutput = io.Discard
	session, err := yamux.Server(struct {
		io.Reader
		io.WriteCloser
	}{stdin, nopCloser{stdout}}, config)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { session.Close() })()
	for {
		c, err := session.AcceptStream()
		if err != nil {
			return nil // the lease is over
		}
		go serve(ctx, c)
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

const hubDialLimit = 10 * time.Second

func serve(ctx context.Context, c *yamux.Stream) {
	defer c.Close()
	in := bufio.NewReader(c)
	line, err := in.ReadString('\n')
	if err != nil {
		return
	}
	what, address, _ := strings.Cut(strings.TrimSpace(line), " ")
	if what == helloCall {
		fmt.Fprintln(c, "ok")
		_ = json.NewEncoder(c).Encode(hello{bootID()}) // a reader that has gone needs no answer
		return
	}
	if what == furnishCall {
		fmt.Fprintln(c, said(furnish(address)))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, hubDialLimit)
	defer cancel()
	d := net.Dialer{}
	far, err := d.DialContext(ctx, what, address)
	fmt.Fprintln(c, said(err))
	if err != nil {
		return
	}
	defer far.Close()
	go func() {
		_, _ = io.Copy(far, in) // its end, good or bad, ends the other half below
		if t, ok := far.(*net.TCPConn); ok {
			_ = t.CloseWrite()
		}
	}()
	_, _ = io.Copy(c, far)
}

// said is an answer in one line.
func said(err error) string {
	if err == nil {
		return "ok"
	}
	return strings.ReplaceAll(err.Error(), "\n", " ")
}

// bootID names this boot of this kernel, "" where there is none.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
