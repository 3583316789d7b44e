package ask

import (
	"strings"
	"testing"
)

// A secret comes back in the forms of URLs, quotes, JSON and basic auth, too.
func TestScrubKnowsForms(t *testing.T) {
	var s Secrets
	if got := s.Scrub("as it is"); got != "as it is" {
		t.Errorf("without secrets: %q", got)
	}
	s.Hide("KEY", `a "b"/c+d&é`)
	s.Hide("PART", `a "b"`)
	for _, told := range []string{`a "b"/c+d&é`, `a+%22b%22%2Fc%2Bd%26%C3%A9`, `a%20%22b%22%2Fc+d&%C3%A9`, `a%20%22b%22/c+d&%C3%A9`, `a \"b\"/c+d&é`, `a \"b\"/c+d\u0026é`, `YSAiYiIvYytkJsOp`} {
		if got := s.Scrub("x " + told + " y"); got != "x ${KEY} y" {
			t.Errorf("%s: %s", told, got)
		}
	}
	if got := s.Scrub(`a "b" alone`); got != "${PART} alone" {
		t.Errorf("%s", got)
	}
}

func TestMask(t *testing.T) {
	for line, want := range map[string]string{
		`entry: https://me:hünter2@api.example.com`:            `entry: https://me:*******@api.example.com`,
		`headers: {Authorization: Bearer c0ffee, Accept: a/b}`: `headers: {Authorization: *************, Accept: a/b}`,
		`  Cookie: "id=1"`: `  Cookie: "****"`,
		`headers: {Authorization: "Bearer ${TOKEN}"}`:              `headers: {Authorization: "Bearer ${TOKEN}"}`,
		`    password: hunter2`:                                    `    password: *******`,
		`path: /x?page=1&access_token=c0ffee`:                      `path: /x?page=1&access_token=******`,
		`path: /x?token=${T}&page=2`:                               `path: /x?token=${T}&page=2`,
		`{url: "http://a.example.com:80/b@c", regions: {fra: {}}}`: `{url: "http://a.example.com:80/b@c", regions: {fra: {}}}`,
	} {
		if got := Mask(line); got != want {
			t.Errorf("%s\n got  %s\n want %s", line, got, want)
		}
	}
}

// A secret that stands in the scenario is refused; a record's name is none.
func TestLiterals(t *testing.T) {
	for _, c := range []struct {
		path   string
		header string
		value  string
		wrong  string
	}{
		{"/x", "authorization", "Bearer abc", "headers.authorization"}, {"/x", "Authorization", "Bearer ${T}", ""}, {"/x", "Accept", "a/b", ""},
		{"/x?api-key=abc", "Accept", "a", "path"}, {"/x?api-key=${K}", "Accept", "a", ""}, {"/x?token={{.ID}}", "Accept", "a", ""}, {"/x?page=3", "Accept", "a", ""},
	} {
		got := Request{Path: c.path, Headers: Pairs{c.header: c.value}}.Literals()
		if c.wrong == "" && len(got) > 0 || c.wrong != "" && (got[c.wrong] == nil || !strings.Contains(got[c.wrong].Error(), "${NAME}")) {
			t.Errorf("%s %s: %s: %v", c.path, c.header, c.value, got)
		}
	}
}
