package cmd

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/runner/evidence"
)

func newSign(env terminal.Env, set *settings.Settings) *cobra.Command {
	var e people.Entry
	var path string
	c := &cobra.Command{
		Use:   "sign RUN",
		Short: "Sign a run off, by name and role",
		Long: `Sign a run off: that somebody has seen and accepted it. With --key, or a
signing-key in drillctl.yaml, the sign-off and the run's in-toto statement are
signed with that Ed25519 key, too; 'drillctl verify --key' checks it.

A signature shows that a key was used, not by whom. Whoever approves a drill
should not be the one who ran it: the quarterly report says when they are.`,
		Example:           `  drillctl sign last --name "Grace Hopper" --role CISO --key grace.key`,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: completeRuns(set),
		RunE: func(_ *cobra.Command, a []string) error {
			if strings.TrimSpace(e.By) == "" || strings.TrimSpace(e.Role) == "" {
				return exit.Usagef("--name NAME --role ROLE", "a signature needs a name and a role")
			}
			key, err := keyOf(set, path)
			if err != nil {
				return err
			}
			return runSign(env, set, a[0], e, key)
		},
	}
	c.Flags().StringVar(&e.By, "name", "", "who signs")
	c.Flags().StringVar(&e.Role, "role", "", "as what")
	c.Flags().StringVar(&path, "key", "", "private key as PEM (default: signing-key of the settings, if there is one)")
	return c
}

func keyOf(set *settings.Settings, path string) (ed25519.PrivateKey, error) {
	if path != "" {
		return settings.PrivateKey(path)
	}
	return set.SigningKey()
}

func runSign(env terminal.Env, set *settings.Settings, name string, e people.Entry, key ed25519.PrivateKey) error {
	d, _, err := peopleOf(set, name)
	if err != nil {
		return err
	}
	if !d.Sealed() {
		return exit.Hint(fmt.Errorf("run %s never finished: there is nothing to sign", d.ID), "'drillctl note' can say why")
	}
	e.Kind, e.At = people.Signature, time.Now().UTC()
	if _, err := evidence.Add(d, e, key); err != nil {
		return err
	}
	if key != nil {
		if err := evidence.Sign(d, key, e.At); err != nil {
			return err
		}
	}
	how := "without a key"
	if key != nil {
		how = "with key " + evidence.KeyID(key.Public().(ed25519.PublicKey))
	}
	_, err = fmt.Fprintf(env.Out, "%s: signed by %s, %s, %s\n", d.ID, e.By, e.Role, how)
	return err
}
