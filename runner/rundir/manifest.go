package rundir

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// ManifestSchema names the version of the manifest's form.
const ManifestSchema = "drillctl/manifest/v1"

// A FileSum is one file of the manifest.
type FileSum struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// A ManifestFile is manifest.json: all files of a run, and the line of the chain
// that was the last when the run was sealed.
type ManifestFile struct {
	Schema   string    `json:"schema"`
	RunID    string    `json:"run_id"`
	SealedAt time.Time `json:"sealed_at"`
	Previous string    `json:"previous_sha256"`
	Files    []FileSum `json:"files"`
}

// apart are files that no manifest lists: itself, that it could not be made, and
// what is added after the run, which the chain has in lines of its own.
var apart = []string{Manifest, Unsealed, People, Statement, Envelope}

// Apart says that a file of a run, by its path in the run's directory, is not
// for the manifest.
func Apart(path string) bool { return slices.Contains(apart, path) }

// Seal writes the manifest of all files of the run as they are now, and adds it
// to the chain. A run that was sealed before is sealed again.
func (d Dir) Seal(now time.Time) error {
	_, err := extend(d.Root, func(prev string) (Link, error) {
		files, err := d.Present()
		if err != nil {
			return Link{}, err
		}
		m := ManifestFile{Schema: ManifestSchema, RunID: d.ID, SealedAt: now.UTC(), Previous: prev, Files: files}
		if err := d.WriteJSON(Manifest, m); err != nil {
			return Link{}, err
		}
		sum, err := d.SumOf(Manifest)
		return Link{At: m.SealedAt, Kind: LinkSeal, Run: d.ID, SHA256: sum}, err
	})
	if err != nil {
		return fmt.Errorf("seal run %s: %w", d.ID, err)
	}
	return nil
}

// Sealed says whether the run has a manifest.
func (d Dir) Sealed() bool {
	_, err := os.Lstat(d.Path(Manifest))
	return err == nil
}

// Files are what the manifest lists; none where there is no manifest that reads.
func (d Dir) Files() []FileSum {
	var m ManifestFile
	if d.ReadJSON(Manifest, &m) != nil {
		return nil
	}
	return m.Files
}

// Present lists every file of the run that a manifest is about, as it is now. What is neither a
// file nor a directory is listed with size -1: nothing of ours makes such things.
func (d Dir) Present() ([]FileSum, error) { return d.present(Apart) }

// PresentUnsealed lists what Present does and what sealing may have come to make
// before it failed.
func (d Dir) PresentUnsealed() ([]FileSum, error) {
	return d.present(func(path string) bool { return path == Unsealed || path == People })
}

func (d Dir) present(but func(path string) bool) ([]FileSum, error) {
	var sums []FileSum
	base := d.Path("")
	err := filepath.WalkDir(base, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(base, path)
		if err != nil || but(filepath.ToSlash(rel)) {
			return err
		}
		s := FileSum{Path: filepath.ToSlash(rel), Size: -1}
		if e.Type().IsRegular() {
			if s.Size, s.SHA256, err = sumFile(path); err != nil {
				return err
			}
		}
		sums = append(sums, s)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("files of run %s: %w", d.ID, err)
	}
	return sums, nil
}

// SumOf is the SHA-256 of one of the run's files.
func (d Dir) SumOf(name string) (string, error) {
	_, sum, err := sumFile(d.Path(name))
	if err != nil {
		return "", fmt.Errorf("run %s: %w", d.ID, err)
	}
	return sum, nil
}

func sumFile(path string) (size int64, sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return size, hex.EncodeToString(h.Sum(nil)), err
}
