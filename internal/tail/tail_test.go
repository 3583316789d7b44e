package tail

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestFollow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if _, err := Follow(t.Context(), path, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
	w, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	write := func(text string) {
		if _, err := w.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	gone := make(chan struct{})
	f, err := Follow(t.Context(), path, gone)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewReader(f)
	for _, want := range []string{"one\n", "two\n"} {
		write(want)
		if got, err := lines.ReadString('\n'); got != want || err != nil {
			t.Fatalf("read %q, %v, want %q", got, err, want)
		}
	}
	write("the rest")
	close(gone)
	if got, err := io.ReadAll(lines); string(got) != "the rest" || err != nil {
		t.Errorf("at last %q, %v", got, err)
	}
}

// A Read that waits ends with the context, and when the follower is closed.
func TestFollowEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	for name, end := range map[string]func(*Follower){
		"context": func(*Follower) { cancel() },
		"close":   func(f *Follower) { f.Close(); f.Close() },
	} {
		of := t.Context()
		if name == "context" {
			of = ctx
		}
		f, err := Follow(of, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan int, 1)
		go func() {
			n, _ := f.Read(make([]byte, 1))
			ended <- n
		}()
		end(f)
		if n := <-ended; n != 0 {
			t.Errorf("%s: read %d bytes of nothing", name, n)
		}
		f.Close()
	}
}
