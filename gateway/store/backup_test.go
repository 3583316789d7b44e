//go:build unix

package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// backups lists the backup files of node i, oldest first.
func (c *cluster) backups(i int) []string {
	c.t.Helper()
	names, err := filepath.Glob(filepath.Join(c.nodes[i].Dir, "backups", "*.snapshot"))
	if err != nil {
		c.t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func startBackup(t *testing.T, every time.Duration) *cluster {
	c := start(t, 3, func(c *Config) { c.Replication, c.BackupEvery = Backup, every })
	c.ready(0, 1, 2)
	return c
}

func TestBackupRestores(t *testing.T) {
	c := startBackup(t, 200*time.Millisecond)
	c.must(0, span(1, 20)...)
	c.holds(1, "[[1 20]]")
	c.holds(2, "[[1 20]]")
	until(t, "three backups", func() bool { return len(c.backups(1)) == 3 })
	c.kill(0)
	lead := c.elected(1, 2)
	c.has("note "+c.nodes[lead].Name, "restored 20 orders")
	c.must(lead, 21)
	c.holds(lead, "[[1 21]]")
	c.run(0)
	c.holds(0, "[[1 21]]")
	// A new one is there for a moment before the oldest is removed.
	until(t, "three backups again", func() bool { return len(c.backups(3-lead)) == 3 })
}

func TestBackupPassesOverDamage(t *testing.T) {
	c := startBackup(t, time.Hour) // only the first, empty one: the others are sent below
	send := func(epoch, taken, upTo uint64) {
		t.Helper()
		for _, i := range []int{1, 2} {
			if status, body, _ := c.do(i, "PUT", "/backup", backupText(t, epoch, taken, upTo)); status != 204 {
				t.Fatalf("backup: %d %s", status, body)
			}
		}
	}
	epoch := c.status(0).Epoch
	send(epoch, 1<<62, 5)
	send(epoch, 1<<62+1, 9)
	c.holds(1, "[[1 9]]")
	for _, i := range []int{1, 2} {
		all := c.backups(i)
		newest := all[len(all)-1]
		text, err := os.ReadFile(newest)
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)-3] ^= 1
		if err := os.WriteFile(newest, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c.kill(0)
	lead := c.elected(1, 2)
	c.holds(lead, "[[1 5]]")
	c.has("is passed over: corrupt snapshot")
}

// A damaged and a missing copy are found while nobody needs them, and passed over
// when somebody does.
func TestBackupFromAnotherPlace(t *testing.T) {
	c := start(t, 3, func(c *Config) {
		c.Replication, c.BackupEvery, c.BackupCheck = Backup, 200*time.Millisecond, 100*time.Millisecond
	})
	c.ready(0, 1, 2)
	c.must(0, span(1, 20)...)
	c.holds(1, "[[1 20]]")
	c.holds(2, "[[1 20]]")
	ask := func(node int, method, path, want string) {
		t.Helper()
		if status, body, _ := c.do(node, method, path, ""); status != 204 {
			t.Fatalf("%s %s: %d %s", method, path, status, body)
		}
		c.has("health "+c.nodes[node].Name, want, "via:backups")
	}
	ask(1, "POST", "/copies/damage?how=truncate", "to:unhealthy")
	ask(1, "DELETE", "/copies/damage", "to:healthy")
	ask(2, "POST", "/copies/damage?how=remove", "to:unhealthy")
	c.kill(0)
	c.holds(c.elected(1, 2), "[[1 20]]")
}

func TestBackupIsChecked(t *testing.T) {
	c := startBackup(t, time.Hour)
	epoch := c.status(0).Epoch
	good := backupText(t, epoch, 1<<62, 3)
	for _, tt := range []struct {
		name, body string
		node, want int
	}{
		{"damaged", strings.Replace(good, `"item":"x"`, `"item":"y"`, 1), 1, 422},
		{"no backup", "hello", 1, 422},
		{"cut off", good[:len(good)-1], 1, 422},
		{"of an old leader", backupText(t, epoch-1, 1<<62, 3), 1, 409},
		{"to the leader", good, 0, 409},
	} {
		if status, body, _ := c.do(tt.node, "PUT", "/backup", tt.body); status != tt.want {
			t.Errorf("%s: %d %s, want %d", tt.name, status, body, tt.want)
		}
	}
}

func TestBackupReturnOfThePrimary(t *testing.T) {
	c := startBackup(t, 300*time.Millisecond)
	c.must(0, span(1, 5)...)
	c.holds(1, "[[1 5]]")
	c.holds(2, "[[1 5]]")
	c.tail(6, 7)
	c.must(c.leader(1, 2), 8)
	c.run(0)
	c.holds(0, "[[1 5] [8 8]]")
	_, body, _ := c.do(0, "GET", "/divergent", "")
	if want := fmt.Sprintf(`"count":%d,"ids":["6","7"]`, 2); !strings.Contains(body, want) {
		t.Errorf("divergent: %s, want %s", body, want)
	}
}
