package load_test

import (
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runner/load"
	"github.com/drillctl/drillctl/runner/load/oracle"
	"github.com/drillctl/drillctl/runner/load/probe"
)

const (
	benchWorkers = 16
	benchTurn    = 300 * time.Millisecond
)

// BenchmarkWorkerVsVegeta drives one server as fast as 16 workers can, by turns
// with bare vegeta and with the load worker over its whole path, protocol
// included, through the same kind of client. It reports the medians of the
// requests per second of both, and of the ratios turn by turn.
func BenchmarkWorkerVsVegeta(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(load.GCPercent)) // for both
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["X-Region"], h["X-Instance"] = []string{"us-east"}, []string{"us-east-gateway-1"}
		io.WriteString(w, `{"id":"0","sent_ns":1,"item":"drill"}`)
	})}
	go srv.Serve(ln)
	defer srv.Close()
	url := "http://" + ln.Addr().String()

	var bare, worker, ratio []float64
	for range b.N {
		for range 8 { // by turns, so that the machine's moods hit both
			v1, w1, w2, v2 := bareVegeta(url), loadWorker(b, url), loadWorker(b, url), bareVegeta(url)
			bare, worker, ratio = append(bare, v1, v2), append(worker, w1, w2), append(ratio, (w1+w2)/(v1+v2))
		}
	}
	b.ReportMetric(median(bare), "vegeta-req/s")
	b.ReportMetric(median(worker), "worker-req/s")
	b.ReportMetric(median(ratio), "ratio")
	b.ReportMetric(0, "ns/op")
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

func bareVegeta(url string) float64 {
	client := probe.Client(probe.Transport(load.Pooled, 5*time.Second, new(net.Dialer).DialContext))
	client.Timeout = 5 * time.Second
	defer client.CloseIdleConnections()
	a := vegeta.NewAttacker(vegeta.Client(client), vegeta.MaxWorkers(benchWorkers))
	target := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: url + "/orders/0"})
	n := 0
	began := time.Now()
	for res := range a.Attack(target, vegeta.Rate{}, benchTurn, "") {
		if res.Code == http.StatusOK {
			n++
		}
	}
	return float64(n) / time.Since(began).Seconds()
}

func loadWorker(b *testing.B, url string) float64 {
	var seen tally
	cfg := load.Config{URL: url, ReadRate: 1e6, Timeout: 5 * time.Second, Profile: load.Pooled, BeganMono: mono.Now(), MaxWorkers: benchWorkers}
	l, err := load.Start(b.Context(), oracle.Client{}, cfg, &seen)
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	time.Sleep(benchTurn)
	stats, err := l.Stop(b.Context())
	if err != nil || seen.n != stats.Routes["read"].Sent {
		b.Fatalf("%d samples, stats %+v: %v", seen.n, stats, err)
	}
	// From the first slot: a load begins a moment after it was started.
	return float64(stats.Routes["read"].Answered) / (seen.end - l.Grids()["read"].T0).Seconds()
}

// A tally is a sink that keeps nothing. Stop returns after its last call.
type tally struct {
	n   uint64
	end time.Duration
}

func (t *tally) Samples(batch []drill.Sample) {
	t.n += uint64(len(batch))
	for _, s := range batch {
		t.end = max(t.end, s.End)
	}
}
