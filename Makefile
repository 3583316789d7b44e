# Everything a developer needs. `make` lists the targets.
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X github.com/drillctl/drillctl/cmd/build.version=$(VERSION)
export CGO_ENABLED ?= 0

.PHONY: help build drill matrix predict test race bench lint golden fuzz docs snapshot clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## bin/drillctl
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/drillctl ./cmd/drillctl

drill: build ## the first drill: the primary region goes silent
	bin/drillctl run region-blackhole

matrix: build ## every drill with and without the bugs it must see; N times, ONLY these, on RUNTIME
	$(GO) run ./internal/matrix -n $(or $(N),1) -only '$(ONLY)' -runtime '$(RUNTIME)'

predict: build ## predicted against measured failover; EVERY n-th setting of the grid
	$(GO) run ./internal/predict -every $(or $(EVERY),7)

test: ## all tests; what this machine cannot do is skipped with a reason
	$(GO) test ./...

race: ## all tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race ./...

bench: build ## every performance figure, one line each: name, value, unit
	$(GO) run ./internal/bench

lint: ## gofmt, vet, staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

golden: ## rewrite golden files and generated docs; look at the diff
	$(GO) test ./reports/... ./scenarios/... ./cmd/... -update

fuzz: ## half a minute for each fuzz target
	$(GO) test ./scenarios -run '^$$' -fuzz FuzzParse -fuzztime 30s
	$(GO) test ./runner/journal -run '^$$' -fuzz FuzzOutstanding -fuzztime 30s

docs: build ## man pages
	bin/drillctl man dist/man

snapshot: ## what a release would hold
	goreleaser release --snapshot --clean

clean:
	rm -rf bin dist
