package reports

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	devpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser starts a headless Chromium, or skips the test where there is none;
// DRILLCTL_REQUIRE=browser makes that a failure.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes a while")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if strings.Contains(os.Getenv("DRILLCTL_REQUIRE"), "browser") {
			t.Fatal("DRILLCTL_REQUIRE=browser: there is no Chromium here")
		}
		t.Skip("no Chromium here")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", false))
	if os.Getuid() == 0 {
		opts = append(opts, chromedp.NoSandbox)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser, whose files the test removes
		cancel()
	})
	return ctx
}

// A witness notes what a page says to the console and asks of the network.
type witness struct {
	mu   sync.Mutex
	said []string
}

func (w *witness) note(format string, a ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, fmt.Sprintf(format, a...))
}

func (w *witness) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.said
	w.said = nil
	return out
}

// listen starts the browser and listens to its page.
func (w *witness) listen(t *testing.T, ctx context.Context) {
	t.Helper()
	err := chromedp.Listen(ctx, func(e any) {
		switch e := e.(type) {
		case *log.EventEntryAdded:
			w.note("log: %s (%s)", e.Entry.Text, e.Entry.URL)
		case *runtime.EventConsoleAPICalled:
			w.note("console: %s", e.Type)
		case *runtime.EventExceptionThrown:
			w.note("exception: %s", e.ExceptionDetails.Text)
		case *devpage.EventJavascriptDialogOpening:
			w.note("dialog: %s", e.Message)
		case *network.EventRequestWillBeSent:
			if e.Type != network.ResourceTypeDocument && e.Request.URL != "data:," {
				w.note("request: %s", e.Request.URL)
			}
		}
	})
	if err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	call(t, ctx, network.Enable, network.EnableParams{})
	call(t, ctx, log.Enable, cdp.Empty{})
	call(t, ctx, runtime.Enable, cdp.Empty{})
}

// call sends one command of the protocol.
func call[P, R any](t *testing.T, ctx context.Context, c cdp.Command[P, R], params P) {
	t.Helper()
	if _, err := chromedp.Call(ctx, c, params); err != nil {
		t.Fatalf("%s: %v", c.Method, err)
	}
}

// run gives what an action finds out.
func run[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sectionsOf says which parts a record's page must have.
var sectionsOf = map[string][]string{
	"pass": {"verdict", "story", "targets", "timeline", "figure-lanes", "figure-traffic", "figure-success", "figure-latency", "events", "injected",
		"outages", "detection", "phases", "writes", "error-budget", "notes", "how-it-was-measured", "not-measured", "environment", "definitions", "evidence"},
	"fail": {"verdict", "timeline", "outages", "writes", "error-budget"}, "own": {"verdict", "timeline"},
	"hostile": {"verdict", "timeline", "figure-traffic"}, "endless": {"verdict"}, "nothing": {"verdict", "targets", "injected"}, "precondition": {"verdict", "timeline"},
	"operated": {"actions", "timeline"}, "regressed": {"baseline"}, "drifted": {"configuration-drift"}, "alerts": {"timeline"},
}

// TestHTMLInABrowser opens pages at three widths, in light and dark and on paper.
// Its pictures are artefacts: go test -artifacts -outputdir DIR keeps them.
func TestHTMLInABrowser(t *testing.T) {
	ctx := browser(t)
	var w witness
	w.listen(t, ctx)
	dir := t.ArtifactDir()
	for name, wanted := range sectionsOf {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "report.html")
			if err := os.WriteFile(file, []byte(asHTML(t, htmlRecords()[name], Options{Files: files})), 0o600); err != nil {
				t.Fatal(err)
			}
			picture := filepath.Join(dir, name)
			if name == "hostile" { // its page is too long for a picture
				picture = ""
			}
			look(t, ctx, file, wanted, picture)
			for _, said := range w.take() {
				t.Error(said)
			}
		})
	}
}

func look(t *testing.T, ctx context.Context, file string, wanted []string, picture string) {
	t.Helper()
	run(t, ctx, chromedp.Navigate("file://"+file))
	for _, id := range wanted {
		if !run(t, ctx, chromedp.Evaluate[bool](fmt.Sprintf("document.getElementById(%q) !== null", id))) {
			t.Errorf("there is no section %q", id)
		}
	}
	for _, width := range []int64{390, 1280, 1920} {
		for _, scheme := range []string{"light", "dark"} {
			call(t, ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1, Mobile: width < 700})
			call(t, ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "screen", Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			checkLayout(t, ctx, width)
			if picture != "" {
				save(t, fmt.Sprintf("%s-%d-%s.png", picture, width, scheme), run(t, ctx, chromedp.FullScreenshot(100)))
			}
		}
	}
	call(t, ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 820, Height: 900, DeviceScaleFactor: 1}) // tables are at their tightest
	checkLayout(t, ctx, 820)
	call(t, ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	pdf := run(t, ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
	if !strings.HasPrefix(string(pdf), "%PDF-") || len(pdf) < 5000 {
		t.Errorf("printing gave %d bytes", len(pdf))
	}
	if picture != "" {
		save(t, picture+".pdf", pdf)
	}
}

// checkLayout looks for what is wider than the window, and for figures that do
// not show exactly one drawing.
func checkLayout(t *testing.T, ctx context.Context, width int64) {
	t.Helper()
	got := run(t, ctx, chromedp.Evaluate[struct{ Page, Window, Figures, Drawings int }](`({
		Page: document.documentElement.scrollWidth, Window: document.documentElement.clientWidth,
		Figures: document.querySelectorAll("figure").length,
		Drawings: [...document.querySelectorAll("svg.chart")].filter(c => c.getBoundingClientRect().width > 0).length})`))
	if got.Page > got.Window {
		t.Errorf("at %d px the page is %d wide", width, got.Page)
	}
	if broken := run(t, ctx, chromedp.Evaluate[string](brokenWord)); broken != "" && width > 700 {
		t.Errorf("at %d px %q is broken within a word", width, broken)
	}
	if got.Drawings != got.Figures {
		t.Errorf("at %d px %d drawings of %d figures show", width, got.Drawings, got.Figures)
	}
}

// brokenWord finds a short word of a table that does not stand on one line: its column
// is narrower than it. In a quarter, people's own long words share tables with others.
const brokenWord = `document.querySelector("main.quarter") ? "" : [...document.querySelectorAll("table.cards:not(.targets) :is(th, td)")].flatMap(cell => {
	const node = [...cell.childNodes].find(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
	const word = node && node.data.match(/[a-z]{2,12}/i);
	if (!word || cell.getBoundingClientRect().width <= 1) return [];
	const range = document.createRange();
	range.setStart(node, word.index);
	range.setEnd(node, word.index + word[0].length);
	return new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1 ? [word[0]] : [];
})[0] || ""`

func save(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTheBrowserTestSees shows that it would notice a page that does what ours
// must not.
func TestTheBrowserTestSees(t *testing.T) {
	ctx := browser(t)
	var w witness
	w.listen(t, ctx)
	file := filepath.Join(t.TempDir(), "bad.html")
	save(t, file, []byte(`<body style="width:3000px"><img src="missing.png"><script>console.log("x"); nowhere()</script></body>`))
	run(t, ctx, chromedp.Navigate("file://"+file))
	if n := run(t, ctx, chromedp.Evaluate[int]("document.documentElement.scrollWidth")); n < 3000 {
		t.Errorf("the page is %d wide, want at least 3000", n)
	}
	said := strings.Join(w.take(), "\n")
	for _, want := range []string{"request: file:", "console: log", "exception:"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q was not noticed; only\n%s", want, said)
		}
	}
}
