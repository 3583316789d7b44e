// Package bearer has the tokens that the load shows: good ones, got from the issuer
// ahead of time and kept, and those of intruders.
package bearer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
)

const (
	// patience is for one answer of the issuer, and openPatience for the first token:
	// without one no request makes sense.
	patience     = 2 * time.Second
	openPatience = 8 * time.Second
	// again is the time between two tries.
	again     = 500 * time.Millisecond
	maxAnswer = 1 << 20 // bytes
	keysPath  = "/.well-known/jwks.json"
	tokenPath = "/token"
	// shortLife is asked for tokens that are to expire, in seconds.
	shortLife = 1
	// overLeeway is added to the leeway of gateways: tokens count in whole seconds.
	overLeeway = time.Second
)

// A Config says where tokens are got.
type Config struct {
	Issuer   string        `json:"issuer"`    // URL
	Audience string        `json:"audience"`  // whom good tokens are for
	Leeway   time.Duration `json:"leeway_ns"` // that gateways allow after the end of a token
}

// A token is one of the issuer's.
type token struct {
	text string
	got  time.Time
	ends time.Time
}

// due says that half of its life is over, so that there is time to get another.
func (t token) due(now time.Time) bool { return now.Sub(t.got) >= t.ends.Sub(t.got)/2 }

// A Purse keeps tokens. While the issuer is away it gives those that it has, as long as
// they last, and afterwards still: then the answers say so.
type Purse struct {
	config Config
	client *http.Client
	forger *forger
	cancel context.CancelFunc
	over   chan struct{}

	mu      sync.Mutex
	good    token
	other   token  // for another audience
	expired token  // that was asked for a short life
	key     []byte // a public key of the issuer's
}

// Open gets the first token, and goes on getting others until Close. Connections are
// made by dial. intruders says that forged tokens will be asked for, too.
func Open(c Config, intruders bool, dial func(ctx context.Context, network, address string) (net.Conn, error)) (*Purse, error) {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Purse{config: c, cancel: cancel, over: make(chan struct{}), client: &http.Client{Timeout: patience,
		Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true, DisableCompression: true}}}
	var err error
	if p.forger, err = newForger(); err != nil {
		cancel()
		return nil, err
	}
	if err := p.first(ctx, intruders); err != nil {
		cancel()
		return nil, err
	}
	go p.run(ctx, intruders)
	return p, nil
}

func (p *Purse) first(ctx context.Context, intruders bool) error {
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	for {
		err := p.renew(ctx, intruders)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the first token: %w", err)
		case <-time.After(again):
		}
	}
}

// Close ends the renewing.
func (p *Purse) Close() {
	p.cancel()
	<-p.over
}

// run gets tokens ahead of the end of those that there are.
func (p *Purse) run(ctx context.Context, intruders bool) {
	defer close(p.over)
	tick := time.NewTicker(again)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = p.renew(ctx, intruders) // what there is lasts for a while, and then requests show it
		}
	}
}

// renew gets what is due.
func (p *Purse) renew(ctx context.Context, intruders bool) error {
	err := p.get(ctx, &p.good, p.config.Audience, 0)
	if err != nil || !intruders {
		return err
	}
	// One token is left to expire: it has no successor.
	p.mu.Lock()
	short := p.expired.text == ""
	p.mu.Unlock()
	if short {
		err = p.get(ctx, &p.expired, p.config.Audience, shortLife)
	}
	return errors.Join(err, p.get(ctx, &p.other, p.config.Audience+".other", 0), p.getKey(ctx))
}

// Header is the Authorization of a request that may pass.
func (p *Purse) Header() string {
	text, _ := p.Show()
	return text
}

// Show is Header, and whether its token is no longer valid by now: then to refuse it
// is right, whatever leeway is given.
func (p *Purse) Show() (text string, expired bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return "Bearer " + p.good.text, !time.Now().Before(p.good.ends)
}

// Forged is the Authorization of an intruder, empty for none at all. false says that
// there is no token of that kind yet.
func (p *Purse) Forged(f drill.Forgery) (string, bool) {
	p.mu.Lock()
	good, other, expired, key := p.good, p.other, p.expired, p.key
	p.mu.Unlock()
	switch text := ""; f {
	case drill.NoToken:
		return "", true
	case drill.Expired:
		return "Bearer " + expired.text, expired.text != "" && time.Now().After(expired.ends.Add(p.config.Leeway+overLeeway))
	case drill.WrongAudience:
		return "Bearer " + other.text, other.text != ""
	default:
		var err error
		text, err = p.forger.forge(f, good.text, key)
		return "Bearer " + text, err == nil
	}
}
