package runtimes

// A Setting is one value of an instance's configuration, as it is. It is for
// comparing only: what is Secret must be hashed before it is kept anywhere.
type Setting struct {
	Path  string // e.g. "limits.memory"
	Value string
	// Set replaces Value for a list whose order and repetitions mean nothing, such
	// as the upstreams of a gateway.
	Set []string
	// Software says that it may be another with every release: an image, an
	// environment value.
	Software bool
	Secret   bool
	// Unread says why the value could not be looked at.
	Unread string
}
