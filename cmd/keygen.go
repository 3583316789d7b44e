package cmd

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/runner/evidence"
)

func newKeygen(env terminal.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "keygen PATH",
		Short: "Make an Ed25519 key to sign runs with",
		Long: `Make an Ed25519 key: PATH holds the private half and is readable by its owner
alone, PATH.pub the public half. 'signing-key: PATH' in drillctl.yaml signs every
run; 'drillctl sign --key PATH' signs one. Keep it where the machine that runs
drills cannot read it, if you want more than proof against accidents.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, a []string) error {
			private, public, err := evidence.NewKey()
			if err != nil {
				return err
			}
			if err := writeNew(a[0], private, 0o600); err != nil {
				return err
			}
			if err := writeNew(a[0]+".pub", public, 0o644); err != nil {
				return err
			}
			key, err := evidence.PublicKey(public)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(env.Out, evidence.KeyID(key))
			return err
		},
	}
}

// writeNew writes a file that must not be there yet.
func writeNew(path string, text []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if os.IsExist(err) {
		return exit.Usagef("choose another name", "%s is there already", path)
	}
	if err != nil {
		return fmt.Errorf("write a key: %w", err)
	}
	_, err = f.Write(text)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("write a key: %w", err)
	}
	return nil
}
