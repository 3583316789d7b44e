package exit

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
)

var errDisk = errors.New("disk full")

func TestExitCode(t *testing.T) {
	verdict := func(v drill.Verdict, outcome string) error { return verdictError{v, outcome} }
	stuck := fmt.Errorf("%w: steps[0]: gone mad", runner.ErrStuck)
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"nothing":                      {nil, 0},
		"no objective asked":           {verdict(drill.Pass, runner.Completed), 0},
		"missed":                       {verdict(drill.Fail, runner.Completed), 1},
		"missed and a close error":     {errors.Join(errDisk, verdict(drill.Fail, runner.Completed)), 1},
		"inconclusive":                 {verdict(drill.Inconclusive, runner.Completed), 3},
		"never steady":                 {verdict(drill.Inconclusive, runner.Precondition), 3},
		"no effect":                    {verdict(drill.Inconclusive, runner.NoEffect), 3},
		"aborted":                      {verdict(drill.Inconclusive, runner.Aborted), 3},
		"aborted and missed":           {verdict(drill.Fail, runner.Aborted), 1},
		"engine error":                 {verdict(drill.Inconclusive, runner.Errored), 4},
		"interrupted":                  {verdict(drill.Inconclusive, runner.Interrupted), 130},
		"interrupted and missed":       {verdict(drill.Fail, runner.Interrupted), 130},
		"interrupted while raising":    {fmt.Errorf("%w while the system was raised", runner.ErrInterrupted), 130},
		"usage":                        {Usagef("hint", "no"), 2},
		"usage, wrapped":               {fmt.Errorf("plan: %w", Usagef("hint", "no")), 2},
		"could not run":                {fmt.Errorf("%w: no namespaces", runner.ErrCannotRun), 4},
		"passed, but the disk is full": {errors.Join(errDisk, nil), 4},
		"told":                         {Told{CannotRun}, 4},
		"left broken":                  {stuck, 5},
		"left broken and missed":       {errors.Join(stuck, verdict(drill.Fail, runner.Completed)), 5},
		"left broken and interrupted":  {errors.Join(verdict(drill.Inconclusive, runner.Interrupted), stuck), 5},
		"left broken and interrupt":    {errors.Join(runner.ErrInterrupted, stuck), 5},
		"left broken and usage":        {errors.Join(Usagef("", "no"), stuck), 5},
		"left broken and could not":    {errors.Join(runner.ErrCannotRun, stuck), 5},
		"left broken and told":         {errors.Join(Told{Usage}, stuck), 5},
	} {
		if got := Code(c.err); got != c.want {
			t.Errorf("%s: exit %d, want %d", name, got, c.want)
		}
	}
}

func TestTell(t *testing.T) {
	missed := verdictError{drill.Fail, runner.Completed}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"nothing":                   {nil, ""},
		"verdict":                   {missed, ""},
		"verdict alone in a join":   {errors.Join(nil, nil, missed), ""},
		"verdict in nested joins":   {errors.Join(errors.Join(missed), nil), ""},
		"told":                      {errors.Join(Told{2}), ""},
		"plain":                     {errDisk, "drillctl: error: disk full\n"},
		"plain beside a verdict":    {errors.Join(errDisk, missed), "drillctl: error: disk full\n"},
		"two":                       {errors.Join(errDisk, errors.New("and slow")), "drillctl: error: disk full\ndrillctl: error: and slow\n"},
		"a sentence that wraps two": {fmt.Errorf("%w: %w", runner.ErrCannotRun, errDisk), "drillctl: error: could not run: disk full\n"},
		"usage":                     {Usagef("try a", "no b"), "drillctl: error: no b\ndrillctl: hint: try a\n"},
		"usage without a hint":      {Usagef("", "no b"), "drillctl: error: no b\ndrillctl: hint: see 'drillctl x --help'\n"},
		"hinted, wrapped":           {fmt.Errorf("run: %w", Hint(errDisk, "buy one")), "drillctl: error: run: disk full\ndrillctl: hint: buy one\n"},
		"one hint for both":         {errors.Join(Hint(errDisk, "buy one"), Hint(errors.New("and slow"), "buy one")), "drillctl: error: disk full\ndrillctl: hint: buy one\ndrillctl: error: and slow\n"},
		"several lines":             {errors.New("nodes are not ready:\na: no\nb: no"), "drillctl: error: nodes are not ready:\n  a: no\n  b: no\n"},
	} {
		var b bytes.Buffer
		Tell(&b, "drillctl x", c.err)
		if b.String() != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, b.String(), c.want)
		}
	}
}
