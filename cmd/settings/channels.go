package settings

import (
	"errors"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/notify"
	"github.com/drillctl/drillctl/trace"
)

// notifySettings say whom to tell of drills, and how; none is set by default.
var notifySettings = []string{"notify", "notify-urls", "notify-urls-file", "webhook-url", "webhook-url-file", "webhook-secret", "webhook-secret-file",
	"grafana-url", "grafana-token", "grafana-token-file", "grafana-dashboard", "otlp-url", "otlp-headers", "otlp-headers-file"}

// A Recipients is everybody who is told of drills.
type Recipients struct {
	Channels []notify.Channel
	Traces   *trace.Exporter // nil is none
}

// None says that nobody is told.
func (r Recipients) None() bool { return len(r.Channels) == 0 && r.Traces == nil }

// Recipients reads the settings; all that is wrong with them is told at once.
func (s *Settings) Recipients() (Recipients, error) {
	var r Recipients
	errs := []error{s.addChats(&r), s.addWebhook(&r), s.addGrafana(&r)}
	var err error
	r.Traces, err = s.Traces()
	return r, errors.Join(append(errs, err)...)
}

func (s *Settings) addChats(r *Recipients) error {
	urls, err := s.secrets("notify-urls")
	for i, u := range urls {
		c, chatErr := notify.NewChat(u)
		if chatErr != nil {
			err = errors.Join(err, misset(numbered("notify-urls", i, len(urls)), "docs/telling-people.md shows some; https://shoutrrr.nickfedor.com lists all services", chatErr))
			continue
		}
		r.Channels = append(r.Channels, c)
	}
	return err
}

func (s *Settings) addWebhook(r *Recipients) error {
	url, urlErr := s.Secret("webhook-url")
	secret, err := s.Secret("webhook-secret")
	if err := errors.Join(urlErr, err); err != nil || url == "" && secret == "" {
		return err
	}
	switch {
	case url == "":
		return exit.Usagef("DRILLCTL_WEBHOOK_URL, or webhook-url in drillctl.yaml", "settings: webhook-secret is set, but no webhook-url")
	case secret == "":
		return exit.Usagef("DRILLCTL_WEBHOOK_SECRET or webhook-secret-file; 'openssl rand -hex 32' makes one", "settings: webhook-url is set, but no webhook-secret: webhooks are signed")
	}
	w, err := notify.NewWebhook(url, secret)
	if err != nil {
		return misset("webhook-url and webhook-secret", "", err)
	}
	r.Channels = append(r.Channels, w)
	return nil
}

func (s *Settings) addGrafana(r *Recipients) error {
	token, err := s.Secret("grafana-token")
	url := s.v.GetString("grafana-url")
	if err != nil || url == "" && token == "" {
		return err
	}
	g, err := notify.NewGrafana(url, token, s.v.GetString("grafana-dashboard"))
	if err != nil {
		return misset("grafana-url and grafana-token", "the token of a service account that may write annotations: DRILLCTL_GRAFANA_TOKEN or grafana-token-file", err)
	}
	r.Channels = append(r.Channels, g)
	return nil
}

// Traces is the exporter of the settings, nil when there is none.
func (s *Settings) Traces() (*trace.Exporter, error) {
	url := s.v.GetString("otlp-url")
	headers, err := s.Secret("otlp-headers")
	if err != nil || url == "" {
		return nil, err
	}
	e, err := trace.New(url, headers)
	if err != nil {
		return nil, misset("otlp-url and otlp-headers", "", err)
	}
	return e, nil
}
