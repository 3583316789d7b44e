package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/drillctl/drillctl/notify/post"
)

// The headers of a webhook, as in the Standard Webhooks specification 1.0: its
// libraries can check the signature.
const (
	headerID        = "Webhook-Id"
	headerTime      = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

// secretPrefix marks a secret whose rest is base64.
const secretPrefix = "whsec_"

// A Webhook posts messages as signed JSON.
type Webhook struct {
	url    string
	secret string
	key    []byte
}

// NewWebhook checks an address and a secret. With the prefix whsec_ the rest of
// the secret is base64, else its bytes are the key. Errors hold neither.
func NewWebhook(address, secret string) (*Webhook, error) {
	if err := checkURL(address); err != nil {
		return nil, err
	}
	w := &Webhook{url: address, secret: secret, key: []byte(secret)}
	if coded, ok := strings.CutPrefix(secret, secretPrefix); ok {
		key, err := base64.StdEncoding.DecodeString(coded)
		if err != nil {
			return nil, errors.New("the secret behind whsec_ is not base64")
		}
		w.key = key
	}
	if len(w.key) < 16 {
		return nil, fmt.Errorf("the secret has %d bytes: at least 16 are needed", len(w.key))
	}
	return w, nil
}

// checkURL wants an address of HTTP.
func checkURL(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return errors.New("the address cannot be read: an http:// or https:// URL is wanted")
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return errors.New("an http:// or https:// URL is wanted")
	}
	return nil
}

// Name is the kind and the host.
func (w *Webhook) Name() string { return "webhook " + post.Where(w.url) }

// Wants everything.
func (w *Webhook) Wants(string) bool { return true }

// Send posts a message; every try is signed with its own time.
func (w *Webhook) Send(ctx context.Context, m Message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return post.Permanent(err)
	}
	_, err = post.Do(ctx, post.Request{URL: w.url, Body: body, Secrets: []string{w.secret}, Header: w.headers(m.ID, time.Now(), body)})
	return err
}

func (w *Webhook) headers(id string, now time.Time, body []byte) http.Header {
	stamp := strconv.FormatInt(now.Unix(), 10)
	return http.Header{
		"Content-Type":  {"application/json"},
		headerID:        {id},
		headerTime:      {stamp},
		headerSignature: {"v1," + sign(w.key, id, stamp, body)},
	}
}

// sign is the HMAC-SHA256 of ID.TIMESTAMP.BODY in base64.
func sign(key []byte, id, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
