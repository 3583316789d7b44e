// Command tenant is a container of somebody's own in tests: it answers over HTTP. As
// "sh" it is what a fault runs to take memory: slowly, so that the taking can be
// met half done.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	if filepath.Base(os.Args[0]) == "sh" {
		devour()
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	go func() { <-end; os.Exit(0) }()
	log.Fatal(http.ListenAndServe(":8080", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "here") })))
}

func devour() {
	if err := os.WriteFile("/proc/1/oom_score_adj", []byte("1000"), 0); err != nil {
		log.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	var kept [][]byte
	for range 4096 {
		b := make([]byte, 1<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		kept = append(kept, b)
	}
	log.Fatalf("nothing stopped it at %d MiB", len(kept))
}
