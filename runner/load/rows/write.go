package rows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/drillctl/drillctl/drill"
)

// An Outcome is how one write ended.
type Outcome struct {
	Ack    drill.Ack
	Reused bool // it went over a kept connection
	// Err is nil when the server said that the row is committed.
	Err error
}

// errUnsure is a commit about which the server warned.
var errUnsure = errors.New("committed with a warning")

// Unsure says that the server answered a write with a warning, and not an error.
func (o Outcome) Unsure() bool { return errors.Is(o.Err, errUnsure) }

// Write stores one row, in a transaction of its own, and is never repeated.
func (d *DB) Write(ctx context.Context, n uint64) Outcome {
	s, reused, err := d.take(ctx)
	if err != nil {
		return Outcome{drill.Rejected, false, err} // nobody was told of it
	}
	s.warned = ""
	args := texts([]string{d.cfg.Run, strconv.FormatUint(n, 10)})
	_, err = s.c.ExecParams(ctx, "insert into "+d.table+" (run, n) values ($1, $2)", args, nil, nil, nil).Close()
	if err == nil && s.warned != "" {
		// Such as: cancelled while it waited for the standby; it is here, and
		// perhaps nowhere else.
		err = fmt.Errorf("%w: %s", errUnsure, s.warned)
	}
	if err == nil {
		d.give(s)
		return Outcome{drill.Acked, reused, nil}
	}
	s.end()
	return Outcome{fate(err), reused, err}
}

// fate is what an error says of the row.
func fate(err error) drill.Ack {
	var said *pgconn.PgError
	switch {
	case errors.Is(err, errUnsure):
		return drill.Indeterminate
	case pgconn.SafeToRetry(err):
		return drill.Rejected // nothing was sent
	case !errors.As(err, &said):
		return drill.Indeterminate
	case !slices.Contains([]string{said.Severity, said.SeverityUnlocalized}, "ERROR"):
		return drill.Indeterminate // a server that ends the connection may have committed
	case said.Code == codeDuplicate || said.Code[:min(2, len(said.Code))] == classConnection || said.Code == codeUnknownFate:
		return drill.Indeterminate
	}
	return drill.Rejected // an ERROR rolls back
}

const (
	codeDuplicate   = "23505" // it is there already, so somebody repeated it
	codeUnknownFate = "40003" // statement_completion_unknown, of poolers and clusters
	classConnection = "08"
)

// take gives an idle connection, or a new one.
func (d *DB) take(ctx context.Context) (s *session, reused bool, err error) {
	d.mu.Lock()
	if last := len(d.idle) - 1; last >= 0 {
		s, d.idle = d.idle[last], d.idle[:last]
	}
	d.mu.Unlock()
	if s != nil {
		return s, true, nil
	}
	s, err = d.connect(ctx)
	return s, false, err
}

// give keeps a connection for the next write.
func (d *DB) give(s *session) {
	d.mu.Lock()
	keep := !d.closed && !d.cfg.Fresh
	if keep {
		d.idle = append(d.idle, s)
	}
	d.mu.Unlock()
	if !keep {
		s.end()
	}
}
