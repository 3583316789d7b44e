package load

import (
	"context"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/pace"
	"github.com/drillctl/drillctl/runner/load/probe"
	"github.com/drillctl/drillctl/runner/load/rows"
)

// preparePatience is for making the table: a synchronous standby may have to
// confirm it.
const preparePatience = 10 * time.Second

// openRows prepares the database that takes the writes, if one does.
func (a *attack) openRows() (err error) {
	f := a.cfg.Foreign
	if f == nil || f.Postgres == nil || a.cfg.WriteRate == 0 {
		return nil
	}
	if a.rows, err = a.database(f.Postgres.URL); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), preparePatience)
	defer cancel()
	return a.rows.Prepare(ctx)
}

func (a *attack) database(url string) (*rows.DB, error) {
	f := a.cfg.Foreign
	return rows.Open(rows.Config{
		URL: url, Password: f.Postgres.Password, Table: f.Postgres.Table, Run: f.names().Key(),
		Fresh: a.cfg.Profile == Fresh, Dial: a.dialer.DialContext,
	})
}

func (a *attack) startRows(grid pace.Grid) *route {
	r := &route{name: drill.Write.String(), pacer: pace.New(grid, a.now)}
	return a.attack(r, &probe.RowTripper{
		DB: a.rows, Now: a.now, Grid: grid, Began: a.cfg.BeganMono, Timeout: a.cfg.Timeout, Book: a.book, Flight: &a.flight,
		Emit: func(s drill.Sample) { r.count(s); a.box.put(s) },
	}, probe.RowWrites(r.pacer, a.book))
}

// readRows reads the ledger of one database.
func (a *attack) readRows(ctx context.Context, url string) (ledger, error) {
	ctx, cancel := context.WithTimeout(ctx, foreignPatience)
	defer cancel()
	db, err := a.database(url)
	if err != nil {
		return ledger{}, err
	}
	seqs, err := db.Read(ctx)
	if err != nil {
		return ledger{}, err
	}
	return tally(seqs), nil
}
