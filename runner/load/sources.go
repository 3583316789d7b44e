package load

import (
	"fmt"
	"maps"
	"strings"
)

// sources are the URLs to read, by name.
func (a *attack) sources(names []string) (map[string]string, error) {
	all := a.allSources()
	if len(names) == 0 {
		return all, nil
	}
	out := map[string]string{}
	for _, n := range names {
		url, ok := all[n]
		if !ok && a.cfg.Foreign != nil {
			continue // a region that cannot be asked directly
		}
		if !ok {
			return nil, fmt.Errorf("final read: unknown source %q", n)
		}
		out[n] = url
	}
	return out, nil
}

func (a *attack) allSources() map[string]string {
	suffix, local := "/orders/ids", "/orders/ids?scope=local"
	switch f := a.cfg.Foreign; {
	case a.rows != nil:
		all := map[string]string{FromGateway: f.Postgres.URL}
		maps.Copy(all, f.Postgres.ReadBack)
		return all
	case f != nil:
		suffix, local = "", "" // its form has the path
	}
	all := map[string]string{FromGateway: strings.TrimSuffix(a.cfg.URL, "/") + suffix}
	for region, base := range a.cfg.Stores {
		all[region] = strings.TrimSuffix(base, "/") + local
	}
	return all
}
