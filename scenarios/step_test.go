package scenarios

import "testing"

// A region loses its gateways when all of them go at once and in no order: by their
// role, and by no other condition.
func TestTakesGateways(t *testing.T) {
	for name, want := range map[string]bool{
		"dns-geo":            true,  // kill on role gateway, region eu
		"one-region-left":    true,  // likewise
		"planned-evacuation": false, // they are told to stop, and drain
		"region-blackhole":   false, // more than that goes
		"instance-hang":      false, // one API
		"dns-latency":        false, // slow is not gone
	} {
		_, src, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		st := mustParse(t, name, src).Steps[0]
		if got := st.TakesGateways(); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		st.On.Pick = "one"
		if st.TakesGateways() {
			t.Errorf("%s: one of them is not all", name)
		}
	}
}

// The operator is asked in the words of confirm, also when the step has a name.
func TestOperatorIsAskedTheQuestion(t *testing.T) {
	const question = "Is us-east lost? Declare the disaster."
	for want, st := range map[string]Step{"confirm: " + question: {Confirm: question}, "declare: " + question: {Confirm: question, Name: "declare"}} {
		if got := st.actionSpec(0).Text; got != want {
			t.Errorf("asked %q, want %q", got, want)
		}
	}
}
