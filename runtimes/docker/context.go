package docker

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/moby/client"
)

type tlsFiles struct{ ca, cert, key string }

// endpoint is the address that the docker command would use.
func (w Where) endpoint() (host string, tls *tlsFiles, err error) {
	if w.Host != "" {
		return w.Host, nil, nil
	}
	name := w.Context
	if name == "" {
		var config struct {
			CurrentContext string `json:"currentContext"`
		}
		if err := readJSON(filepath.Join(w.ConfigDir, "config.json"), &config); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", nil, fmt.Errorf("settings of docker: %w", err)
		}
		name = config.CurrentContext
	}
	if name == "" || name == "default" {
		return client.DefaultDockerHost, nil, nil
	}
	return w.contextEndpoint(name)
}

// contextEndpoint reads a context as `docker context` stores it.
func (w Where) contextEndpoint(name string) (string, *tlsFiles, error) {
	sum := sha256.Sum256([]byte(name))
	id := hex.EncodeToString(sum[:])
	var meta struct {
		Endpoints map[string]struct {
			Host string
		}
	}
	if err := readJSON(filepath.Join(w.ConfigDir, "contexts", "meta", id, "meta.json"), &meta); err != nil {
		return "", nil, fmt.Errorf("docker context %q: %w ('docker context ls' lists them)", name, err)
	}
	host := meta.Endpoints["docker"].Host
	if host == "" {
		return "", nil, fmt.Errorf("docker context %q names no engine", name)
	}
	dir := filepath.Join(w.ConfigDir, "contexts", "tls", id, "docker")
	if _, err := os.Stat(dir); err != nil {
		return host, nil, nil
	}
	return host, &tlsFiles{filepath.Join(dir, "ca.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}, nil
}

func readJSON(path string, out any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, out)
}
