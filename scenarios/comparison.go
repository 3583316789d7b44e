package scenarios

import (
	"bytes"
	"fmt"
	tmpl "text/template"
)

// A Comparison is one loss against several ways to be ready for it.
type Comparison struct {
	Name, Title string
	Loss        string // what happens to all of them, in words
	Variants    []Variant
}

// A Variant is one way to be ready, as a scenario of its own.
type Variant struct {
	Name string
	Doc  string // one line
	frame
}

// A frame is what the variants of a comparison differ in.
type frame struct {
	Gateway  string // of the system, beside regions
	Standby  string // settings of the regions beside the primary
	Primary  string // and of the primary
	Deadline string
	Steps    string
}

// Comparisons lists them.
func Comparisons() []Comparison {
	const health = "health: {interval: 1s, timeout: 500ms, threshold: 3}"
	return []Comparison{
		{Name: "strategies", Title: "Strategies of disaster recovery", Loss: "the primary region loses power for 14 s", Variants: with(
			"{at: 2s, fault: power-loss, on: {region: us-east}, for: 14s}", "800ms",
			Variant{"backup & restore", "a copy every 5 s; small standby regions restore the newest", frame{
				Gateway: "routing: failover, replication: backup, backup-every: 5s, " + health, Standby: "gateways: 1, apis: 1"}},
			Variant{"pilot light", "asynchronous replication; standby regions of the smallest size", frame{
				Gateway: "routing: failover, replication: async, " + health, Standby: "gateways: 1, apis: 1"}},
			Variant{"warm standby", "asynchronous replication; standby regions of full size", frame{
				Gateway: "routing: failover, replication: async, " + health}},
			Variant{"active/active", "synchronous replication; all regions serve a third each", frame{
				Gateway: "routing: weighted, replication: sync, " + health}},
		)},
		{Name: "health-checks", Title: "Settings of health checks", Loss: "the primary region goes silent for 16 s", Variants: with(
			"{at: 2s, fault: blackhole, on: {region: us-east}, for: 16s}", "800ms",
			Variant{"1 s x 1", "one failed check is enough", frame{Gateway: "health: {interval: 1s, timeout: 500ms, threshold: 1}"}},
			Variant{"1 s x 3", "the usual", frame{Gateway: health}},
			Variant{"3 s x 3", "lazy checks", frame{Gateway: "health: {interval: 3s, timeout: 1s, threshold: 3}"}},
			Variant{"1 s x 3, TTL 5 s", "the usual, with answers that are kept longer", frame{Gateway: "ttl: 5s, " + health}},
			Variant{"1 s x 3, edge", "no DNS: an edge gateway before the regions", frame{Gateway: "routing: edge, " + health}},
		)},
		{Name: "balancing", Title: "Balancing within a region", Loss: "one API of three answers 240 ms late for 12 s", Variants: with(
			"{at: 2s, fault: latency, on: {name: us-east-api-1}, delay: 120ms, for: 12s}", "150ms",
			Variant{"round-robin", "each in turn", frame{Gateway: "balance: round-robin, " + health, Primary: "apis: 3"}},
			Variant{"least-connections", "the one with the fewest requests under way", frame{Gateway: "balance: least-connections, " + health, Primary: "apis: 3"}},
			Variant{"ip-hash", "each client at one of them", frame{Gateway: "balance: ip-hash, " + health, Primary: "apis: 3"}},
		)},
	}
}

// with gives all variants the same loss and the same patience of clients.
func with(steps, deadline string, variants ...Variant) []Variant {
	for i := range variants {
		variants[i].Steps, variants[i].Deadline = steps, deadline
	}
	return variants
}

var framed = tmpl.Must(tmpl.New("variant").Parse(`apiVersion: drillctl/v1
name: {{.Slug}}
title: {{printf "%q" .Doc}}
system:
  gateway:
    regions:
      us-east: {role: primary{{with .Primary}}, {{.}}{{end}}}
      us-west: {role: standby{{with .Standby}}, {{.}}{{end}}}
      eu: {role: standby{{with .Standby}}, {{.}}{{end}}}
{{range .Keys}}    {{.}}
{{end}}load: {rate: 100/s, writes: 30/s, timeout: 1s, deadline: {{.Deadline}}, profile: pooled}
steady: {for: 3s, success: 99%}
hold: 4s
steps:
  - {{.Steps}}
settle: 8s
objectives: {rto: 1m, lost-writes: 1000000, availability: 1%}
`))

// Source is the variant as a scenario. Its objectives are there to be measured
// and no more: a comparison asks how much, not whether.
func (v Variant) Source() []byte {
	var b bytes.Buffer
	err := framed.Execute(&b, struct {
		Variant
		Slug string
		Keys []string
	}{v, slug(v.Name), flowKeys(v.Gateway)})
	if err != nil {
		panic(fmt.Sprintf("variant %s: %v", v.Name, err)) // every one of them is parsed by a test
	}
	return b.Bytes()
}

// flowKeys takes "a: 1, b: {c: 2, d: 3}" apart into "a: 1" and "b: {c: 2, d: 3}".
func flowKeys(flow string) []string {
	var keys []string
	depth, from := 0, 0
	for i, c := range flow {
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == ',' && depth == 0:
			keys, from = append(keys, flow[from:i]), i+2
		}
	}
	return append(keys, flow[from:])
}

// slug makes a name of words.
func slug(words string) string {
	var b []byte
	for i := range len(words) {
		c := words[i] | 0x20
		switch {
		case c >= 'a' && c <= 'z' || words[i] >= '0' && words[i] <= '9':
			b = append(b, c)
		case len(b) > 0 && b[len(b)-1] != '-':
			b = append(b, '-')
		}
	}
	return string(bytes.Trim(b, "-"))
}
