package cmd

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/forecast"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill/predict"
	"github.com/drillctl/drillctl/reports"
)

type predictOptions struct {
	like, run, output string
	set               predict.Settings
}

func newPredict(env terminal.Env, set *settings.Settings) *cobra.Command {
	var o predictOptions
	c := &cobra.Command{
		Use:   "predict [SCENARIO]",
		Short: "Work out how long a failover may take; nothing is started",
		Long: `Work out from health checks and TTL alone how long it may take until a lost
region is noticed and until clients are served elsewhere: the least, the typical
and the longest time. The settings are those of a scenario, those that a product
comes with (--like), or the flags, which win over both. With --run, the settings
are those of a stored run, and what it measured stands beside the bounds.`,
		Example: `  drillctl predict region-blackhole
  drillctl predict --like route53
  drillctl predict --interval 10s --timeout 2s --threshold 3 --ttl 60s
  drillctl predict --like route53 --clients-keep 5m
  drillctl predict --run last`,
		Args:              args(cobra.MaximumNArgs(1)),
		ValidArgsFunction: completeScenarios,
		RunE:              func(c *cobra.Command, a []string) error { return runPredict(c, env, set, o, a) },
	}
	f := c.Flags()
	f.DurationVar(&o.set.Interval, "interval", 0, "time between checks")
	f.DurationVar(&o.set.Timeout, "timeout", 0, "of one check")
	f.IntVar(&o.set.Threshold, "threshold", 0, "failures in a row that make unhealthy")
	f.DurationVar(&o.set.TTL, "ttl", 0, "time to live of DNS answers; 0 for no DNS")
	f.DurationVar(&o.set.Clients.AtLeast, "clients-keep", 0, "how long clients keep answers at least, whatever their TTL")
	f.StringVar(&o.like, "like", "", "the settings that a product comes with: "+presetNames())
	f.StringVar(&o.run, "run", "", "the settings of a stored run, and what it measured: 'last', an id or a path")
	f.StringVarP(&o.output, "output", "o", "table", "what to print: table, json")
	_ = c.RegisterFlagCompletionFunc("like", cobra.FixedCompletions(strings.Split(presetNames(), ", "), cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("run", completeRuns(set))
	return c
}

func presetNames() string {
	var names []string
	for _, p := range predict.Presets() {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

func runPredict(c *cobra.Command, env terminal.Env, set *settings.Settings, o predictOptions, a []string) error {
	if o.output != "table" && o.output != "json" {
		return exit.Usagef("known: table, json", "unknown format %q", o.output)
	}
	v, err := predictionOf(env, set, o, a)
	if err != nil {
		return err
	}
	changed := c.Flags().Changed
	overrideSettings(&v.Settings, o.set, changed)
	if err := checkSettings(v.Settings); err != nil {
		return err
	}
	v.Bounds = predict.Predict(v.Settings)
	if v.OneRegion {
		for i := range v.Bounds {
			v.Bounds[i].Failover = predict.Span{}
		}
	}
	if o.output == "json" {
		return reports.PredictionJSON(env.Out, v)
	}
	return reports.Prediction(env.Out, v, set.Table(env))
}

// predictionOf takes the settings from where they stand: one place at most.
func predictionOf(env terminal.Env, set *settings.Settings, o predictOptions, a []string) (reports.PredictionView, error) {
	places := len(a)
	for _, s := range []string{o.like, o.run} {
		if s != "" {
			places++
		}
	}
	switch {
	case places > 1:
		return reports.PredictionView{}, exit.Usagef("give a scenario, --like or --run", "the settings can come from one place only")
	case o.like != "":
		p, ok := predict.Lookup(o.like)
		if !ok {
			return reports.PredictionView{}, exit.Usagef("known: "+presetNames(), "nothing is known of %q", o.like)
		}
		return reports.PredictionView{Name: p.Name, Settings: p.Settings, Notes: []string{p.Doc}}, nil
	case o.run != "":
		root, err := set.StateDir()
		if err != nil {
			return reports.PredictionView{}, err
		}
		return forecast.Run(root, o.run)
	case len(a) == 1:
		sc, _, err := source.Load(env, a[0])
		if err != nil {
			return reports.PredictionView{}, err
		}
		return forecast.Scenario(sc)
	}
	return reports.PredictionView{}, nil
}

func overrideSettings(s *predict.Settings, by predict.Settings, changed func(string) bool) {
	if changed("interval") {
		s.Interval = by.Interval
	}
	if changed("timeout") {
		s.Timeout = by.Timeout
	}
	if changed("threshold") {
		s.Threshold = by.Threshold
	}
	if changed("ttl") {
		s.TTL = by.TTL
	}
	if changed("clients-keep") {
		s.Clients.AtLeast = by.Clients.AtLeast
	}
}

func checkSettings(s predict.Settings) error {
	switch {
	case s.Interval <= 0:
		return exit.Usagef("e.g. --interval 10s, a scenario, or --like route53", "there is no time between checks to predict from")
	case s.Threshold < 1:
		return exit.Usagef("e.g. --threshold 3", "threshold %d: at least one check has to fail", s.Threshold)
	case s.Timeout < 0 || s.TTL < 0 || s.Clients.AtLeast < 0:
		return exit.Usagef("", "timeout %s, ttl %s and clients-keep %s: not below zero", s.Timeout, s.TTL, s.Clients.AtLeast)
	}
	return nil
}
