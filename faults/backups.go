package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

var corruptBackup = Kind{
	Name:    "corrupt-backup",
	Summary: "Damage every backup that the targets keep, or take it away.",
	Doc: `For the bundled system with replication backup: the targets are stores or object
stores (role vault) that keep backups. While the fault lasts their medium rots: all
backups that are there, and those that come, are damaged on the disk; their
manifests go on saying what they should be. Verified by reading every listed backup
as a restore would, and by its SHA-256 against the manifest: all must differ, and
afterwards none. Backups are kept aside as they were, and put back at the end.
What cannot be taken back: a backup that its keeper removed for a newer one
meanwhile, and what a restore made of a damaged one.`,
	Excludes: []string{"kill", "stop", "pause", "power-loss"},
	Fits:     needs[runtimes.Dialer]("connect to"),
	New:      func() Fault { return &CorruptBackup{How: "flip"} },
}

// CorruptBackup is a medium that rots.
type CorruptBackup struct {
	How string `json:"how" yaml:"how" doc:"flip inverts some bytes, truncate leaves an eighth, remove leaves nothing" enum:"flip,truncate,remove"`
}

// Check implements Checker.
func (f *CorruptBackup) Check() map[string]string {
	if !slices.Contains([]string{"flip", "truncate", "remove"}, f.How) {
		return map[string]string{"how": "must be flip, truncate or remove"}
	}
	return nil
}

// Patience implements Patient: of a system that is young the first backup has to
// come.
func (f *CorruptBackup) Patience() time.Duration { return 15 * time.Second }

// Arm implements Fault.
func (f *CorruptBackup) Arm(ctx context.Context, on []Target) (Armed, error) {
	if len(on) == 0 {
		return nil, runtimes.ErrNoInstance
	}
	for _, t := range on {
		if _, err := (keeper{t.Instance}).list(ctx); err != nil {
			return nil, fmt.Errorf("it keeps no backups (stores and vaults of replication backup do): %w", err)
		}
	}
	return &corrupted{f, on}, nil
}

// Undo implements Fault.
func (f *CorruptBackup) Undo(ctx context.Context, in runtimes.Instance) error {
	_, err := askDoor(ctx, in, http.MethodDelete, "/copies/damage", nil)
	return err
}

type corrupted struct {
	f  *CorruptBackup
	on []Target
}

func (c *corrupted) Fire(ctx context.Context) (map[string]time.Duration, error) {
	return each(ctx, c.on, func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
		_, err := askDoor(ctx, in, http.MethodPost, "/copies/damage?how="+c.f.How, nil)
		return mono.Now(), err
	})
}

func (c *corrupted) Revert(ctx context.Context) (map[string]time.Duration, error) {
	return undoEach(ctx, c.on, c.f)
}

func (c *corrupted) Verify(ctx context.Context, want bool) ([]Evidence, error) {
	var out []Evidence
	var errs error
	for _, t := range c.on {
		e, err := keeper{t.Instance}.look(ctx, want)
		if err != nil {
			errs = errors.Join(errs, err)
			continue
		}
		out = append(out, e)
	}
	return out, errs
}

func (c *corrupted) Close() error { return nil }
