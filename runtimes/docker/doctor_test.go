package docker

import (
	"errors"
	"testing"
)

// The proxy is on unless the command line or the configuration says otherwise, the
// command line first.
func TestProxied(t *testing.T) {
	files := map[string]string{"/etc/docker/daemon.json": `{"debug": true}`, "/off.json": `{"userland-proxy": false}`, "/torn.json": `{`}
	read := func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return nil, errors.New("no such file")
	}
	for _, tt := range []struct {
		args      []string
		on, known bool
	}{
		{nil, false, false},
		{[]string{"dockerd"}, true, true},
		{[]string{"dockerd", "--userland-proxy=false"}, false, true},
		{[]string{"dockerd", "--userland-proxy"}, true, true},
		{[]string{"dockerd", "--config-file", "/off.json"}, false, true},
		{[]string{"dockerd", "--config-file=/off.json", "--userland-proxy=true"}, true, true},
		{[]string{"dockerd", "--config-file=/torn.json"}, true, true},
		{[]string{"dockerd", "--config-file=/none.json"}, true, true},
	} {
		if on, known := proxied(tt.args, read); on != tt.on || known != tt.known {
			t.Errorf("%q: on %v, known %v", tt.args, on, known)
		}
	}
}
