package tokens

import (
	"crypto/ed25519"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/drillctl/drillctl/internal/atomicfile"
)

// A keptSet is what stands in the file.
type keptSet struct {
	Heard time.Time       `json:"heard"`
	Set   json.RawMessage `json:"set"`
}

// keep writes the keys down, with when they were heard: their age counts from then.
func (k *Keys) keep(set []byte) error {
	if k.config.Cache == "" {
		return nil
	}
	text, err := json.Marshal(keptSet{time.Now(), set})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(k.config.Cache), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(k.config.Cache, text)
}

// kept reads what keep wrote.
func (k *Keys) kept() (time.Time, map[string]ed25519.PublicKey, error) {
	var s keptSet
	text, err := os.ReadFile(k.config.Cache)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return s.Heard, nil, err
	}
	keys, err := parse(s.Set)
	return s.Heard, keys, err
}
