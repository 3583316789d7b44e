// Package build says which drillctl this is.
package build

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/drillctl/drillctl/drill"
)

// version is set by the release build.
var version = "dev"

// Tool says which drillctl this is. The commit is known when it was built from
// a checkout.
func Tool() drill.Tool {
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

// Digest is the SHA-256 of this executable, "" when it cannot be read.
func Digest(exe string) string {
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
