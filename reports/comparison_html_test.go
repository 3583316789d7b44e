package reports

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/internal/golden"
)

func comparisonAsHTML(t *testing.T) string {
	t.Helper()
	c := compared()
	c.Variants[1].Problem += ": <script>alert(1)</script>"
	var b strings.Builder
	if err := ComparisonHTML(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestComparisonHTMLGolden(t *testing.T) {
	page := comparisonAsHTML(t)
	for _, hit := range outside.FindAllStringSubmatch(page, -1) {
		if hit[2] != "data:," {
			t.Errorf("the page asks for %q", hit[0])
		}
	}
	page = regexp.MustCompile(`(?s)<style>.*?</style>`).ReplaceAllString(page, "<style>…</style>")
	golden.Assert(t, "comparison.html", []byte(page))
}

func TestComparisonHTMLInABrowser(t *testing.T) {
	ctx := browser(t)
	var w witness
	w.listen(t, ctx)
	file := filepath.Join(t.TempDir(), "comparison.html")
	if err := os.WriteFile(file, []byte(comparisonAsHTML(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	look(t, ctx, file, []string{"measured", "glance", "variants"}, filepath.Join(t.ArtifactDir(), "comparison"))
	for _, said := range w.take() {
		t.Error(said)
	}
}
