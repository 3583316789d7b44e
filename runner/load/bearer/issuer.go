package bearer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

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
	ends, ok := expiry(answer.Token)
	if !ok { // it is not for us to read: the answer says the same, to the second
		ends = asked.Add(time.Duration(answer.Lasts) * time.Second)
	}
	*into = token{answer.Token, asked, ends}
	return nil
}

// expiry is until when a token says that it is valid.
func expiry(token string) (time.Time, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	var claims struct {
		Expiry *float64 `json:"exp"` // seconds since 1970 (RFC 7519)
	}
	text, err := b64.DecodeString(parts[1])
	if err != nil || json.Unmarshal(text, &claims) != nil || claims.Expiry == nil {
		return time.Time{}, false
	}
	return time.UnixMicro(int64(*claims.Expiry * 1e6)), true
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
