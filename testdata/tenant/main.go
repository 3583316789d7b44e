// Command tenant is a container of somebody's own in tests: it answers over HTTP. As
// "sh" it is what faults run: to take memory, slowly, so that the taking can be met
// half done, or to keep processors busy.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	if filepath.Base(os.Args[0]) == "sh" {
		if script := os.Args[len(os.Args)-1]; strings.Contains(script, "/dev/zero") {
			devour()
		}
		hurry()
		return
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	go func() { <-end; os.Exit(0) }()
	log.Fatal(http.ListenAndServe(":8080", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "here") })))
}

// hurry wants more than half a processor for a few of the kernel's periods.
func hurry() {
	for end := time.Now().Add(400 * time.Millisecond); time.Now().Before(end); {
	}
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
