package conformance

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/drillctl/drillctl/runtimes"
)

const diskSize = 16 << 20

// disk: a node's disk is of its size, only the node's, and kept over a crash.
func disk(s *system) {
	for i := range s.nodes {
		if s.nodes[i].Name == "a" {
			s.nodes[i].Data, s.nodes[i].Disk = filepath.Join(s.TempDir(), "disk"), diskSize
		}
	}
	all := s.up()
	in := as[runtimes.InMount](s, all[0])
	before := s.onDisk(in, "fill")
	n, err := strconv.Atoi(before)
	if err != nil || n > diskSize || n < diskSize*3/4 {
		s.Errorf("on a disk of %d bytes %q were written", diskSize, before)
	}
	_, err = as[runtimes.Crasher](s, all[0]).Crash(s.ctx, syscall.SIGKILL)
	s.must(err, "Crash")
	s.await(all[0], "running again", func(st runtimes.Status) bool { return st.State == runtimes.Running && st.Restarts == 1 })
	if after := s.onDisk(in, "look"); after != before {
		s.Errorf("after a crash the disk holds %s bytes, before %s", after, before)
	}
	_, _, err = as[runtimes.InMount](s, all[1]).RunInMount(s.ctx, "", []string{HelperCommand, "disk"})
	s.want(err, runtimes.ErrUnsupported, "RunInMount where there is no disk")
}

// onDisk has a helper do something in the disk of an instance.
func (s *system) onDisk(in runtimes.InMount, what string) string {
	s.Helper()
	p, m, err := in.RunInMount(s.ctx, "", []string{HelperCommand, "disk"})
	s.must(err, "RunInMount")
	defer func() {
		if err := p.Close(); err != nil {
			s.Errorf("Close of a helper: %v", err)
		}
	}()
	if _, err := fmt.Fprintln(p, what, m.Dir); err != nil {
		s.Fatal(err)
	}
	line, err := bufio.NewReader(p).ReadString('\n')
	if err != nil {
		s.Fatalf("what the helper says: %q, %v", line, err)
	}
	return strings.TrimSpace(line)
}

// diskHelper fills a directory's disk, or says how large its file there is.
func diskHelper(stdin io.Reader, stdout io.Writer) error {
	lines := bufio.NewScanner(stdin)
	for lines.Scan() {
		what, dir, _ := strings.Cut(lines.Text(), " ")
		file := filepath.Join(dir, "filled")
		if what == "fill" {
			if err := fillDisk(file); err != nil {
				return err
			}
		}
		st, err := os.Stat(file)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(stdout, st.Size()); err != nil {
			return err
		}
	}
	return lines.Err()
}

func fillDisk(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	for range 4 * diskSize >> 12 {
		if _, err = f.Write(make([]byte, 4096)); err != nil {
			break
		}
	}
	if errors.Is(err, syscall.ENOSPC) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
