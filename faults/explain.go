package faults

import (
	"encoding"
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"
	"time"
)

// A Param is one parameter of a kind.
type Param struct {
	Name    string
	Type    string // duration, percentage, rate, number, list of numbers, word, yes or no
	Default string // "" is none
	Doc     string
	Enum    []string
	Needed  bool // there is no drill without it
}

// Params lists the parameters of a kind, from its type.
func Params(k Kind) []Param {
	v := reflect.ValueOf(k.New()).Elem()
	if v.Kind() != reflect.Struct {
		return nil
	}
	var out []Param
	for i := range v.NumField() {
		t, f := v.Type().Field(i), v.Field(i)
		name := t.Tag.Get("yaml")
		if name == "" || name == "-" {
			continue
		}
		p := Param{Name: name, Type: typeName(f), Doc: t.Tag.Get("doc"), Default: valueText(f), Needed: t.Tag.Get("required") != ""}
		if e := t.Tag.Get("enum"); e != "" {
			p.Enum = strings.Split(e, ",")
		}
		out = append(out, p)
	}
	return out
}

func typeName(v reflect.Value) string {
	switch v.Interface().(type) {
	case time.Duration:
		return "duration"
	case Percent:
		return "percentage"
	case BitRate:
		return "rate"
	case CPUs:
		return "number of processors"
	case PerSecond:
		return "number per second"
	case Size:
		return "size"
	case []int:
		return "list of numbers"
	case []string:
		return "list of words"
	}
	return map[reflect.Kind]string{reflect.String: "word", reflect.Bool: "yes or no", reflect.Int: "number"}[v.Kind()]
}

func valueText(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		b, err := m.MarshalText()
		if err != nil {
			return ""
		}
		return string(b)
	}
	return fmt.Sprint(v.Interface())
}

// Explain writes all that is known of a kind, for people.
func Explain(w io.Writer, k Kind) error {
	fmt.Fprintf(w, "fault: %s\n\n  %s\n\n", k.Name, k.Summary)
	for _, l := range strings.Split(k.Doc, "\n") {
		fmt.Fprintf(w, "  %s\n", l)
	}
	fmt.Fprintln(w)
	if err := explainKeys(w, k); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n  If drillctl dies: %s.\n", afterDeath(k))
	if len(k.Runtimes) > 0 {
		fmt.Fprintf(w, "  Only in the runtime: %s.\n", strings.Join(k.Runtimes, ", "))
	}
	if len(k.Excludes) > 0 {
		fmt.Fprintf(w, "  Not on one target together with: %s.\n", strings.Join(k.Excludes, ", "))
	}
	return nil
}

func explainKeys(w io.Writer, k Kind) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if k.Outside {
		fmt.Fprintf(tw, "  on\toptional; region: what goes away by it\n")
	} else {
		fmt.Fprintf(tw, "  on\twhom it hits: region, role, service, name, label, pick\n")
	}
	switch {
	case k.Sent:
		fmt.Fprintf(tw, "  from\toptional; who sends it, chosen like on; without, the load's client\n")
	case k.Peers:
		fmt.Fprintf(tw, "  from\tthe other side, chosen like on\n")
	}
	if k.Instant {
		fmt.Fprintf(tw, "  for\tnot taken: it is over at once\n")
	} else {
		fmt.Fprintf(tw, "  for\thow long it lasts\n")
	}
	for _, p := range Params(k) {
		more := ""
		if len(p.Enum) > 0 {
			more += ": " + strings.Join(p.Enum, ", ")
		}
		if p.Needed {
			more += " (required)"
		}
		if p.Default != "" {
			more += " (default " + p.Default + ")"
		}
		fmt.Fprintf(tw, "  %s\t%s; %s%s\n", p.Name, p.Type, p.Doc, more)
	}
	return tw.Flush()
}

func afterDeath(k Kind) string {
	switch {
	case k.Leased && k.Outside:
		return "nothing of it is drillctl's"
	case k.Leased:
		return "held by an agent; it ends by itself when drillctl dies"
	}
	return "journalled before it is done; 'drillctl recover' takes it back after a crash"
}
