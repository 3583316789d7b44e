package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// start raises all nodes in parallel and waits until they are ready. On an
// error none of them is left; nodes of earlier starts stay.
func (h *host) start(ctx context.Context, specs []runtimes.Node) error {
	if err := h.checkSpecs(specs); err != nil {
		return err
	}
	nodes, err := h.plumb(specs)
	if err == nil {
		err = inParallel(nodes, func(n *node) error {
			_, err := n.start()
			return err
		})
	}
	if err == nil {
		err = h.awaitReady(ctx, nodes)
	}
	if err != nil {
		return errors.Join(err, h.tearDown(nodes))
	}
	return nil
}

// plumb makes the namespaces and links of all nodes. The nodes are returned
// also with an error, for tearDown.
func (h *host) plumb(specs []runtimes.Node) ([]*node, error) {
	nodes := make([]*node, len(specs))
	links := make([]string, len(specs))
	h.mu.Lock()
	for i, spec := range specs {
		h.links++
		links[i] = linkName(h.links)
		nodes[i] = &node{
			sup: h.sup, emit: h.events.put, spec: spec, exe: h.config.Exe, env: h.config.Env,
			null: h.null, link: links[i], state: runtimes.Stopped, since: mono.Now(),
		}
		h.nodes[spec.Name] = nodes[i]
	}
	h.mu.Unlock()
	err := inParallel(nodes, h.connect)
	h.bridge.awaitUp(links...)
	return nodes, err
}

// connect makes the node's log, namespace, link and disk.
func (h *host) connect(n *node) (err error) {
	if n.log, err = openLog(filepath.Join(h.config.LogDir, n.spec.Name+".log"), os.O_TRUNC); err != nil {
		return err
	}
	if n.net, err = newNetThread(); err != nil {
		return fmt.Errorf("node %s: %w", n.spec.Name, err)
	}
	if err = h.bridge.attach(n.link, n.net, n.spec.Addrs); err != nil {
		return fmt.Errorf("node %s: %w", n.spec.Name, err)
	}
	return n.giveDisk()
}

func inParallel(nodes []*node, do func(*node) error) error {
	errs := make([]error, len(nodes))
	var all sync.WaitGroup
	for i, n := range nodes {
		all.Go(func() { errs[i] = do(n) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func (h *host) checkSpecs(specs []runtimes.Node) error {
	if len(specs) == 0 {
		return fmt.Errorf("starting nothing: %w", runtimes.ErrNoInstance)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := map[string]string{} // name or address to the node that has it
	for _, p := range bridgeAddrs(h.bridge.v4, h.bridge.v6) {
		seen[p.Addr().String()] = "the bridge"
	}
	for _, n := range h.nodes {
		claim(seen, n.spec)
	}
	for _, spec := range specs {
		if spec.Name == "" || spec.Name == "host" || spec.Name == "helpers" || strings.ContainsAny(spec.Name, "/\x00") {
			return fmt.Errorf("%q cannot be a node's name", spec.Name)
		}
		if _, err := h.bridge.prefixes(spec.Addrs); err != nil {
			return fmt.Errorf("node %s: %w", spec.Name, err)
		}
		if err := claim(seen, spec); err != nil {
			return err
		}
	}
	return nil
}

func claim(seen map[string]string, spec runtimes.Node) error {
	keys := []string{"name " + spec.Name}
	for _, a := range spec.Addrs {
		keys = append(keys, a.String())
	}
	for _, key := range keys {
		if by, taken := seen[key]; taken {
			return fmt.Errorf("node %s: %s is taken by %s", spec.Name, key, by)
		}
		seen[key] = spec.Name
	}
	return nil
}

// tearDown removes nodes that did not come up.
func (h *host) tearDown(nodes []*node) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var errs []error
	for _, n := range nodes {
		if n.net == nil {
			continue
		}
		_, err := n.kill(ctx)
		errs = append(errs, err, h.bridge.detach(n.link))
		n.net.close()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, n := range nodes {
		if n.log != nil {
			errs = append(errs, n.log.Close())
		}
		if h.nodes[n.spec.Name] == n {
			delete(h.nodes, n.spec.Name)
		}
	}
	return errors.Join(errs...)
}
