package conformance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// The programs that the suite runs. A runtime's test binary must be able to be
// them: its TestMain calls [Main].
const (
	NodeCommand   = "conformance-node"
	HelperCommand = "conformance-helper"
)

// port is where a conformance node serves.
const port = 8080

// Node returns a node for the suite: it serves on its addresses, says a line
// when it starts, ends in order on SIGTERM, and is restarted after backoff.
func Node(name string, backoff time.Duration, addrs ...netip.Addr) runtimes.Node {
	return runtimes.Node{
		Name: name, Region: "test", Role: "node", Args: []string{NodeCommand, name}, Addrs: addrs,
		Ready:   "http://" + netip.AddrPortFrom(addrs[0], port).String() + "/healthz",
		Restart: true, Backoff: backoff,
	}
}

// Main runs the program that args name; ok is false if they name none.
func Main(args []string) (code int, ok bool) {
	if len(args) == 0 {
		return 0, false
	}
	var err error
	switch args[0] {
	case NodeCommand:
		err = node(args[1:])
	case HelperCommand:
		err = Helper(context.Background(), args[1:], os.Stdin, os.Stdout)
	default:
		return 0, false
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, args[0]+":", err)
		return 1, true
	}
	return 0, true
}

// node serves until SIGTERM. GET /exit?code=N ends it by itself.
func node(args []string) error {
	if len(args) == 0 {
		return errors.New("no name")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /exit", func(_ http.ResponseWriter, r *http.Request) {
		code, err := strconv.Atoi(r.FormValue("code"))
		if err == nil {
			os.Exit(code)
		}
	})
	l, err := net.Listen("tcp", ":"+strconv.Itoa(port))
	if err != nil {
		return err
	}
	fmt.Printf("started %s\n", args[0])
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
	go server.Serve(l)
	<-ctx.Done()
	fmt.Printf("stopping %s\n", args[0])
	return server.Close()
}

// Helper prints the addresses that it sees, one a line, then "ready", then
// what it reads. It ends when stdin does, or lingers if args say so. With "disk" it
// is asked about a disk, and with "ask" it asks others.
func Helper(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	if len(args) > 0 && args[0] == "disk" {
		return diskHelper(stdin, stdout)
	}
	if len(args) > 0 && args[0] == "ask" {
		return askHelper(stdin, stdout)
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return err
	}
	for _, a := range addrs {
		fmt.Fprintln(stdout, a)
	}
	fmt.Fprintln(stdout, "ready")
	lines := bufio.NewScanner(stdin)
	for lines.Scan() {
		if _, err := fmt.Fprintln(stdout, lines.Text()); err != nil {
			return err
		}
	}
	if len(args) > 0 && args[0] == "linger" {
		<-ctx.Done()
		select {} // must be killed
	}
	return lines.Err()
}
