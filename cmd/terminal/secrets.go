package terminal

import (
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/drillctl/drillctl/runner/load/ask"
)

// secretName is what variables of the environment are called that hold secrets.
var secretName = regexp.MustCompile(`(?i)TOKEN|SECRET|PASSW|PASSPHRASE|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIAL|(^|_)AUTH$|AUTHORIZATION`)

// leastSecret is the length of the shortest value that is hidden by the name of
// its variable: shorter ones are words that reports need.
const leastSecret = 8

// Secrets are the secrets of a drill: those that its requests take from the
// environment, and what the environment holds that looks like one. Programs of
// the user's get all of it, and may print it.
func Secrets(asked *ask.Secrets) *ask.Secrets {
	if asked == nil {
		asked = new(ask.Secrets)
	}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if secretName.MatchString(name) && len(value) >= leastSecret {
			asked.Hide(name, value)
		}
		if u, err := url.Parse(value); err == nil && u.User != nil {
			if pass, ok := u.User.Password(); ok && pass != "" {
				asked.Hide(name, pass)
			}
		}
	}
	return asked
}
