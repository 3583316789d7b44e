package docker

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/runtimes"
)

// libDirs is where the loader looks for libraries.
var libDirs = []string{"/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib/*-linux-gnu", "/usr/lib/*-linux-gnu"}

// imageFiles is the executable with the loader and the libraries that it needs.
// A release needs none; what `go run` or `go test -race` builds may.
func imageFiles(exe []byte) ([]file, error) {
	files := []file{{exePath, exe}}
	f, err := elf.NewFile(bytes.NewReader(exe))
	if err != nil {
		return nil, fmt.Errorf("%w: containers need drillctl for Linux, and this executable is not: run the Linux release beside the engine", runtimes.ErrUnsupported)
	}
	loader := interpreter(f)
	if loader == "" {
		return files, nil
	}
	data, err := os.ReadFile(loader)
	if err != nil {
		return nil, err
	}
	files = append(files, file{loader, data})
	return addLibraries(files, f)
}

func interpreter(f *elf.File) string {
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			b := make([]byte, p.Filesz)
			if _, err := p.ReadAt(b, 0); err == nil {
				return strings.TrimRight(string(b), "\x00")
			}
		}
	}
	return ""
}

func addLibraries(files []file, f *elf.File) ([]file, error) {
	names, err := f.ImportedLibraries()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if slices.ContainsFunc(files, func(f file) bool { return filepath.Base(f.name) == name }) {
			continue
		}
		data, err := readLibrary(name)
		if err != nil {
			return nil, err
		}
		files = append(files, file{"/lib64/" + name, data}, file{"/lib/" + name, data})
		lib, err := elf.NewFile(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("library %s: %w", name, err)
		}
		if files, err = addLibraries(files, lib); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func readLibrary(name string) ([]byte, error) {
	for _, dir := range libDirs {
		hits, err := filepath.Glob(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			if data, err := os.ReadFile(h); err == nil {
				return data, nil
			}
		}
	}
	return nil, fmt.Errorf("this executable needs %s, which is not to be found: build it with CGO_ENABLED=0", name)
}
