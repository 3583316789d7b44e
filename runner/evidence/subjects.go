package evidence

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/drill"
)

// What the digest of an image is one of, in the annotation digestOf.
const (
	digestOf     = "digestOf"
	ofManifest   = "image manifest, as registries know it"
	ofLocalImage = "image ID of the engine; no registry knows it"
	annotImage   = "image"   // as the container names it
	annotLocalID = "imageID" // the engine's own
	sha256Digest = "sha256:"
	settingImage = "image"
	settingID    = "image.id"
	settingOldID = "image.digest" // of an older drillctl: the same, called wrongly
)

// images are those of the containers, each once: by what registries call it, where
// one does, and else by the engine's own id. Another kind of digest, or none, is no
// subject.
func images(c drill.Configuration) []descriptor {
	var out []descriptor
	for _, p := range c.Parts {
		for _, d := range imagesOf(p) {
			same := func(o descriptor) bool {
				return o.Name == d.Name && maps.Equal(o.Digest, d.Digest) && maps.Equal(o.Annotations, d.Annotations)
			}
			if !slices.ContainsFunc(out, same) {
				out = append(out, d)
			}
		}
	}
	slices.SortFunc(out, func(a, b descriptor) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Digest["sha256"], b.Digest["sha256"]), cmp.Compare(a.Annotations[annotImage], b.Annotations[annotImage]))
	})
	return out
}

func imagesOf(p drill.Configured) []descriptor {
	values := map[string]string{}
	for _, s := range p.Settings {
		values[s.Path] = s.Value
	}
	name := cmp.Or(values[settingImage], p.Instance)
	if sum, ok := strings.CutPrefix(values[settingOldID], sha256Digest); ok {
		return []descriptor{{Name: name, Digest: sha(sum)}}
	}
	var out []descriptor
	for _, r := range p.RepoDigests {
		repository, digest, _ := strings.Cut(r, "@")
		if sum, ok := strings.CutPrefix(digest, sha256Digest); ok {
			out = append(out, descriptor{Name: repository, Digest: sha(sum), Annotations: map[string]string{digestOf: ofManifest, annotImage: name, annotLocalID: values[settingID]}})
		}
	}
	if sum, ok := strings.CutPrefix(values[settingID], sha256Digest); ok && len(out) == 0 {
		out = append(out, descriptor{Name: name, Digest: sha(sum), Annotations: map[string]string{digestOf: ofLocalImage}})
	}
	return out
}
