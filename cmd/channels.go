package cmd

import (
	"errors"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/notify"
	"github.com/drillctl/drillctl/trace"
)

// notifySettings say whom to tell of drills, and how; none is set by default.
var notifySettings = []string{"notify", "notify-urls", "notify-urls-file", "webhook-url", "webhook-url-file", "webhook-secret", "webhook-secret-file",
	"grafana-url", "grafana-token", "grafana-token-file", "grafana-dashboard", "otlp-url", "otlp-headers", "otlp-headers-file"}

// A recipients is everybody who is told of drills.
type recipients struct {
	channels []notify.Channel
	traces   *trace.Exporter // nil is none
}

func (r recipients) none() bool { return len(r.channels) == 0 && r.traces == nil }

// recipients reads the settings; all that is wrong with them is told at once.
func (s *settings) recipients() (recipients, error) {
	var r recipients
	errs := []error{s.addChats(&r), s.addWebhook(&r), s.addGrafana(&r)}
	var err error
	r.traces, err = s.traces()
	return r, errors.Join(append(errs, err)...)
}

func (s *settings) addChats(r *recipients) error {
	urls, err := s.secrets("notify-urls")
	for i, u := range urls {
		c, chatErr := notify.NewChat(u)
		if chatErr != nil {
			err = errors.Join(err, misset(numbered("notify-urls", i, len(urls)), "docs/telling-people.md shows some; https://shoutrrr.nickfedor.com lists all services", chatErr))
			continue
		}
		r.channels = append(r.channels, c)
	}
	return err
}

func (s *settings) addWebhook(r *recipients) error {
	url, urlErr := s.secret("webhook-url")
	secret, err := s.secret("webhook-secret")
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
	r.channels = append(r.channels, w)
	return nil
}

func (s *settings) addGrafana(r *recipients) error {
	token, err := s.secret("grafana-token")
	url := s.v.GetString("grafana-url")
	if err != nil || url == "" && token == "" {
		return err
	}
	g, err := notify.NewGrafana(url, token, s.v.GetString("grafana-dashboard"))
	if err != nil {
		return misset("grafana-url and grafana-token", "the token of a service account that may write annotations: DRILLCTL_GRAFANA_TOKEN or grafana-token-file", err)
	}
	r.channels = append(r.channels, g)
	return nil
}

// traces is the exporter of the settings, nil when there is none.
func (s *settings) traces() (*trace.Exporter, error) {
	url := s.v.GetString("otlp-url")
	headers, err := s.secret("otlp-headers")
	if err != nil || url == "" {
		return nil, err
	}
	e, err := trace.New(url, headers)
	if err != nil {
		return nil, misset("otlp-url and otlp-headers", "", err)
	}
	return e, nil
}
