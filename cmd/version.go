package cmd

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/build"
	"github.com/drillctl/drillctl/cmd/terminal"
)

func newVersion(env terminal.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which drillctl this is",
		Args:  args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			t := build.Tool()
			fmt.Fprintf(env.Out, "drillctl %s\n", t.Version)
			if t.Commit != "" {
				fmt.Fprintf(env.Out, "commit   %s\n", t.Commit)
			}
			fmt.Fprintf(env.Out, "go       %s %s/%s\n", t.Go, runtime.GOOS, runtime.GOARCH)
			fmt.Fprintf(env.Out, "sha256   %s\n", build.Digest(env.Exe))
			return nil
		},
	}
}
