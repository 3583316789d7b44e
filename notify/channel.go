package notify

import "context"

// A Channel is one way to tell people.
type Channel interface {
	// Name is for people: the kind of channel and, at most, its host.
	Name() string
	// Wants says whether messages of an event are for this channel.
	Wants(event string) bool
	// Send sends a message once, or finds out why not; ctx bounds it. It is not
	// called twice at a time. An error holds no secrets; one that another try
	// cannot mend is post.Permanent.
	Send(ctx context.Context, m Message) error
}
