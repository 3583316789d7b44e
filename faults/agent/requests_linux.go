package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
)

// A line is a request, or the end of them.
type line struct {
	req Request
	err error
	end bool
}

func requests(ctx context.Context, r io.Reader) <-chan line {
	lines := make(chan line)
	put := func(l line) bool {
		select {
		case lines <- l:
			return !l.end
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		in := bufio.NewScanner(r)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			var req Request
			if err := json.Unmarshal(in.Bytes(), &req); err != nil {
				put(line{err: fmt.Errorf("request: %w", err), end: true})
				return
			}
			if !put(line{req: req}) {
				return
			}
		}
		put(line{err: in.Err(), end: true}) // without an error: the lease is over
	}()
	return lines
}
