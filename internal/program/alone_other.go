//go:build !linux

package program

import "os/exec"

// alone is for Linux: elsewhere only the program itself is ended.
func alone(*exec.Cmd) {}
