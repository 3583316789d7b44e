package settings

import (
	"crypto/ed25519"
	"os"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner/evidence"
)

// SigningKey is the key of the settings, nil without one.
func (s *Settings) SigningKey() (ed25519.PrivateKey, error) {
	path := s.v.GetString("signing-key")
	if path == "" {
		return nil, nil
	}
	return PrivateKey(path)
}

// PrivateKey reads a signing key from a PEM file.
func PrivateKey(path string) (ed25519.PrivateKey, error) {
	const hint = "'drillctl keygen PATH' makes one"
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, exit.Usagef(hint, "signing key %s: %w", path, exit.Reason(err))
	}
	key, err := evidence.PrivateKey(text)
	if err != nil {
		return nil, exit.Usagef(hint, "signing key %s: %w", path, err)
	}
	return key, nil
}

// Table are for tables on stdout.
func (s *Settings) Table(env terminal.Env) reports.Options {
	return reports.Options{Color: s.UseColor(env, env.OutTTY), Width: env.Width()}
}
