package cmd

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/drill"
)

// version is set by the release build.
var version = "dev"

// tool says which drillctl this is. The commit is known when it was built from
// a checkout.
func tool() drill.Tool {
	t := drill.Tool{Version: version, Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return t
	}
	if t.Version == "dev" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		t.Version = info.Main.Version
	}
	dirty := ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			t.Commit = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				dirty = "-dirty"
			}
		}
	}
	if t.Commit != "" {
		t.Commit += dirty
	}
	return t
}

// digest is the SHA-256 of this executable, "" when it cannot be read.
func digest(exe string) string {
	f, err := os.Open(exe)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

func newVersion(env Env) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which drillctl this is",
		Args:  args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			t := tool()
			fmt.Fprintf(env.Out, "drillctl %s\n", t.Version)
			if t.Commit != "" {
				fmt.Fprintf(env.Out, "commit   %s\n", t.Commit)
			}
			fmt.Fprintf(env.Out, "go       %s %s/%s\n", t.Go, runtime.GOOS, runtime.GOARCH)
			fmt.Fprintf(env.Out, "sha256   %s\n", digest(env.Exe))
			return nil
		},
	}
}
