// Package order is the data of the store as values: an order, its place in the
// log, and what can be asked of a log that is held in memory. It does no I/O.
package order

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// MaxBody bounds the JSON of one order, in bytes.
const MaxBody = 64 << 10

// ID is the number that the client chose for its order. In JSON it is a decimal
// string, as many readers lose digits of larger numbers.
type ID uint64

// MarshalJSON writes the decimal string.
func (id ID) MarshalJSON() ([]byte, error) { return []byte(`"` + id.String() + `"`), nil }

// UnmarshalJSON reads a decimal string, nothing else.
func (id *ID) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("an id is a decimal number in a string: %w", err)
	}
	got, err := ParseID(s)
	*id = got
	return err
}

func (id ID) String() string { return strconv.FormatUint(uint64(id), 10) }

// ParseID reads a decimal uint64 without sign, spaces or leading zeros, so that
// every id has one spelling.
func ParseID(s string) (ID, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0, fmt.Errorf("id %.40q: want a decimal number from 0 to 18446744073709551615", s)
	}
	return ID(n), nil
}

// An Order is what a client sends.
type Order struct {
	ID   ID     `json:"id"`
	Sent int64  `json:"sent_ns"` // on the client's clock; kept, not understood
	Item string `json:"item"`
	// Tenant makes it no order but somebody's API key, which is in the log as well.
	Tenant *Tenant `json:"tenant,omitempty"`
}

// Decode reads one order of at most MaxBody bytes.
func Decode(r io.Reader) (Order, error) {
	body, err := io.ReadAll(io.LimitReader(r, MaxBody+1))
	if err != nil {
		return Order{}, fmt.Errorf("reading the order: %w", err)
	}
	if len(body) > MaxBody {
		return Order{}, ErrTooLarge
	}
	var o struct {
		Order
		ID *ID `json:"id"`
	}
	d := json.NewDecoder(strings.NewReader(string(body)))
	if err := d.Decode(&o); err != nil {
		return Order{}, fmt.Errorf("reading the order: %w", err)
	}
	if o.ID == nil {
		return Order{}, errors.New("reading the order: it has no id")
	}
	if d.More() {
		return Order{}, errors.New("reading the order: text after the JSON object")
	}
	o.Order.ID, o.Order.Tenant = *o.ID, nil // nobody gets a key by an order
	return o.Order, nil
}

// ErrTooLarge says that an order is longer than MaxBody.
var ErrTooLarge = fmt.Errorf("an order has at most %d bytes", MaxBody)

// An Entry is an order at its place in the log.
type Entry struct {
	Seq    uint64 `json:"seq"`    // from 1, without gaps
	Epoch  uint64 `json:"epoch"`  // of the leader that took it; never falls along the log
	Region string `json:"region"` // of that leader
	Order
}
