package drill

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Fingerprint is what two runs must have in common for their numbers to be
// compared: the substance of the scenario (the system, the load with its client
// profile, the damage, what counts as down and as recovered) and the class of
// the host. Names, targets, seeds, and bugs that were switched on are none of it;
// nor is the kernel's release.
func Fingerprint(substance []byte, env Environment) string {
	h := sha256.New()
	fmt.Fprintf(h, "drillctl/fingerprint/v1\nruntime %s\nsystem %s\nos %s\narch %s\ncpus %s\n", env.Runtime, env.System, env.Host["os"], env.Host["arch"], env.Host["cpus"])
	h.Write(substance)
	return hex.EncodeToString(h.Sum(nil))[:16]
}
