package docker

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/runtimes"
)

// Configuration is small: what is larger, or more, is data.
const (
	maxConfigBytes = 4 << 20 // of one path together
	maxConfigFiles = 200
)

// A configPath is a place in a container that may hold configuration.
type configPath struct {
	path string
	// files says that it counts only if it is a file: a directory that the
	// container may write to holds its data.
	files bool
}

// configPaths are what is mounted from the machine, and what the user names.
func configPaths(mounts []container.MountPoint, inside []string) []configPath {
	var out []configPath
	for _, p := range inside {
		out = append(out, configPath{path: path.Clean(p)})
	}
	for _, m := range mounts {
		named := slices.ContainsFunc(out, func(c configPath) bool { return c.path == m.Destination })
		if m.Type == mount.TypeBind && !named {
			out = append(out, configPath{m.Destination, m.RW})
		}
	}
	slices.SortFunc(out, func(a, b configPath) int { return strings.Compare(a.path, b.path) })
	return out
}

// files are the contents of a file, or of all files of a directory.
func (e *Engine) files(ctx context.Context, id string, at configPath) []runtimes.Setting {
	whole := func(why string) []runtimes.Setting {
		return []runtimes.Setting{{Path: "file " + at.path, Secret: true, Unread: why}}
	}
	stat, err := e.cli.ContainerStatPath(ctx, id, client.ContainerStatPathOptions{Path: at.path})
	switch mode := stat.Stat.Mode; {
	case err != nil:
		return whole(err.Error())
	case at.files && !mode.IsRegular(), !mode.IsRegular() && !mode.IsDir(): // a socket, say
		return nil
	case mode.IsRegular() && stat.Stat.Size > maxConfigBytes:
		return whole(errTooLarge.Error())
	}
	res, err := e.cli.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: at.path})
	if err != nil {
		return whole(err.Error())
	}
	out, err := untar(res.Content, path.Dir(at.path))
	if err := errors.Join(err, res.Content.Close()); err != nil {
		return whole(err.Error())
	}
	return out
}

var errTooLarge = fmt.Errorf("more than %d files or %d bytes: name what is configuration in drift.inside, or ignore it", maxConfigFiles, maxConfigBytes)

// untar reads the files of an archive whose names begin below dir.
func untar(r io.Reader, dir string) ([]runtimes.Setting, error) {
	var out []runtimes.Setting
	var bytes int64
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		s := runtimes.Setting{Path: "file " + path.Join(dir, h.Name), Secret: true}
		switch h.Typeflag {
		case tar.TypeReg:
			text, err := io.ReadAll(io.LimitReader(t, maxConfigBytes+1))
			if err != nil {
				return nil, err
			}
			s.Value = string(text)
		case tar.TypeSymlink:
			s.Value = "-> " + h.Linkname
		default:
			continue
		}
		bytes += int64(len(s.Value))
		if out = append(out, s); len(out) > maxConfigFiles || bytes > maxConfigBytes {
			return nil, errTooLarge
		}
	}
}
