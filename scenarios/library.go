package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/drillctl/drillctl/faults"
)

//go:embed library/*.yaml
var library embed.FS

//go:embed init.yaml
var template []byte

// Template is a commented scenario to start from; it is valid as it is.
func Template() []byte { return slices.Clone(template) }

// A Listing is one drill of the library.
type Listing struct {
	Name        string   `json:"name"`
	Title       string   `json:"title"`
	Strategy    string   `json:"strategy"`
	Description string   `json:"description"`
	Expect      string   `json:"expect"`
	Labels      []string `json:"labels"`
	Proves      Proves   `json:"proves"`
	// Runtimes are those that can do all its damage; none means all.
	Runtimes []string `json:"runtimes,omitempty" yaml:"-"`
}

// List returns the drills that come with drillctl, by name.
func List() []Listing {
	entries, err := library.ReadDir("library")
	if err != nil {
		panic(err) // embedded: it is there or the build failed
	}
	var out []Listing
	for _, e := range entries {
		src, err := library.ReadFile(path.Join("library", e.Name()))
		var l struct {
			Listing `yaml:",inline"`
			Steps   []struct{ Fault string }
		}
		if err != nil || yaml.Unmarshal(src, &l) != nil {
			panic("library: " + e.Name()) // a test parses every one of them
		}
		for _, st := range l.Steps {
			if k, known := faults.Lookup(st.Fault); known {
				l.Runtimes = intersect(l.Runtimes, k.Runtimes)
			}
		}
		out = append(out, l.Listing)
	}
	return out
}

// ErrUnknown means that no file and no drill of the library has that name.
var ErrUnknown = errors.New("no such scenario")

// Open finds a scenario by the path of a file, or by the name of a drill of the
// library. The returned name is for messages.
func Open(name string) (file string, src []byte, err error) {
	if looksLikeFile(name) {
		src, err := readFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			return name, nil, fmt.Errorf("%w: there is no file %s", ErrUnknown, name)
		}
		if err != nil {
			return name, nil, fmt.Errorf("read the scenario: %w", err)
		}
		return name, src, nil
	}
	src, err = library.ReadFile(path.Join("library", name+".yaml"))
	if err != nil {
		return name, nil, fmt.Errorf("%w %q: %s", ErrUnknown, clip(name), suggest(name, names()))
	}
	return name + ".yaml", src, nil
}

// readFile reads no more than Parse needs to see that it is too much.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	src, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	return src, errors.Join(err, f.Close())
}

func looksLikeFile(name string) bool {
	if strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		return true
	}
	st, err := os.Stat(name)
	return err == nil && st.Mode().IsRegular()
}

func names() []string {
	var out []string
	for _, l := range List() {
		out = append(out, l.Name)
	}
	return out
}
