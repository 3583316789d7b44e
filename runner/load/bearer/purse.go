// Package bearer has the tokens that the load shows: good ones, got from the issuer
// ahead of time and kept, and those of intruders.
package bearer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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

// get fills in a token that is due; lasts is in seconds, 0 for as long as may be.
func (p *Purse) get(ctx context.Context, into *token, audience string, lasts int) error {
	p.mu.Lock()
	due := into.due(time.Now())
	p.mu.Unlock()
	if !due {
		return nil
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"drillctl"}, "audience": {audience}}
	if lasts > 0 {
		form.Set("expires_in", strconv.Itoa(lasts))
	}
	asked := time.Now()
	var answer struct {
		Token string `json:"access_token"`
		Lasts int    `json:"expires_in"`
	}
	if err := p.ask(ctx, http.MethodPost, tokenPath, form, &answer); err != nil {
		return err
	}
	if answer.Token == "" || answer.Lasts <= 0 {
		return errors.New("the issuer's answer has no token")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	*into = token{answer.Token, asked, asked.Add(time.Duration(answer.Lasts) * time.Second)}
	return nil
}

// getKey learns one of the issuer's public keys.
func (p *Purse) getKey(ctx context.Context) error {
	p.mu.Lock()
	have := p.key != nil
	p.mu.Unlock()
	if have {
		return nil
	}
	var set struct {
		Keys []struct {
			X string `json:"x"`
		} `json:"keys"`
	}
	if err := p.ask(ctx, http.MethodGet, keysPath, nil, &set); err != nil {
		return err
	}
	for _, k := range set.Keys {
		if raw, err := b64.DecodeString(k.X); err == nil && len(raw) > 0 {
			p.mu.Lock()
			p.key = raw
			p.mu.Unlock()
			return nil
		}
	}
	return errors.New("the issuer's key set has no key")
}

func (p *Purse) ask(ctx context.Context, method, path string, form url.Values, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, p.config.Issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s%s was answered %s", p.config.Issuer, path, res.Status)
	}
	return json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(into)
}

// Header is the Authorization of a request that may pass.
func (p *Purse) Header() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return "Bearer " + p.good.text
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
