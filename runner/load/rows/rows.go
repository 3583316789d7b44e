// Package rows is a ledger of numbered rows in PostgreSQL: it writes them one by
// one, tells how each write ended by what the server said, and reads them back.
package rows

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Config says where rows go.
type Config struct {
	URL      string // without a password
	Password string
	Table    string
	Run      string // in every row: what tells the rows of one run
	// Fresh opens a connection for every write.
	Fresh bool
	// Dial connects; it resolves names.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// DefaultTable is where rows go when nothing else is said.
const DefaultTable = "drillctl_ledger"

// A DB is one database, or several of which one takes writes. It is safe for
// concurrent use; idle connections are kept, so that it has to be closed.
type DB struct {
	cfg   Config
	pg    *pgconn.Config
	table string

	mu     sync.Mutex
	idle   []*session
	closed bool
}

// A session is one connection.
type session struct {
	c *pgconn.PgConn
	// warned says that the server warned since the statement began.
	warned string
}

// Open reads the configuration; it connects to nobody.
func Open(cfg Config) (*DB, error) {
	pg, err := pgconn.ParseConfig(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err) // it names no password
	}
	d := &DB{cfg: cfg, pg: pg, table: cfg.Table}
	if d.table == "" {
		d.table = DefaultTable
	}
	if cfg.Password != "" {
		pg.Password = cfg.Password
	}
	if cfg.Dial != nil {
		pg.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			if network == "unix" {
				return (&net.Dialer{}).DialContext(ctx, network, address)
			}
			return cfg.Dial(ctx, network, address)
		}
		pg.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	}
	return d, nil
}

// hosts counts the different ones: a fallback may be the same without TLS.
func hosts(pg *pgconn.Config) int {
	all := map[string]bool{net.JoinHostPort(pg.Host, strconv.Itoa(int(pg.Port))): true}
	for _, f := range pg.Fallbacks {
		all[net.JoinHostPort(f.Host, strconv.Itoa(int(f.Port)))] = true
	}
	return len(all)
}

// connect finds a server that fits. Where the URL does not say how long one host
// may take, each gets its part of what ctx allows: one that is silent must not
// keep the others from being asked.
func (d *DB) connect(ctx context.Context) (*session, error) {
	s := &session{}
	pg := d.pg.Copy()
	if until, ok := ctx.Deadline(); ok && pg.ConnectTimeout == 0 {
		pg.ConnectTimeout = time.Until(until) / time.Duration(hosts(pg))
	}
	pg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if n.Severity == "WARNING" || n.SeverityUnlocalized == "WARNING" {
			s.warned = n.Message
		}
	}
	var err error
	s.c, err = pgconn.ConnectConfig(ctx, pg)
	return s, err
}

// Prepare makes the table where it is missing, and keeps its connection for the
// first write: a server that is slow to connect to is no slower than it is.
func (d *DB) Prepare(ctx context.Context) error {
	s, _, err := d.take(ctx)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if err := d.makeTable(ctx, s); err != nil {
		s.end()
		return err
	}
	d.give(s)
	return nil
}

func (d *DB) makeTable(ctx context.Context, s *session) error {
	there, err := s.value(ctx, "select to_regclass($1) is not null", d.table)
	if err != nil || there == "t" {
		return wrap("looking for table "+d.table, err)
	}
	_, err = s.value(ctx, "create table if not exists "+d.table+" (run text not null, n bigint not null, at timestamptz not null default now(), primary key (run, n))")
	var said *pgconn.PgError
	if errors.As(err, &said) && said.Code == "23505" {
		return nil // somebody else was quicker
	}
	return wrap("making table "+d.table, err)
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("database: %s: %w", doing, err)
}

// value runs one statement and gives the first value of its first row, "" for
// none.
func (s *session) value(ctx context.Context, sql string, args ...string) (string, error) {
	r := s.c.ExecParams(ctx, sql, texts(args), nil, nil, nil).Read()
	if r.Err != nil || len(r.Rows) == 0 || len(r.Rows[0]) == 0 {
		return "", r.Err
	}
	return string(r.Rows[0][0]), nil
}

func texts(args []string) [][]byte {
	var out [][]byte
	for _, a := range args {
		out = append(out, []byte(a))
	}
	return out
}

// endPatience is for saying goodbye.
const endPatience = time.Second

func (s *session) end() {
	ctx, cancel := context.WithTimeout(context.Background(), endPatience)
	defer cancel()
	_ = s.c.Close(ctx) // the server notices either way
}

// Read gives the numbers of the run's rows, over a connection of its own.
func (d *DB) Read(ctx context.Context) ([]uint64, error) {
	s, err := d.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	defer s.end()
	r := s.c.ExecParams(ctx, "select n from "+d.table+" where run = $1", texts([]string{d.cfg.Run}), nil, nil, nil).Read()
	if r.Err != nil {
		return nil, wrap("reading the rows", r.Err)
	}
	out := make([]uint64, 0, len(r.Rows))
	for _, row := range r.Rows {
		n, err := strconv.ParseUint(strings.TrimSpace(string(row[0])), 10, 64)
		if err != nil {
			return nil, wrap("reading the rows", err)
		}
		out = append(out, n)
	}
	return out, nil
}

// Close ends the idle connections; others end when their write has.
func (d *DB) Close() {
	d.mu.Lock()
	idle := d.idle
	d.idle, d.closed = nil, true
	d.mu.Unlock()
	for _, s := range idle {
		s.end()
	}
}
