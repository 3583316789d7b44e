package ask

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// secretHeaders hold secrets and nothing else.
var secretHeaders = []string{"Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "Api-Key", "X-Auth-Token", "X-Access-Token", "X-Vault-Token", "Private-Token"}

const secretWord = `(?:[a-z0-9_-]*(?:token|secret|password|passwd|api[_-]?key|access[_-]?key|credential)[a-z0-9_-]*)`

var (
	secretPair  = regexp.MustCompile(`(?i)[?&]` + secretWord + `=([^&\s"']*)`)
	userPass    = regexp.MustCompile(`://[^/@\s:"']*:([^/@\s"']+)@`)
	headerValue = regexp.MustCompile(`(?i)(?:authorization|password|cookie|x-api-key|api-key|x-auth-token|x-access-token|x-vault-token|private-token)["']?\s*:\s*["']?((?:\$\{[^}]*\}|[^"',}\s])(?:\$\{[^}]*\}|[^"',}])*)`)
)

// literal refuses secrets that are written out: the scenario is copied into
// every run's directory.
func (p Problems) literal(key, text string, secret bool) {
	if secret && text != "" && len(Variables(text)) == 0 {
		p[key] = errors.New("a secret that is written here would be copied into every run; take it from the environment, as ${NAME}")
	}
}

// Literals are the secrets that are written out in a request as the scenario has
// it, by key: once values are put in, there are others.
func (r Request) Literals() Problems { return literals(r.Path, r.Headers) }

// Literals are the secrets that are written out in a read-back.
func (r ReadBack) Literals() Problems { return literals(r.Path, r.Headers) }

func literals(path string, h Pairs) Problems {
	p := Problems{}
	for _, m := range secretPair.FindAllStringSubmatch(path, -1) {
		p.literal("path", strings.ReplaceAll(m[1], "{{", "${X}{{"), true) // a record's name is no secret
	}
	for name, v := range h {
		p.literal("headers."+name, v, slices.Contains(secretHeaders, http.CanonicalHeaderKey(name)))
	}
	return p
}

// Mask writes stars over what looks like a secret in a line of a scenario. What
// comes from the environment is none, and the line keeps its width.
func Mask(line string) string {
	for _, form := range []*regexp.Regexp{userPass, secretPair, headerValue} {
		for _, m := range slices.Backward(form.FindAllStringSubmatchIndex(line, -1)) {
			if value := line[m[2]:m[3]]; len(Variables(value)) == 0 {
				line = line[:m[2]] + strings.Repeat("*", utf8.RuneCountInString(value)) + line[m[3]:]
			}
		}
	}
	return line
}
