package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite", without cgo

	"github.com/drillctl/drillctl/drill"
)

// version of the tables: an index of another version is made again.
const version = 1

const tables = `
DROP TABLE IF EXISTS readings; DROP TABLE IF EXISTS labels; DROP TABLE IF EXISTS runs;
CREATE TABLE runs (run TEXT PRIMARY KEY, scenario TEXT NOT NULL, title TEXT NOT NULL, labels TEXT NOT NULL, system TEXT NOT NULL, runtime TEXT NOT NULL,
  began INTEGER NOT NULL, took INTEGER NOT NULL, verdict TEXT NOT NULL, outcome TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX runs_began ON runs (began, run);
CREATE INDEX runs_scenario ON runs (scenario, began);
CREATE INDEX runs_verdict ON runs (verdict, began);
CREATE TABLE labels (label TEXT NOT NULL, run TEXT NOT NULL, PRIMARY KEY (label, run)) WITHOUT ROWID;
CREATE TABLE readings (run TEXT NOT NULL, metric TEXT NOT NULL, value REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, unit TEXT NOT NULL,
  censored INTEGER NOT NULL, PRIMARY KEY (run, metric)) WITHOUT ROWID;
`

// An Index is an open index. Several processes may have it open.
type Index struct{ db *sql.DB }

// Open opens the index at path, or makes an empty one.
func Open(ctx context.Context, path string) (*Index, error) {
	db, err := sql.Open("sqlite", "file:"+url.PathEscape(path)+"?_pragma=busy_timeout(10000)&_pragma=synchronous(normal)&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("history %s: %w", path, err)
	}
	x := &Index{db}
	if err := x.upgrade(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("history %s: %w", path, err), db.Close())
	}
	return x, nil
}

func (x *Index) upgrade(ctx context.Context) error {
	var got int
	if err := x.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&got); err != nil || got == version {
		return err
	}
	return x.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, tables+fmt.Sprintf("PRAGMA user_version = %d;", version))
		return err
	})
}

// Close closes the index.
func (x *Index) Close() error { return x.db.Close() }

func (x *Index) change(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Put adds runs, or replaces what the index has of them.
func (x *Index) Put(ctx context.Context, entries ...Entry) error {
	err := x.change(ctx, func(tx *sql.Tx) error {
		for _, e := range entries {
			if err := put(ctx, tx, e); err != nil {
				return fmt.Errorf("run %s: %w", e.Run, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

func put(ctx context.Context, tx *sql.Tx, e Entry) error {
	if err := remove(ctx, tx, e.Run); err != nil {
		return err
	}
	labels, err := json.Marshal(e.Labels)
	if err != nil {
		return err
	}
	verdict := e.Verdict.String()
	if !e.Finished {
		verdict = Unfinished
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO runs VALUES (?,?,?,?,?,?,?,?,?,?)",
		e.Run, e.Scenario, e.Title, string(labels), e.System, e.Runtime, e.Began.UnixNano(), int64(e.Took), verdict, e.Outcome); err != nil {
		return err
	}
	for _, l := range e.Labels {
		if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO labels VALUES (?,?)", l, e.Run); err != nil {
			return err
		}
	}
	for _, r := range e.Readings {
		if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO readings VALUES (?,?,?,?,?,?,?)", e.Run, r.Metric, r.Value, r.Low, r.High, string(r.Unit), r.Censored); err != nil {
			return err
		}
	}
	return nil
}

func remove(ctx context.Context, tx *sql.Tx, run string) error {
	for _, table := range []string{"runs", "labels", "readings"} {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE run = ?", run); err != nil {
			return err
		}
	}
	return nil
}

// Remove takes runs out of the index.
func (x *Index) Remove(ctx context.Context, runs ...string) error {
	err := x.change(ctx, func(tx *sql.Tx) error {
		for _, r := range runs {
			if err := remove(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

// Known are the runs in the index; the value says whether it has finished. They
// come as two long texts: thousands of rows cost a driver without cgo more than
// everything else that a listing does.
func (x *Index) Known(ctx context.Context) (map[string]bool, error) {
	known := map[string]bool{}
	const list = "SELECT verdict <> ?, group_concat(run, char(10)) FROM runs GROUP BY 1"
	err := x.each(ctx, list, []any{Unfinished}, func(scan func(...any) error) error {
		var finished bool
		var runs string
		err := scan(&finished, &runs)
		for run := range strings.SplitSeq(runs, "\n") {
			known[run] = finished
		}
		return err
	})
	return known, err
}

func (x *Index) each(ctx context.Context, query string, args []any, row func(scan func(...any) error) error) error {
	rows, err := x.db.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return fmt.Errorf("read the history: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	return nil
}

func entryOf(scan func(...any) error) (Entry, error) {
	var e Entry
	var labels, verdict string
	var began, took int64
	if err := scan(&e.Run, &e.Scenario, &e.Title, &labels, &e.System, &e.Runtime, &began, &took, &verdict, &e.Outcome); err != nil {
		return e, err
	}
	e.Began, e.Took, e.Finished = time.Unix(0, began).UTC(), time.Duration(took), verdict != Unfinished
	if e.Finished {
		if err := e.Verdict.UnmarshalText([]byte(verdict)); err != nil {
			return e, err
		}
	}
	return e, json.Unmarshal([]byte(labels), &e.Labels)
}

func readingOf(scan func(...any) error) (run string, r drill.Reading, err error) {
	r.Known = true
	err = scan(&run, &r.Metric, &r.Value, &r.Low, &r.High, &r.Unit, &r.Censored)
	return run, r, err
}
