package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
)

// The parts that gateways ask before they let anybody in, and what they may be
// joined with.
const (
	withTokens  = "tokens: {lifetime: 20s}"
	withTLS     = "tls: {}"
	withQuota   = "quota: {tenants: {shop: {key: shop-4f1c, rate: 400/s, burst: 100}}, load-as: shop, store: {}}"
	withControl = "control-plane: {every: 200ms, canary: 1s}"
	withIPv6    = "ip-family: ipv6"
)

const joined = `apiVersion: drillctl/v1
name: together
system:
  gateway:
    regions:
      us-east: {role: primary}
      us-west: {role: standby, gateways: 1, apis: 1}
      eu: {role: standby, gateways: 1, apis: 1}
    health: {interval: 500ms, timeout: 250ms, threshold: 2}
    %s
load: {rate: 20/s, writes: 5/s, %s timeout: 1s, deadline: 500ms, profile: pooled}
steady: {for: 1s, success: 95%%}
hold: 1s
steps:
  - %s
settle: 5s
objectives: {%s availability: 60%%, rto: 8s, rpo: 2s}
`

// Parts that were made one by one work together: clients are answered all the way
// through the loss of the primary's gateways, or bad routes, also by the final reads,
// and whoever has no good token is not.
func TestPartsTogether(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	kill := "{at: 500ms, fault: kill, on: {region: us-east, role: gateway, pick: one}, for: 3s}"
	push := `{at: 500ms, fault: config-push, on: {role: control}, path: "/orders/*", for: 3s}`
	for name, tt := range map[string]struct {
		parts []string
		step  string
	}{
		"tokens and TLS":          {[]string{withTokens, withTLS}, kill},
		"tokens, quota and IPv6":  {[]string{withTokens, withQuota, withIPv6}, kill},
		"control plane and TLS":   {[]string{withControl, withTLS}, push},
		"all, and a bad push":     {[]string{withTokens, withTLS, withQuota, withControl, withIPv6}, push},
		"all, and a gateway lost": {[]string{withTokens, withTLS, withQuota, withControl, withIPv6}, kill},
	} {
		t.Run(name, func(t *testing.T) {
			load, ask := "", ""
			if tt.parts[0] == withTokens {
				load, ask = "intruders: 10/s,", "intruders-let-in: 0, valid-refused: 0,"
			}
			rec := runTogether(t, fmt.Sprintf(joined, strings.Join(tt.parts, "\n    "), load, tt.step, ask))
			if i := rec.Analysis.Intruders; tt.parts[0] == withTokens && (i == nil || i.Tested < 10 || i.Total.LetIn > 0 || i.Total.Refused < 10) {
				t.Errorf("intruders: %+v", i)
			}
			if l := rec.Analysis.Ledger; l == nil || !l.Known || l.Acked < 10 {
				t.Errorf("writes: %+v", l)
			}
		})
	}
}

// runTogether runs a scenario until it has passed, again where the machine was busy.
func runTogether(t *testing.T, text string) (rec drill.Record) {
	t.Helper()
	d := newLiveDrill(t)
	file := filepath.Join(filepath.Dir(d.tmp), "together.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out []byte
	code := againIfBusy(exit.Passed, func() (int, string) {
		c := d.command("run", "--quiet", "--output", "json", file)
		var err error
		if out, err = c.Output(); err != nil && c.ProcessState == nil {
			t.Fatal(err)
		}
		said := string(out)
		var ended *exec.ExitError
		if errors.As(err, &ended) {
			said += string(ended.Stderr)
		}
		return c.ProcessState.ExitCode(), said
	})
	if err := json.Unmarshal(out, &rec); err != nil || code != exit.Passed {
		t.Fatalf("exit %d: %s (%v)", code, rec.Reason, err)
	}
	return rec
}
