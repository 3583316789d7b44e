package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/gateway"
)

type tokenOptions struct {
	audience string
	lasts    time.Duration
}

func newGatewayToken(env terminal.Env) *cobra.Command {
	var o tokenOptions
	c := &cobra.Command{
		Use:   "token ISSUER",
		Short: "Get a token from the issuer of a system that is up",
		Long: `Get a token that the gateways of 'drillctl gateway up --tokens' let in, and print
it. ISSUER is where the issuer answers on loopback, as 'gateway up' prints it. With
another --audience the token is good, and for somebody else: gateways refuse it.`,
		Example: `  drillctl gateway up --tokens
  curl -H "Authorization: Bearer $(drillctl gateway token http://127.0.0.1:40123)" http://127.0.0.1:40117/orders
  drillctl gateway token http://127.0.0.1:40123 --expires-in 2s`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			text, err := tokenOf(c.Context(), a[0], o)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(env.Out, text)
			return err
		},
	}
	c.Flags().StringVar(&o.audience, "audience", gateway.Audience, "whom the token is for")
	c.Flags().DurationVar(&o.lasts, "expires-in", 0, "how long it lasts, whole seconds (default: as long as the issuer allows)")
	return c
}

// tokenPatience is for one answer of an issuer.
const tokenPatience = 5 * time.Second

// tokenOf asks an issuer for a token.
func tokenOf(ctx context.Context, issuer string, o tokenOptions) (string, error) {
	u, err := url.Parse(issuer)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return "", exit.Usagef("write it like http://127.0.0.1:40123, as 'drillctl gateway up --tokens' prints it", "%q is no address of an issuer", issuer)
	}
	if o.lasts < 0 || o.lasts%time.Second != 0 {
		return "", exit.Usagef("e.g. --expires-in 30s", "--expires-in %s: tokens last whole seconds", o.lasts)
	}
	form := url.Values{"audience": {o.audience}}
	if o.lasts > 0 {
		form.Set("expires_in", strconv.Itoa(int(o.lasts/time.Second)))
	}
	ctx, cancel := context.WithTimeout(ctx, tokenPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.JoinPath("token").String(), strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", exit.Hint(fmt.Errorf("ask the issuer: %w", err), "is 'drillctl gateway up --tokens' still up? It prints where its issuer is")
	}
	defer res.Body.Close()
	return readToken(res, issuer)
}

func readToken(res *http.Response, issuer string) (string, error) {
	var answer struct {
		Token string `json:"access_token"`
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err == nil && res.StatusCode == http.StatusOK {
		err = json.Unmarshal(text, &answer)
	}
	if err != nil || answer.Token == "" {
		return "", exit.Hint(fmt.Errorf("%s gives no token: %s: %.200q", issuer, res.Status, text), "the issuer is the node with the role issuer")
	}
	return answer.Token, nil
}
