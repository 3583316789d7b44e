package scenarios

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/drillctl/drillctl/drill"
)

// Drift says what is made of differences in the configuration. It can be written
// as its mode alone.
type Drift struct {
	Mode   string   `yaml:"mode" doc:"report tells of differences; fail makes them a missed objective, and nothing to compare an inconclusive one; fail-regions does so with those between instances of one role only, so that a release does not fail for being one" enum:"report,fail,fail-regions" default:"report"`
	Ignore []string `yaml:"ignore" doc:"settings that may differ, as the report names them; * stands for anything, a role and a colon before it for that role only: env.VERSION, 'limits.*', 'api:env.POOL_SIZE'" min:"1"`
	Files  []string `yaml:"files" doc:"files that belong to the configuration, from the scenario's directory on, such as a Compose file or a gateway's; hashed, and compared with the last drill" min:"1"`
	Inside []string `yaml:"inside" doc:"files and directories in the containers that belong to their configuration, beside those that are mounted: /etc/nginx" min:"1"`
}

const (
	driftFail    = "fail"
	driftRegions = "fail-regions"
	// maxPattern is the longest pattern of a setting.
	maxPattern = 200
)

// drift takes a mapping, or the mode alone.
func (d *decoder) drift(n *yaml.Node, out *Drift, path string) {
	if n.Kind != yaml.ScalarNode {
		d.mapping(n, reflect.ValueOf(out).Elem(), path, nil)
		return
	}
	mode := fieldsOf(reflect.ValueOf(out).Elem())[0]
	d.field(n, mode, path)
}

// driftSpec is what judging needs of it.
func (s *Scenario) driftSpec() drill.DriftSpec {
	regions := s.Drift.Mode == driftRegions
	return drill.DriftSpec{Fail: regions || s.Drift.Mode == driftFail, Regions: regions, Ignore: s.Drift.Ignore}
}

// driftObjective asks for no difference at all.
func (s *Scenario) driftObjective() drill.Objective {
	return drill.Objective{ID: "drift", Metric: drill.MetricDrift, Op: drill.AtMost, Unit: drill.Count, File: s.file, Line: s.marks["drift"].line}
}

// drift checks what is written of it.
func (c *checker) drift() {
	d := c.s.Drift
	for i, p := range d.Ignore {
		at := indexed(c.s.marks, "drift.ignore", i)
		switch _, path, roled := strings.Cut(p, ":"); {
		case p == "" || roled && path == "":
			c.errorf(at, "write it like env.VERSION or 'limits.*'", "drift.ignore: %q names no setting", clip(p))
		case len(p) > maxPattern:
			c.errorf(at, fmt.Sprintf("at most %d characters", maxPattern), "drift.ignore: %q is too long", clip(p))
		}
	}
	for i, f := range d.Files {
		if f == "" {
			c.errorf(indexed(c.s.marks, "drift.files", i), "write it like compose.yaml", "drift.files: a file has no name")
		}
	}
	for i, f := range d.Inside {
		at := indexed(c.s.marks, "drift.inside", i)
		if !strings.HasPrefix(f, "/") || filepath.ToSlash(filepath.Clean(f)) == "/" {
			c.errorf(at, "write it like /etc/nginx", "drift.inside: %q is no path in a container", clip(f))
		}
	}
	if len(d.Inside) > 0 && c.s.System.Containers == nil && c.sound("system") {
		c.errorf("drift.inside", "leave it out, or use drift.files", "drift.inside: only containers have an inside to look at")
	}
}

// Settings are what a drill's numbers depend on besides the instances of its
// system: the load, the damage, what counts as down and recovered, and of a
// system of the user's own how it is reached. Names, words, targets and the seed
// are none of it.
func (s *Scenario) Settings() []drill.Setting {
	sub := Scenario{Load: s.Load, Steady: s.Steady, Hold: s.Hold, Detect: s.Detect, Settle: s.Settle}
	for _, st := range s.Steps {
		st.Name = ""
		sub.Steps = append(sub.Steps, st)
	}
	if b := s.Objectives.Budget; b != nil {
		sub.Objectives.Budget = &ErrorBudget{SLO: b.SLO, Window: b.Window}
	}
	var out []drill.Setting
	flatten(&out, drill.KindDrill, "", encode(reflect.ValueOf(&sub).Elem()))
	if s.System.Gateway == nil { // of the bundled one the instances tell all
		flatten(&out, drill.KindSystem, "system", encode(reflect.ValueOf(&s.System).Elem()))
	}
	return out
}

// asked are the parts that may hold what is not to be told: they are hashed as
// they stand in the scenario, which is kept with the run anyway.
var asked = map[string]bool{"load.read": true, "load.write": true, "load.read-back": true}

func flatten(out *[]drill.Setting, kind, path string, n *yaml.Node) {
	switch {
	case asked[path]:
		text, err := yaml.Marshal(n)
		if err != nil {
			panic(fmt.Sprintf("a parsed scenario must encode: %v", err))
		}
		sum := sha256.Sum256(text)
		*out = append(*out, drill.Setting{Path: path, Kind: kind, Value: "sha256:" + hex.EncodeToString(sum[:8])})
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			flatten(out, kind, join(path, n.Content[i].Value), n.Content[i+1])
		}
	case n.Kind == yaml.SequenceNode:
		for i, item := range n.Content {
			flatten(out, kind, fmt.Sprintf("%s[%d]", path, i), item)
		}
	case n.Value != "" || path != "":
		*out = append(*out, drill.Setting{Path: path, Kind: kind, Value: n.Value})
	}
}
