package agent

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Nothing that others depend on is filled.
func TestMayBeFilled(t *testing.T) {
	shared, err := lookAt("/etc")
	if err != nil {
		t.Fatal(err)
	}
	apart := space{dev: shared.dev + 1, kind: shared.kind, block: 4096, total: 64 << 20, free: 32 << 20}
	spec := Spec{Share: 1, Shared: "/etc", Avoid: []uint64{7}}
	for name, tt := range map[string]struct {
		is   func(s *space, to *Spec)
		want string
	}{
		"apart":              {func(*space, *Spec) {}, ""},
		"a quota":            {func(s *space, _ *Spec) { s.dev = shared.dev }, ""},
		"a small tmpfs":      {func(s *space, _ *Spec) { s.kind = unix.TMPFS_MAGIC }, ""},
		"the engine's disk":  {func(s *space, _ *Spec) { *s = shared }, "engine's own disk"},
		"a part of its pool": {func(s *space, _ *Spec) { s.free, s.total = shared.free, shared.total }, "engine's own disk"},
		"the machine's disk": {func(s *space, _ *Spec) { s.dev, s.kind = 7, unix.XFS_SUPER_MAGIC }, "this machine uses itself"},
		"a wide tmpfs":       {func(s *space, _ *Spec) { s.kind, s.total, s.free = unix.TMPFS_MAGIC, 1<<50, 1<<50 }, "quarter of what is available"},
		"no bounds":          {func(s *space, _ *Spec) { s.kind = unix.RAMFS_MAGIC }, "no bounds"},
		"over a network":     {func(s *space, _ *Spec) { s.kind = unix.NFS_SUPER_MAGIC }, "by NFS"},
		"read-only":          {func(s *space, _ *Spec) { s.readOnly = true }, "read-only"},
		"of no size":         {func(s *space, _ *Spec) { s.total, s.free = 0, 0 }, "how large"},
		"reached already":    {func(_ *space, to *Spec) { to.Share = 0.5 }, "nothing to take"},
		"nothing to compare": {func(_ *space, to *Spec) { to.Shared = "" }, "nothing shows"},
	} {
		t.Run(name, func(t *testing.T) {
			s, to := apart, spec
			tt.is(&s, &to)
			err := s.mayBeFilled(to)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	s := space{block: 1, total: 100, free: 60}
	for share, want := range map[float64]uint64{1: 60, 0.9: 50, 0.4: 0, 0.1: 0} {
		if got := s.missing(share); got != want {
			t.Errorf("to %v: %d are missing, want %d", share, got, want)
		}
	}
}
