package drill

import (
	"slices"
	"strings"
	"testing"
)

// made is a gateway with these settings, as "path=value".
func madePart(name, region string, settings ...string) Configured {
	p := Configured{Instance: name, Region: region, Role: "gateway"}
	for _, s := range settings {
		path, value, _ := strings.Cut(s, "=")
		p.Settings = append(p.Settings, Setting{Path: path, Value: value, Kind: KindSystem})
	}
	return p
}

func texts(d Drift) string {
	var out []string
	for _, f := range d.Findings {
		out = append(out, f.Text)
	}
	return strings.Join(out, "\n")
}

func TestDriftBetweenRegions(t *testing.T) {
	alike := madePart("a-1", "a", "interval=1s")
	secret := func(p Configured, hash string) Configured {
		p.Settings = append(slices.Clone(p.Settings), Setting{Path: "env.TOKEN", Value: hash, Secret: true, Kind: KindSoftware})
		return p
	}
	own := func(p Configured, value, masked string) Configured {
		p.Settings = append(slices.Clone(p.Settings), Setting{Path: "leader", Value: value, Masked: masked, Kind: KindSystem})
		return p
	}
	for _, c := range []struct {
		name   string
		parts  []Configured
		ignore string
		want   string
		count  float64 // -1: not known
	}{
		{"alike", []Configured{alike, madePart("b-1", "b", "interval=1s")}, "", "", 0},
		{"one region differs", []Configured{alike, madePart("b-1", "b", "interval=3s"), madePart("c-1", "c", "interval=1s")}, "", "gateway interval: 1s in a, c, 3s in b", 1},
		{"one of a region differs", []Configured{alike, madePart("a-2", "a", "interval=3s")}, "", "gateway interval: 1s in a-1, 3s in a-2", 1},
		{"a setting is missing", []Configured{alike, madePart("b-1", "b")}, "", "gateway interval: 1s in a, absent in b", 1},
		{"secrets are not told", []Configured{secret(alike, "hash:1"), secret(madePart("b-1", "b", "interval=1s"), "hash:2")}, "",
			"gateway env.TOKEN: a value in a, another value in b", 1},
		{"each names itself", []Configured{own(alike, "a", "{region}"), own(madePart("b-1", "b", "interval=1s"), "b", "{region}")}, "", "", 0},
		{"all name one", []Configured{own(alike, "a", "{region}"), own(madePart("b-1", "b", "interval=1s"), "a", "{other region}")}, "", "", 0},
		{"neither", []Configured{own(alike, "a", "{region}"), own(madePart("b-1", "b", "interval=1s"), "a", "{other region}"), own(madePart("c-1", "c", "interval=1s"), "c", "{region}")}, "",
			"gateway leader: {region} in a, c, a in b", 1},
		{"ignored", []Configured{alike, madePart("b-1", "b", "interval=3s")}, "inter*", "", 0},
		{"ignored for another role", []Configured{alike, madePart("b-1", "b", "interval=3s")}, "api:interval", "gateway interval: 1s in a, 3s in b", 1},
		{"ignored for this role", []Configured{alike, madePart("b-1", "b", "interval=3s")}, "gateway:*", "", 0},
		{"one alone", []Configured{alike}, "", "", -1},
		{"nobody", nil, "", "", -1},
	} {
		var ignore []string
		if c.ignore != "" {
			ignore = []string{c.ignore}
		}
		d := CompareDrift(Configuration{Parts: c.parts}, nil, "", ignore)
		if got := texts(d); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
		if r := d.Reading(DriftSpec{}); r.Known != (c.count >= 0) || r.Known && r.Value != c.count || !r.Known && r.Why == "" {
			t.Errorf("%s: %+v, want %v", c.name, r, c.count)
		}
	}
}

// What could not be read may differ: that is no pass.
func TestUnreadIsNotAlike(t *testing.T) {
	blind := madePart("b-1", "b")
	blind.Settings = []Setting{{Path: "interval", Kind: KindSystem, Unread: "permission denied"}}
	d := CompareDrift(Configuration{Parts: []Configured{madePart("a-1", "a", "interval=1s"), blind}}, nil, "", nil)
	if r := d.Reading(DriftSpec{}); r.Known || !strings.Contains(r.Why, "interval of b-1: permission denied") {
		t.Errorf("%+v", r)
	}
	d = CompareDrift(Configuration{Parts: []Configured{madePart("a-1", "a", "interval=1s"), blind}}, nil, "", []string{"interval"})
	if r := d.Reading(DriftSpec{}); !r.Known || r.Value != 0 {
		t.Errorf("what may differ need not be read: %+v", r)
	}
}

func TestDriftSinceTheLastDrill(t *testing.T) {
	was := Configuration{Salt: "s", Parts: []Configured{madePart("a-1", "a", "interval=1s", "old=x"), madePart("a-2", "a", "interval=1s", "old=x"), madePart("gone-1", "a"),
		{Settings: []Setting{{Path: "file compose.yaml", Kind: KindSystem, Secret: true, Value: "hash:1"}, {Path: "load.rate", Kind: KindDrill, Value: "1/s"}}}}}
	now := Configuration{Salt: "s", Parts: []Configured{madePart("a-1", "a", "interval=2s", "new=y"), madePart("a-2", "a", "interval=2s", "new=y"), madePart("new-1", "a", "interval=2s", "new=y"),
		{Settings: []Setting{{Path: "file compose.yaml", Kind: KindSystem, Secret: true, Value: "hash:2"}, {Path: "load.rate", Kind: KindDrill, Value: "2/s"}}}}}
	d := CompareDrift(now, &was, "run-1", nil)
	want := `gateway interval is 2s, was 1s (a-1, a-2)
gateway new is new, y (a-1, a-2)
gateway old is gone, was x (a-1, a-2)
gateway instance is new (new-1)
file compose.yaml has another value
gateway instance is gone (gone-1)`
	if got := texts(d); got != want || d.LastRun != "run-1" {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// those since the last drill do not count where only regions do
	all, regions := d.Reading(DriftSpec{}), d.Reading(DriftSpec{Regions: true})
	if all.Value != 6 || !regions.Known || regions.Value != 0 {
		t.Errorf("%+v, %+v", all, regions)
	}
	single := CompareDrift(Configuration{Salt: "s", Parts: now.Parts[:1]}, &was, "run-1", nil)
	if r := single.Reading(DriftSpec{Regions: true}); r.Known {
		t.Errorf("one instance alone was compared: %+v", r)
	}
	changed, unknown := Changed(now, was, []string{"gateway:*"})
	if len(changed) != 1 || changed[0] != "file compose.yaml has another value" || len(unknown) != 0 {
		t.Errorf("%v, %v", changed, unknown)
	}
	// with another salt hashes say nothing, neither way
	was.Salt = "other"
	changed, unknown = Changed(now, was, []string{"gateway:*"})
	if len(changed) != 0 || len(unknown) != 1 || !strings.Contains(unknown[0], "1 hashed values") {
		t.Errorf("%v, %v", changed, unknown)
	}
}

// The fingerprint rests on what numbers depend on, and the system's on what it
// is made of; hashed values are in neither.
func TestFingerprints(t *testing.T) {
	with := func(s ...Setting) Configuration { return Configuration{Parts: []Configured{{Settings: s}}} }
	base := with(Setting{Path: "p", Kind: KindSystem, Value: "1"})
	for name, c := range map[string]struct {
		other        Configuration
		same, system bool
	}{
		"nothing":  {base, true, true},
		"value":    {with(Setting{Path: "p", Kind: KindSystem, Value: "2"}), false, false},
		"masked":   {with(Setting{Path: "p", Kind: KindSystem, Value: "2", Masked: "1"}), true, true},
		"software": {with(base.Parts[0].Settings[0], Setting{Path: "image", Kind: KindSoftware, Value: "v2"}), true, false},
		"load":     {with(base.Parts[0].Settings[0], Setting{Path: "load.rate", Kind: KindDrill, Value: "2"}), false, true},
		"host":     {with(base.Parts[0].Settings[0], Setting{Path: "host.cpus", Kind: KindHost, Value: "2"}), false, true},
		"secret":   {with(base.Parts[0].Settings[0], Setting{Path: "s", Kind: KindSystem, Value: "hash:2", Secret: true}), true, true},
		"instance": {Configuration{Parts: []Configured{{Instance: "i", Settings: base.Parts[0].Settings}}}, false, false},
	} {
		if got := c.other.Fingerprint() == base.Fingerprint(); got != c.same {
			t.Errorf("%s: comparable is %v", name, got)
		}
		if got := c.other.System() == base.System(); got != c.system {
			t.Errorf("%s: the same system is %v", name, got)
		}
	}
}

func TestMask(t *testing.T) {
	us := Identity{Names: []string{"gw-us-1", "gw"}, Region: "us", Role: "gateway", Addrs: []string{"10.0.0.1", "fd00::1"}, Primary: true}
	eu := Identity{Names: []string{"gw-eu-1"}, Region: "eu", Role: "gateway", Addrs: []string{"10.0.0.10"}}
	db := Identity{Names: []string{"db-eu"}, Region: "eu", Role: "store", Addrs: []string{"10.0.0.11"}}
	m := NewMask([]Identity{us, eu, db})
	for _, c := range []struct {
		of       Identity
		in, want string
	}{
		{us, "gw-us-1 in us at 10.0.0.1:80, next 10.0.0.10", "{name} in {region} at {address}:80, next {address of gateway elsewhere}"},
		{eu, "http://db-eu:5432/?region=eu", "http://{store here}:5432/?region={region}"},
		{us, "http://db-eu.example:5432", "http://{store elsewhere}.example:5432"},
		{us, "status of europe, [fd00::1]:80, gww", "status of europe, [{address}]:80, gww"},
		{us, "role=primary", "role={part}"}, {eu, "role=standby", "role={part}"},
		{eu, "role=primary", "role=primary"}, // not what it should be there
		{us, "primaries \xff us", "primaries \xff {region}"},
	} {
		if got := m.For(c.of)(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.of.Names[0], got, c.want)
		}
	}
}

// A hash tells neither the value nor that two settings share it.
func TestSeal(t *testing.T) {
	a, b := NewSeal([]byte("one")), NewSeal([]byte("other"))
	again := NewSeal([]byte("one"))
	if a.Of("x", "v") != again.Of("x", "v") || a.Of("x", "v") == a.Of("y", "v") || a.Of("x", "v") == b.Of("x", "v") || a.ID() == b.ID() || strings.Contains(a.ID(), "hash:") {
		t.Error("a seal is no keyed hash of path and value")
	}
}
