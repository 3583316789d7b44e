//go:build race

package cmd

// raced says that this test binary looks for races, which makes it several times
// as slow.
const raced = true
