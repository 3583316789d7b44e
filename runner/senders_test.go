package runner

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/fake"
)

// Traffic comes from those who are chosen, or from the client, and from nobody else.
func TestSenders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := fake.New("run")
		defer rt.Close()
		addr := []netip.Addr{netip.MustParseAddr("10.0.0.1")}
		nodes := []runtimes.Node{{Name: "gw", Role: "gateway", Addrs: addr}, {Name: "api", Role: "api", Addrs: addr}, {Name: "client-1", Role: "client", Addrs: addr},
			{Name: runtimes.HostName, Role: "client", Addrs: addr}} // which is the machine's own
		if err := rt.Start(t.Context(), nodes); err != nil {
			t.Fatal(err)
		}
		running, err := instancesByName(t.Context(), rt)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			sent        bool
			peers, want []string
		}{{true, nil, []string{"client-1"}}, {true, []string{"api"}, []string{"api"}}, {false, []string{"api"}, nil}} {
			s := Step{Kind: faults.Kind{Sent: tt.sent, Peers: true}, Targets: []string{"gw"}, Peers: tt.peers}
			on, err := Plan{Steps: []Step{s}}.targets(s, rt, running)
			if err != nil || len(on) != 1 {
				t.Fatal(on, err)
			}
			var names []string
			for _, in := range on[0].Senders {
				names = append(names, in.Node().Name)
			}
			if !slices.Equal(names, tt.want) || (len(on[0].Peers) > 0) == tt.sent {
				t.Errorf("%+v: senders %v, peers %v", tt, names, on[0].Peers)
			}
		}
	})
}
