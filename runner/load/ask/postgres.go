package ask

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Postgres is where numbered rows are written and found again, past the API of a
// system.
type Postgres struct {
	URL      string `yaml:"url" json:"url" doc:"where rows are written, e.g. postgres://shop@db:5432/shop; several hosts are tried in order, target_session_attrs=read-write finds the primary" required:"true"`
	Password string `yaml:"password" json:"password,omitempty" doc:"from the environment, as ${NAME}"`
	Table    string `yaml:"table" json:"table,omitempty" doc:"made where it is missing" default:"drillctl_ledger"`
	ReadBack Pairs  `yaml:"read-back" json:"read_back,omitempty" doc:"URLs by region, where the rows are read back at the end beside url"`
}

var (
	tableForm    = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?$`)
	passwordForm = regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*\}$`)
)

// Check says what is wrong, by key.
func (p Postgres) Check() Problems {
	bad := Problems{}
	bad.database("url", p.URL)
	for region, u := range p.ReadBack {
		bad.database("read-back."+region, u)
	}
	if p.Password != "" && !passwordForm.MatchString(p.Password) {
		bad["password"] = errors.New("a scenario holds no password: it is copied into the run's directory; write ${NAME} and export NAME")
	}
	if p.Table != "" && !tableForm.MatchString(p.Table) {
		bad["table"] = errors.New("it cannot be called that; lower case letters, digits and underscores, a schema before a dot")
	}
	return bad
}

func (p Problems) database(key, s string) {
	// Several hosts are fine for PostgreSQL, and no URL for others.
	u, err := url.Parse(severalHosts.ReplaceAllString(s, "$1"))
	switch {
	case len(Variables(s)) > 0:
		p[key] = errors.New("a URL cannot come from the environment: it stands in messages; password takes ${NAME}")
	case err != nil || !slices.Contains([]string{"postgres", "postgresql"}, u.Scheme) || u.Host == "" && u.Query().Get("host") == "":
		p[key] = errors.New("it is no URL of a database; write it like postgres://user@host:5432/database")
	case hasPassword(u):
		p[key] = errors.New("it has a password, and stands in messages; give it as password: ${NAME}")
	}
}

var severalHosts = regexp.MustCompile(`^([a-z]+://(?:[^@/]*@)?[^,/?]*)(?:,[^/?]*)`)

func hasPassword(u *url.URL) bool {
	_, in := u.User.Password()
	return in || slices.ContainsFunc([]string{"password", "sslpassword", "passfile"}, func(k string) bool { return u.Query().Has(k) }) || strings.Contains(u.Host, "@")
}
