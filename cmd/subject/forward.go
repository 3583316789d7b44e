package subject

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"text/tabwriter"

	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/internal/atomicfile"
	"github.com/drillctl/drillctl/runtimes"
)

// ForwardAll opens a loopback port for every node with an HTTP surface and
// prints the list. With TLS whom to trust is written to the file ca.
func ForwardAll(ctx context.Context, out io.Writer, sys *Raised, ca string) error {
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "NODE\tREGION\tROLE\tON LOOPBACK\tINSIDE")
	dial, ok := sys.Runtime.(runtimes.Dialer)
	if !ok {
		return fmt.Errorf("forward ports: %w by this runtime", runtimes.ErrUnsupported)
	}
	entry, show := "", "" // where clients would knock, and what curl would show there
	for _, n := range sys.Nodes {
		inside, ok := httpDoor(n)
		if !ok {
			continue
		}
		local, err := forward(ctx, dial, inside)
		if err != nil {
			return err
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\thttp://%s\t%s\n", n.Name, n.Region, n.Role, local, inside)
		if n.Role == gateway.RoleGateway && sys.Entry.Roots != "" {
			if inside, err = secureDoor(sys.Entry.URL, inside); err != nil {
				return err
			}
			if local, err = forward(ctx, dial, inside); err != nil {
				return err
			}
			fmt.Fprintf(tw, "\t\t\thttps://%s\t%s\n", local, inside)
		}
		if n.Role == gateway.RoleIssuer {
			show = fmt.Sprintf("-H \"Authorization: Bearer $(drillctl gateway token http://%s)\" ", local)
		}
		if entry == "" && (n.Role == gateway.RoleGateway || n.Role == gateway.RoleEdge) {
			entry = local
		}
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	curl, err := curlOf(sys.Entry, entry, ca)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\ntry: curl -i %s-d '{\"id\":\"1\",\"item\":\"tea\"}' %s/orders\n", show, curl)
	return err
}

// curlOf is how curl gets to a loopback port: with TLS by the name that the
// certificate is of, trusting what is written to the file ca.
func curlOf(e gateway.Entry, local, ca string) (string, error) {
	if e.Roots == "" {
		return "http://" + local, nil
	}
	if err := atomicfile.Write(ca, []byte(e.Roots)); err != nil {
		return "", fmt.Errorf("write whom to trust: %w", err)
	}
	u, err := url.Parse(e.URL)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("--cacert %s --connect-to %s:%s:%s %s", ca, u.Hostname(), securePort(u), local, e.URL), nil
}

// secureDoor is where the gateway that operators meet at an address serves HTTPS.
func secureDoor(entry, inside string) (string, error) {
	u, err := url.Parse(entry)
	if err != nil {
		return "", err
	}
	host, _, err := net.SplitHostPort(inside)
	return net.JoinHostPort(host, securePort(u)), err
}

func securePort(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return "443"
}

// httpDoor is where a node answers HTTP.
func httpDoor(n runtimes.Node) (string, bool) {
	u, err := url.Parse(n.Ready)
	if err != nil || n.Ready == "" {
		return "", false
	}
	if ap, err := netip.ParseAddrPort(u.Host); err == nil {
		return ap.String(), true
	}
	return net.JoinHostPort(u.Hostname(), "80"), true
}

// forward passes connections from a loopback port on to an address inside the
// system's namespaces until ctx ends.
func forward(ctx context.Context, dial runtimes.Dialer, inside string) (local string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("forward to %s: %w", inside, err)
	}
	context.AfterFunc(ctx, func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed: ctx has ended
			}
			go pass(ctx, dial, c, inside)
		}
	}()
	return l.Addr().String(), nil
}

// pass joins two connections until either side ends.
func pass(ctx context.Context, dial runtimes.Dialer, outer net.Conn, inside string) {
	defer outer.Close()
	inner, err := dial.DialContext(ctx, "tcp", inside)
	if err != nil {
		return // the caller sees its connection closed, as from a dead node
	}
	defer inner.Close()
	defer context.AfterFunc(ctx, func() { outer.Close(); inner.Close() })()
	var wg sync.WaitGroup
	half := func(dst, src net.Conn) {
		_, _ = io.Copy(dst, src) // an error ends the connection like its end
		if t, ok := dst.(interface{ CloseWrite() error }); ok {
			_ = t.CloseWrite()
		}
	}
	wg.Go(func() { half(inner, outer) })
	wg.Go(func() { half(outer, inner) })
	wg.Wait()
}
