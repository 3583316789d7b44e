package conformance

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// What became of a request, beside the status of an answer.
const (
	Silent  = "silent"  // nobody answers
	Refused = "refused" // a connection
	Cut     = "cut"     // connected, but without an answer
)

const (
	dialPatience   = 400 * time.Millisecond
	answerPatience = 2 * time.Second
)

// askHelper reads addresses with ports, a line each, and asks each for /healthz: what
// became of it, and how long it took.
func askHelper(stdin io.Reader, stdout io.Writer) error {
	lines := bufio.NewScanner(stdin)
	for lines.Scan() {
		began := time.Now()
		outcome := ask(lines.Text())
		if _, err := fmt.Fprintln(stdout, outcome, time.Since(began)); err != nil {
			return err
		}
	}
	return lines.Err()
}

func ask(address string) string {
	c, err := net.DialTimeout("tcp", address, dialPatience)
	switch {
	case err != nil && strings.Contains(err.Error(), "refused"):
		return Refused
	case err != nil:
		return Silent
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(answerPatience)); err != nil {
		return Cut
	}
	if _, err := fmt.Fprintf(c, "GET /healthz HTTP/1.0\r\nHost: %s\r\n\r\n", address); err != nil {
		return Cut
	}
	line, _ := bufio.NewReader(c).ReadString('\n') // nothing is an answer, too
	if f := strings.Fields(line); len(f) > 1 {
		return f[1]
	}
	return Cut
}
