package drill

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Identity is all that says which instance one is, and nothing of how it is
// set up. Instances of one role differ in it and in nothing else.
type Identity struct {
	Names   []string // its own, and those of its service
	Region  string
	Role    string
	Addrs   []string
	Primary bool // its region is the one that serves first
}

// A Mask takes identities out of values: those of an instance itself and those
// of all others, told apart only by whether they are in the same region. So "the
// store of my own region" is the same value everywhere.
type Mask struct{ all []Identity }

// NewMask makes the mask of a system of these instances.
func NewMask(all []Identity) Mask { return Mask{all} }

// A swap is one word and what stands for it.
type swap struct{ word, by string }

// The words for a region's part in a failover. A region that serves first is
// told so, and one that waits is told that.
var (
	firstWords = []string{"primary", "active", "master", "leader"}
	nextWords  = []string{"standby", "secondary", "replica", "passive", "follower", "slave"}
)

// For is the mask as seen by one of the instances.
func (m Mask) For(own Identity) func(string) string {
	var swaps []swap
	add := func(by string, words ...string) {
		for _, w := range words {
			if w != "" {
				swaps = append(swaps, swap{w, by})
			}
		}
	}
	add("{name}", own.Names...)
	add("{address}", own.Addrs...)
	add("{region}", own.Region)
	for _, o := range m.all {
		where := " elsewhere}"
		if o.Region == own.Region {
			where = " here}"
		}
		add("{"+o.Role+where, o.Names...)
		add("{address of "+o.Role+where, o.Addrs...)
		add("{other region}", o.Region)
	}
	words := nextWords
	if own.Primary {
		words = firstWords
	}
	add("{part}", words...)
	// The longest word that fits is meant; of equal ones the instance's own.
	slices.SortStableFunc(swaps, func(a, b swap) int { return cmp.Compare(len(b.word), len(a.word)) })
	return func(s string) string { return replaceWords(s, swaps) }
}

// replaceWords replaces whole words only: no letter or digit may go on with one.
func replaceWords(s string, swaps []swap) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if at, ok := wordAt(s, i, swaps); ok {
			b.WriteString(at.by)
			i += len(at.word)
			continue
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		b.WriteString(s[i : i+n])
		i += n
	}
	return b.String()
}

func wordAt(s string, i int, swaps []swap) (swap, bool) {
	if before, _ := utf8.DecodeLastRuneInString(s[:i]); wordRune(before) {
		return swap{}, false
	}
	for _, w := range swaps {
		if strings.HasPrefix(s[i:], w.word) {
			if after, _ := utf8.DecodeRuneInString(s[i+len(w.word):]); !wordRune(after) {
				return w, true
			}
		}
	}
	return swap{}, false
}

func wordRune(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// A Seal hashes what must not be told, so that equal values can be seen to be
// equal by those who have the salt, and nothing can be guessed by those who do
// not.
type Seal struct{ salt []byte }

// NewSeal takes a random salt that is kept apart from what is sealed.
func NewSeal(salt []byte) Seal { return Seal{salt} }

// Of is the hash of a value of one setting: the same value has another hash
// elsewhere.
func (s Seal) Of(path, value string) string {
	h := hmac.New(sha256.New, s.salt)
	h.Write([]byte(path + "\x00" + value))
	return "hash:" + hex.EncodeToString(h.Sum(nil))[:16]
}

// ID names the salt.
func (s Seal) ID() string { return s.Of("drillctl/salt", "")[len("hash:"):] }
