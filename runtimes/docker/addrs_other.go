//go:build !linux

package docker

import "github.com/drillctl/drillctl/runtimes"

// furnish runs in containers only, which are Linux.
func furnish(string) error { return runtimes.ErrUnsupported }
