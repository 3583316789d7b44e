package docker_test

import (
	"testing"

	"github.com/drillctl/drillctl/runtimes/docker"
)

func TestThings(t *testing.T) {
	for want, l := range map[string]docker.Leftover{
		"1 network":                  {Networks: 1},
		"3 containers":               {Nodes: []string{"a", "b"}, Helpers: 1},
		"1 container and 2 networks": {Helpers: 1, Networks: 2},
		"2 containers and 1 network": {Nodes: []string{"a", "b"}, Networks: 1},
	} {
		if got := l.Things(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
