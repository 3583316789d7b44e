//go:build !linux

package elect

func reserve(string) {}
