package settings

import (
	"fmt"
	"os"
	"strings"

	"github.com/drillctl/drillctl/cmd/exit"
)

// Secret is a setting that must not be seen: its own value, best from the
// environment, or the content of the file that KEY-file names. No flag sets it,
// since flags are seen in lists of processes.
func (s *Settings) Secret(key string) (string, error) {
	value, path := strings.TrimSpace(s.v.GetString(key)), s.v.GetString(key+"-file")
	if path == "" {
		return value, nil
	}
	if value != "" {
		return "", exit.Usagef("leave one of them out", "settings: both %s and %s-file are set", key, key)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", exit.Usagef(key+"-file names a file that holds nothing else", "settings: %s-file %s: %w", key, path, exit.Reason(err))
	}
	if value = strings.TrimSpace(string(text)); value == "" {
		return "", exit.Usagef("", "settings: %s-file %s is empty", key, path)
	}
	return value, nil
}

// secrets are several, with white space between them; in drillctl.yaml also a
// list. Lines of a file that begin with # are remarks.
func (s *Settings) secrets(key string) ([]string, error) {
	if s.v.GetString(key+"-file") == "" {
		return s.v.GetStringSlice(key), nil
	}
	if len(s.v.GetStringSlice(key)) > 0 {
		return nil, exit.Usagef("leave one of them out", "settings: both %s and %s-file are set", key, key)
	}
	text, err := s.Secret(key)
	if err != nil {
		return nil, err
	}
	var out []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			out = append(out, strings.Fields(line)...)
		}
	}
	return out, nil
}

// misset is a setting that cannot be used; err holds no secret.
func misset(key, hint string, err error) error {
	return exit.Usagef(hint, "settings: %s: %w", key, err)
}

// numbered names one of several values of a setting.
func numbered(key string, i, n int) string {
	if n == 1 {
		return key
	}
	return fmt.Sprintf("%s: number %d of %d", key, i+1, n)
}

// SecretVariables hold settings that nobody else needs to know.
var SecretVariables = []string{"DRILLCTL_NOTIFY_URLS", "DRILLCTL_WEBHOOK_URL", "DRILLCTL_WEBHOOK_SECRET", "DRILLCTL_GRAFANA_TOKEN", "DRILLCTL_OTLP_HEADERS"}

// ForgetSecrets keeps them from the programs that a drill starts, whose output is
// on its record.
func ForgetSecrets() {
	for _, name := range SecretVariables {
		_ = os.Unsetenv(name) // fails for names that cannot be
	}
}
