package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/runtimes"
)

// exePath is where the executable is in the image.
const exePath = "/drillctl"

// An image holds one executable and nothing but what it cannot start without.
type image struct {
	ref    string // repository and tag
	digest string // of the executable
	made   bool   // by this call
}

// ensureImage makes the image of an executable, unless the engine has it.
func (e *Engine) ensureImage(ctx context.Context, exe string) (image, error) {
	data, err := os.ReadFile(exe)
	if err != nil {
		return image{}, fmt.Errorf("image of this executable: %w", err)
	}
	sum := sha256.Sum256(data)
	img := image{digest: hex.EncodeToString(sum[:])}
	img.ref = "drillctl:exe-" + img.digest[:16]
	there, err := e.cli.ImageInspect(ctx, img.ref)
	if err == nil && there.Config != nil && there.Config.Labels[LabelExe] == img.digest {
		return img, nil
	}
	if err != nil && !errdefs.IsNotFound(err) {
		return image{}, fmt.Errorf("image of this executable: %w", err)
	}
	files, err := imageFiles(data)
	if err != nil {
		return image{}, fmt.Errorf("image of this executable: %w", err)
	}
	archive, err := pack(img, files)
	if err != nil {
		return image{}, fmt.Errorf("image of this executable: %w", err)
	}
	img.made = true
	return img, e.load(ctx, archive)
}

// RepoDigests are by which registries know an image, each "repository@sha256:…"; none
// for what was built here and never pushed, or is not on the engine any longer.
func (e *Engine) RepoDigests(ctx context.Context, id string) ([]string, error) {
	is, err := e.cli.ImageInspect(ctx, id)
	if errdefs.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking at image %s: %w", short(id), err)
	}
	slices.Sort(is.RepoDigests)
	return is.RepoDigests, nil
}

// ImageID is the engine's own id of the first of some images that it has;
// [runtimes.ErrNoInstance] if it has none. Nothing is pulled.
func (e *Engine) ImageID(ctx context.Context, names ...string) (string, error) {
	for _, name := range names {
		is, err := e.cli.ImageInspect(ctx, name)
		if err == nil {
			return is.ID, nil
		}
		if !errdefs.IsNotFound(err) {
			return "", fmt.Errorf("looking at image %s: %w", name, err)
		}
	}
	return "", fmt.Errorf("images %s: %w", strings.Join(names, ", "), runtimes.ErrNoInstance)
}

func (e *Engine) load(ctx context.Context, archive []byte) error {
	res, err := e.cli.ImageLoad(ctx, bytes.NewReader(archive), client.ImageLoadWithQuiet(true))
	if err != nil {
		return fmt.Errorf("loading the image of this executable: %w", err)
	}
	defer res.Close()
	said, err := io.ReadAll(io.LimitReader(res, 1<<20))
	if err != nil || bytes.Contains(said, []byte(`"errorDetail"`)) {
		return fmt.Errorf("loading the image of this executable: %w %s", err, bytes.TrimSpace(said))
	}
	return nil
}

// A file of the image.
type file struct {
	name string
	data []byte
}

// pack makes an archive as `docker load` reads it. Equal files give an equal
// archive: no time of making is in it.
func pack(img image, files []file) ([]byte, error) {
	layer, err := archive(files)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(layer)
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "created": time.Unix(0, 0).UTC(),
		"config":  map[string]any{"Entrypoint": []string{exePath}, "Labels": map[string]string{LabelExe: img.digest, LabelKind: "image"}},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + hex.EncodeToString(sum[:])}},
		"history": []any{map[string]any{"created": time.Unix(0, 0).UTC(), "created_by": "drillctl"}},
	})
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(config)
	name := hex.EncodeToString(id[:]) + ".json"
	manifest, err := json.Marshal([]any{map[string]any{"Config": name, "RepoTags": []string{img.ref}, "Layers": []string{"layer/layer.tar"}}})
	if err != nil {
		return nil, err
	}
	return archive([]file{{"manifest.json", manifest}, {name, config}, {"layer/layer.tar", layer}})
}

func archive(files []file) ([]byte, error) {
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	var dirs []string
	for _, f := range files {
		for d := path.Dir(f.name); d != "." && d != "/"; d = path.Dir(d) {
			dirs = append(dirs, d)
		}
	}
	slices.Sort(dirs)
	for _, d := range slices.Compact(dirs) {
		if err := tw.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: strings.TrimPrefix(d, "/") + "/", Mode: 0o755, ModTime: time.Unix(0, 0)}); err != nil {
			return nil, err
		}
	}
	for _, f := range files {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: strings.TrimPrefix(f.name, "/"), Mode: 0o755, Size: int64(len(f.data)), ModTime: time.Unix(0, 0)}
		if err := tw.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := tw.Write(f.data); err != nil {
			return nil, err
		}
	}
	return buf.Bytes(), tw.Close()
}
