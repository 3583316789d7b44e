package outputs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports"
)

// maxStepSummary keeps a step summary below what GitHub takes: above 1024 KiB it
// drops all of it.
const maxStepSummary = 900 << 10

// GitHub writes annotations and the step summary when GitHub Actions runs
// us. Annotations go to stderr, which it reads as well, so that stdout stays the
// result.
func GitHub(env terminal.Env, s drill.Suite) error {
	if env.Getenv("GITHUB_ACTIONS") != "true" {
		return nil
	}
	workspace := env.Getenv("GITHUB_WORKSPACE")
	err := reports.Annotations(terminal.Unguarded(env).Err, s, func(path string) string { return inWorkspace(workspace, path) })
	path := env.Getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return err
	}
	return errors.Join(err, appendSummary(path, s))
}

// inWorkspace is a path below the repository, "" for what is none of its files:
// drills of the library, stdin, files elsewhere.
func inWorkspace(workspace, path string) string {
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
		return ""
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	if workspace == "" {
		if workspace, err = os.Getwd(); err != nil {
			return ""
		}
	}
	rel, err := filepath.Rel(workspace, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return ""
	}
	return filepath.ToSlash(rel)
}

func appendSummary(path string, s drill.Suite) error {
	f, err := reports.Lookup("markdown")
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := f.Suite(&b, s, reports.Options{}); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("step summary: %w", err)
	}
	st, err := file.Stat()
	if err == nil {
		_, err = file.Write(cutAtLine(b.Bytes(), maxStepSummary-int(st.Size())))
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("step summary: %w", err)
	}
	return nil
}

// cutAtLine shortens text to at most n bytes, at the end of a line, and says so.
func cutAtLine(text []byte, n int) []byte {
	const note = "\n> … cut here: the step summary is full\n"
	if len(text) <= n {
		return text
	}
	if n -= len(note); n <= 0 {
		return nil
	}
	return append(text[:bytes.LastIndexByte(text[:n], '\n')+1:n], note...)
}
