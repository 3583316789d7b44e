package order

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
)

// A Tenant is a customer with an API key, and what that key is good for. The key
// itself is kept nowhere.
type Tenant struct {
	Name  string  `json:"name"`
	Key   string  `json:"key"`   // SHA-256 of the API key, hexadecimal
	Rate  float64 `json:"rate"`  // requests per second in the long run
	Burst int     `json:"burst"` // requests at once
}

// KeySum is the form in which keys are kept and asked for.
func KeySum(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

var sumForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Check says what is wrong with it.
func (t Tenant) Check() error {
	switch {
	case t.Name == "" || len(t.Name) > 100:
		return errors.New("a tenant has a name of at most 100 bytes")
	case !sumForm.MatchString(t.Key):
		return fmt.Errorf("tenant %s: its key is not a SHA-256 in hexadecimal", t.Name)
	case !(t.Rate > 0 && t.Rate <= 1e6): // so that NaN is caught
		return fmt.Errorf("tenant %s: a rate of %v/s, and not up to 1000000/s", t.Name, t.Rate)
	case t.Burst < 1 || t.Burst > 1_000_000:
		return fmt.Errorf("tenant %s: a burst of %d, and not 1 to 1000000", t.Name, t.Burst)
	}
	return nil
}

// DecodeTenant reads one.
func DecodeTenant(r io.Reader) (Tenant, error) {
	var t Tenant
	if err := json.NewDecoder(io.LimitReader(r, MaxBody)).Decode(&t); err != nil {
		return t, fmt.Errorf("reading the tenant: %w", err)
	}
	return t, t.Check()
}

// Entry is the tenant as something to be stored: a key is added once, and goes
// with the orders wherever their log goes. Its id is beyond those that clients
// choose, who count from 1.
func (t Tenant) Entry() Order {
	sum, err := hex.DecodeString(t.Key)
	if err != nil || len(sum) < 8 { // Check has refused it
		return Order{}
	}
	return Order{ID: ID(binary.BigEndian.Uint64(sum) | 1<<63), Item: "tenant " + t.Name, Tenant: &t}
}

// Tenant finds who has the key of that sum.
func (t *Table) Tenant(sum string) (Tenant, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	found, ok := t.tenants[sum]
	return found, ok
}
