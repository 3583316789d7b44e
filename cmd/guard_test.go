package cmd

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
)

// registered are the commands that the runner knows, as of
// https://github.com/actions/runner, ActionCommandManager.cs.
var registered = []string{"internal-set-repo-path", "set-env", "set-output", "save-state", "add-path", "add-mask", "add-matcher", "remove-matcher",
	"debug", "error", "warning", "notice", "group", "endgroup", "echo", "stop-commands"}

// workflowCommands are those that the runner finds in what a step prints, read as
// its ActionCommand does: a line that begins with "::" (TryParseV2), or that has
// "##[" anywhere (TryParse). What its comparisons may skip is taken out first.
func workflowCommands(printed string) []string {
	var found []string
	for _, line := range strings.FieldsFunc(printed, func(r rune) bool { return r == '\n' || r == '\r' }) {
		seen := strings.Map(func(r rune) rune {
			if r == '\u200b' || r == '\u00ad' || r == '\ufeff' || unicode.IsControl(r) && r != '\t' {
				return -1
			}
			return r
		}, line)
		seen = strings.TrimSpace(seen)
		if info, data, ok := strings.Cut(strings.TrimPrefix(seen, "::"), "::"); ok && strings.HasPrefix(seen, "::") {
			if name, _, _ := strings.Cut(info, " "); slices.Contains(registered, name) {
				found = append(found, name+": "+data)
				continue
			}
		}
		if _, after, ok := strings.Cut(seen, "##["); ok {
			if info, data, ok := strings.Cut(after, "]"); ok {
				if name, _, _ := strings.Cut(info, " "); slices.Contains(registered, name) {
					found = append(found, name+": "+data)
				}
			}
		}
	}
	return found
}

// actions are the variables of GitHub Actions.
func actions(name string) string { return map[string]string{"GITHUB_ACTIONS": "true"}[name] }

func inActions(out, err io.Writer) terminal.Env {
	return terminal.Guarded(terminal.Env{Out: out, Err: err, Getenv: actions})
}

func TestGuard(t *testing.T) {
	for text, want := range map[string]string{
		"::error::x\n":                            ": :error::x\n",
		"a\r  \t::add-mask::b":                    "a\r  \t: :add-mask::b",
		"\u200b::error::x":                        "\u200b: :error::x",
		":\u200b:error::x":                        ":\u200b :error::x",
		"\x1b::error::x":                          "\x1b: :error::x",
		"at 10:30 ::error::x":                     "at 10:30 ::error::x",
		"fe80::1 a":                               "fe80::1 a",
		"a ##[error]x ###[b] ##x[":                "a ## [error]x ### [b] ##x[",
		"a #\u00ad#[error]x":                      "a #\u00ad# [error]x",
		`{"a": "##[error]x",` + "\n" + ` "b": 1}`: `{"a": "##\u005berror]x",` + "\n" + ` "b": 1}`,
		"\n [\"##[error]x ##\\u005b\"]":           "\n [\"##\\u005berror]x ##\\u005b\"]",
	} {
		for cut := range len(text) + 1 { // however it is written
			var b bytes.Buffer
			g := inActions(&b, io.Discard).Out
			for _, part := range []string{text[:cut], text[cut:]} {
				if n, err := g.Write([]byte(part)); err != nil || n != len(part) {
					t.Fatal(n, err)
				}
			}
			if b.String() != want {
				t.Errorf("%q cut at %d: %q, want %q", text, cut, b.String(), want)
			}
		}
		if left := workflowCommands(want); len(left) > 0 {
			t.Errorf("%q is still taken as %q", want, left)
		}
	}
	var b bytes.Buffer
	if err := writeJSON(inActions(&b, io.Discard).Out, map[string]string{"a": "##[error]x\n::error::y"}); err != nil {
		t.Fatal(err)
	}
	var back map[string]string
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back["a"] != "##[error]x\n::error::y" {
		t.Errorf("%s: %v, %v", b.String(), back, err)
	}
}

// Only what the runner reads is guarded: not files, not elsewhere, and not what
// drillctl's own processes say to each other.
func TestGuardedWhere(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out bytes.Buffer
	in := terminal.Guarded(terminal.Env{Out: file, Err: &out, Getenv: actions})
	if in.Out != file || in.Err == &out || terminal.Unguarded(in).Err != &out {
		t.Errorf("in GitHub Actions: %T and %T", in.Out, in.Err)
	}
	if e := terminal.Guarded(terminal.Env{Err: &out, Getenv: func(string) string { return "" }}); e.Err != &out {
		t.Errorf("elsewhere: %T", e.Err)
	}
	var said bytes.Buffer
	code := Main([]string{"run", "##[error]planted\n::error::planted"}, terminal.Env{In: new(bytes.Buffer), Out: &said, Err: &said, Width: func() int { return 80 }, Getenv: actions})
	if found := workflowCommands(said.String()); code != exit.Usage || len(found) > 0 || !strings.Contains(said.String(), "planted") {
		t.Errorf("exit %d: %q are commands in\n%s", code, found, said.String())
	}
}
