package drill

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// ConfigurationSchema names the version of the snapshot's form.
const ConfigurationSchema = "drillctl/configuration/v1"

// The kinds of settings, by what they are of.
const (
	KindSoftware = "software" // what may be released between two drills: images, environment
	KindSystem   = "system"   // how the system is set up: limits, health checks, gateways
	KindDrill    = "drill"    // the load, the damage, what counts as down
	KindHost     = "host"     // where it was drilled
)

// A Configuration is how everything was set up at one moment, before a drill:
// the one notion by which regions are compared with each other, a drill with the
// one before, and runs with their baseline.
type Configuration struct {
	Schema string `json:"schema"`
	// Salt names the secret with which values were hashed, without telling it:
	// hashes of different salts cannot be compared.
	Salt  string       `json:"salt"`
	Parts []Configured `json:"parts"`
}

// A Configured is one instance with its settings; without an instance, they are
// those of the whole.
type Configured struct {
	Instance string    `json:"instance,omitempty"`
	Region   string    `json:"region,omitempty"`
	Role     string    `json:"role,omitempty"`
	Settings []Setting `json:"settings"`
	// RepoDigests are by which registries know its image, each "repository@sha256:…".
	// The setting image.id is the engine's own id of it, which no registry knows.
	// They are evidence and never compared: an image gets more of them by being pushed.
	RepoDigests []string `json:"repo_digests,omitempty"`
}

// A Setting is one value, or what stands for it.
type Setting struct {
	Path string `json:"path"` // e.g. "proxy.health.interval"
	Kind string `json:"kind"`
	// Value is what was set; of a Secret a salted hash of it.
	Value string `json:"value"`
	// Masked is Value with what only says where the instance is (its name, region,
	// addresses) taken out; empty when that changes nothing.
	Masked string `json:"masked,omitempty"`
	Secret bool   `json:"secret,omitempty"`
	// Unread says why the value could not be looked at.
	Unread string `json:"unread,omitempty"`
}

// masked is the value without what identifies its instance.
func (s Setting) masked() string {
	if s.Masked != "" {
		return s.Masked
	}
	return s.Value
}

// agrees says that two settings mean the same: they are equal as they are, or
// without what only says where their instance is.
func (s Setting) agrees(o Setting) bool {
	return s.Value == o.Value || s.masked() == o.masked()
}

// Fingerprint is equal for runs whose numbers may be compared: the same system,
// drilled in the same way, on the same kind of machine. What is released between
// two drills is none of it, since that is what a comparison is about.
func (c Configuration) Fingerprint() string {
	return c.digest(func(s Setting) bool { return s.Kind != KindSoftware })
}

// System is equal for runs of the same system with the same software, whatever
// was done to it.
func (c Configuration) System() string { return c.digest(Setting.ofSystem) }

// digest leaves hashed values out, which no other machine could have the same.
func (c Configuration) digest(of func(Setting) bool) string {
	var lines []string
	for _, p := range c.Parts {
		lines = append(lines, fmt.Sprintf("%q %q %q", p.Instance, p.Region, p.Role))
		for _, s := range p.Settings {
			if of(s) && !s.Secret && s.Unread == "" {
				lines = append(lines, fmt.Sprintf("%q %q %q", p.Instance, s.Path, s.masked()))
			}
		}
	}
	slices.Sort(lines)
	h := sha256.Sum256([]byte("drillctl/fingerprint/v2\n" + strings.Join(lines, "\n")))
	return hex.EncodeToString(h[:])[:16]
}

// setting of a part by its path.
func (p Configured) setting(path string) (Setting, bool) {
	i := slices.IndexFunc(p.Settings, func(s Setting) bool { return s.Path == path })
	if i < 0 {
		return Setting{}, false
	}
	return p.Settings[i], true
}

// ofSystem says that a setting is one of what is drilled.
func (s Setting) ofSystem() bool { return s.Kind == KindSoftware || s.Kind == KindSystem }
