package terminal

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// failing is a stream whose other end is in some way.
type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

// Nobody's reading is no error; a disk that is full, or broken, is.
func TestOutlet(t *testing.T) {
	for _, tt := range []struct {
		err  error
		tty  bool
		lost bool
	}{
		{syscall.EPIPE, false, true}, {syscall.EPIPE, true, true}, {syscall.EIO, true, true},
		{syscall.EIO, false, false}, {syscall.ENOSPC, false, false}, {syscall.ENOSPC, true, false},
	} {
		n, err := outlet{failing{&os.PathError{Op: "write", Path: "x", Err: tt.err}}, tt.tty}.Write([]byte("line"))
		if tt.lost && (n != 4 || err != nil) || !tt.lost && !errors.Is(err, tt.err) {
			t.Errorf("%v, terminal %v: %d, %v", tt.err, tt.tty, n, err)
		}
	}
}

// What goes into a file is guarded by nobody, also as a process has it.
func TestFilesAreNotGuarded(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "report"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	env := Guarded(Env{Out: outlet{f, false}, Err: outlet{write, false}, Getenv: func(string) string { return "true" }})
	if _, guarded := env.Out.(*guard); guarded {
		t.Error("a file is guarded")
	}
	if _, guarded := env.Err.(*guard); !guarded {
		t.Error("a pipe is not guarded")
	}
}
