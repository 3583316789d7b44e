package gateway

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/gateway/proxy"
	"github.com/drillctl/drillctl/runtimes"
)

// Settings are how a node of the bundled system is configured, as it is told
// itself. What only says which node it is (its name and where its data lie) is
// left out; tiers are counted without gaps, since a region's place in the order
// of all is not its own setting.
func Settings(n runtimes.Node) ([]runtimes.Setting, error) {
	var text string
	for _, e := range n.Env {
		if v, ok := strings.CutPrefix(e, NodeEnv+"="); ok {
			text = v
		}
	}
	var c NodeConfig
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return nil, fmt.Errorf("settings of %s: %w", n.Name, err)
	}
	if c.Proxy != nil {
		dense(c.Proxy.Upstreams)
	}
	if c.Store != nil {
		c.Store.Dir, c.Store.Tenants = "", nil // that keys are added here is its part as primary
	}
	if c.Proxy != nil && c.Proxy.Control != nil {
		c.Proxy.Control.Own, c.Proxy.Control.Cache = "", ""
	}
	if c.Proxy != nil && c.Proxy.TLS != nil { // every system has an authority of its own
		c.Proxy.TLS.Node, c.Proxy.TLS.Dir, c.Proxy.TLS.Roots = "", "", ""
	}
	if c.DNS != nil && c.DNS.TLS != nil {
		c.DNS.TLS.Roots = ""
	}
	if c.Proxy != nil && c.Proxy.Tokens != nil {
		c.Proxy.Tokens.Cache = ""
	}
	if c.Control != nil {
		c.Control.Dir = ""
	}
	if c.Issuer != nil {
		c.Issuer.Dir = ""
	}
	if c.Vault != nil {
		c.Vault.Dir = ""
	}
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("settings of %s: %w", n.Name, err)
	}
	var tree map[string]any
	if err := json.Unmarshal(plain, &tree); err != nil {
		return nil, fmt.Errorf("settings of %s: %w", n.Name, err)
	}
	var out []runtimes.Setting
	flatten(&out, "", tree)
	return append(out, runtimes.Setting{Path: "restart", Value: fmt.Sprintf("%v after %s", n.Restart, n.Backoff)}), nil
}

// dense numbers the tiers 0, 1, 2... in their order.
func dense(ups []proxy.Upstream) {
	var tiers []int
	for _, u := range ups {
		tiers = append(tiers, u.Tier)
	}
	slices.Sort(tiers)
	tiers = slices.Compact(tiers)
	for i := range ups {
		ups[i].Tier = slices.Index(tiers, ups[i].Tier)
	}
}

func flatten(out *[]runtimes.Setting, path string, v any) {
	switch x := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(x)) {
			flatten(out, strings.TrimPrefix(path+"."+key, "."), x[key])
		}
	case []any:
		s := runtimes.Setting{Path: path, Software: strings.HasSuffix(path, ".bugs"), Set: []string{}}
		for _, item := range x {
			s.Set = append(s.Set, compact(item))
		}
		*out = append(*out, s)
	case float64:
		short, isTime := strings.CutSuffix(path, "_ns")
		s := runtimes.Setting{Path: short, Value: compact(x)}
		if isTime {
			s.Value = time.Duration(x).String()
		}
		*out = append(*out, s)
	default:
		*out = append(*out, runtimes.Setting{Path: path, Value: compact(x)})
	}
}

// compact is a value in one line: text as it is, all else as JSON.
func compact(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v) // came out of JSON and goes back into it
	}
	return string(b)
}
