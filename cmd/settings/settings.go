// Package settings are those of the tool, never of a drill: from flags, DRILLCTL_*
// and drillctl.yaml.
package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/reports"
)

// Settings are of the tool, never of a drill: what is drilled and what is asked
// of it stands in the scenario. A flag wins over DRILLCTL_*, that over
// drillctl.yaml, that over the default.
type Settings struct {
	v        *viper.Viper
	file     string
	runtimes []string // that can be chosen, the default first
}

// settingKeys are all keys, so that a misspelt one in drillctl.yaml is told.
var settingKeys = []string{"state-dir", "log-level", "log-format", "color", "output", "runtime", "allow-remote", "signing-key"}

// Bind gives root the flags of settings, and has them read before each
// command that uses any. The runtimes are those that can be chosen, the default
// first.
func Bind(root *cobra.Command, runtimes []string) *Settings {
	s := &Settings{v: viper.New(), runtimes: runtimes}
	f := root.PersistentFlags()
	f.StringVar(&s.file, "config", "", "settings file (default drillctl.yaml here, if there is one)")
	f.String("state-dir", ".drillctl", "where runs are kept")
	f.String("log-level", "warn", "what to log to stderr: debug, info, warn or error")
	f.String("log-format", "text", "how to log: text or json")
	f.String("color", "auto", "colour: auto, always or never")
	f.Bool("allow-remote", false, "use a container engine that is reached over a network")
	s.v.SetEnvPrefix("DRILLCTL")
	s.v.SetEnvKeyReplacer(strings.NewReplacer("-", "_"))
	s.v.AutomaticEnv()
	for _, key := range []string{"state-dir", "log-level", "log-format", "color", "allow-remote"} {
		_ = s.v.BindPFlag(key, f.Lookup(key)) // fails for a nil flag only
	}
	s.v.SetDefault("output", "table")
	s.v.SetDefault("runtime", runtimes[0])
	s.v.SetDefault("notify", true)
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		if !usesSettings(c) {
			return nil
		}
		return s.Load()
	}
	return s
}

// usesSettings is false for what must work whatever drillctl.yaml says: help,
// version and completions, and the roles in a drill, whose maker has read it.
func usesSettings(c *cobra.Command) bool {
	for ; c.HasParent(); c = c.Parent() {
		if c.Hidden || c.GroupID == "more" {
			return false
		}
		if c.Parent() == c.Root() {
			return true
		}
	}
	return false
}

// Load reads the settings file. A file that was named must exist; the default
// one need not.
func (s *Settings) Load() error {
	path := s.file
	if path == "" {
		path = "drillctl.yaml"
	}
	s.v.SetConfigFile(path)
	s.v.SetConfigType("yaml")
	err := s.v.ReadInConfig()
	if errors.Is(err, fs.ErrNotExist) && s.file == "" {
		return s.check()
	}
	if err != nil {
		return exit.Usagef("--config names another file", "settings %s: %w", path, exit.Reason(err))
	}
	for _, key := range s.v.AllKeys() {
		if known := slices.Concat(settingKeys, notifySettings); !slices.Contains(known, key) {
			return exit.Usagef("known settings: "+strings.Join(known, ", "), "settings %s: unknown key %q", path, key)
		}
	}
	return s.check()
}

func (s *Settings) check() error {
	for key, allowed := range map[string][]string{
		"log-level":  {"debug", "info", "warn", "error"},
		"log-format": {"text", "json"},
		"color":      {"auto", "always", "never"},
		"output":     reports.Names(),
		"runtime":    s.runtimes,
		"notify":     {"true", "false"},
	} {
		if got := s.v.GetString(key); !slices.Contains(allowed, got) {
			return exit.Usagef("allowed: "+strings.Join(allowed, ", "), "%s: %q is not known", key, got)
		}
	}
	return nil
}

// StateDir is where runs are kept, as an absolute path.
func (s *Settings) StateDir() (string, error) {
	dir, err := filepath.Abs(s.v.GetString("state-dir"))
	if err != nil {
		return "", fmt.Errorf("state directory: %w", err)
	}
	return dir, nil
}

// Follow lets a flag that was given win over the setting of its name.
func (s *Settings) Follow(f *pflag.Flag) { _ = s.v.BindPFlag(f.Name, f) } // fails for a nil flag only

// AllowRemote says whether the engine of another machine may be used.
func (s *Settings) AllowRemote() bool { return s.v.GetBool("allow-remote") }

// Notifies says whether anybody is told of drills.
func (s *Settings) Notifies() bool { return s.v.GetBool("notify") }

// Runtime is where systems run unless a flag says otherwise.
func (s *Settings) Runtime() string { return s.v.GetString("runtime") }

// Output is the format that is printed unless a flag says otherwise.
func (s *Settings) Output() string { return s.v.GetString("output") }

// UseColor decides for one stream.
func (s *Settings) UseColor(env terminal.Env, tty bool) bool {
	switch s.v.GetString("color") {
	case "always":
		return true
	case "never":
		return false
	}
	return env.Color(tty)
}

// Logger writes to stderr.
func (s *Settings) Logger(env terminal.Env) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.v.GetString("log-level"))) // checked by check
	opts := &slog.HandlerOptions{Level: level}
	if s.v.GetString("log-format") == "json" {
		return slog.New(slog.NewJSONHandler(env.Err, opts))
	}
	return slog.New(slog.NewTextHandler(env.Err, opts))
}
