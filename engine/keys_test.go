package engine

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"
)

func TestLoadKeys(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "new", "keys.json")
	var loaded [8]Keys
	var g errgroup.Group
	for i := range loaded { // as many processes start at once
		g.Go(func() (err error) { loaded[i], err = LoadKeys(file); return err })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, k := range loaded {
		same(t, "keys", k, loaded[0])
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "mode", info.Mode().Perm(), os.FileMode(0o600))
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "files", len(left), 1)
}

func TestDamagedKeys(t *testing.T) {
	t.Parallel()
	good, err := json.Marshal(NewKeys())
	if err != nil {
		t.Fatal(err)
	}
	for what, data := range map[string]string{
		"empty": "", "cut off": string(good[:len(good)/2]), "not JSON": "keys", "another document": "{}",
		"short key": `{"id":"a","pepper":"YQ==","link":"YQ==","message":"YQ=="}`,
	} {
		file := filepath.Join(t.TempDir(), "keys.json")
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadKeys(file); err == nil || !strings.Contains(err.Error(), "backup") {
			t.Errorf("%s: %v", what, err)
		}
		after, err := os.ReadFile(file)
		if err != nil || string(after) != data {
			t.Errorf("%s: the file was touched", what)
		}
	}
	if _, err := LoadKeys(t.TempDir()); err == nil {
		t.Error("a folder is no key file")
	}
}

func TestTokenRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := testKeys()
		id, campaign := rapid.Int64().Draw(t, "customer"), rapid.StringMatching(`[a-z0-9-]{0,64}`).Draw(t, "campaign")
		token := k.Token(Unsubscribe, id, campaign)
		if !regexp.MustCompile(`^[A-Za-z0-9._-]+$`).MatchString(token) {
			t.Fatalf("%q does not fit into a link", token)
		}
		who, what, err := k.ReadToken(Unsubscribe, token)
		if err != nil || who != id || what != campaign {
			t.Fatalf("%d %q %v", who, what, err)
		}
		if _, _, err := k.ReadToken(Preferences, token); !errors.Is(err, ErrBadToken) {
			t.Fatal("a token serves another purpose")
		}
		other := NewKeys()
		other.ID = k.ID
		if _, _, err := other.ReadToken(Unsubscribe, token); !errors.Is(err, ErrBadToken) {
			t.Fatal("a token of other keys is accepted")
		}
	})
}

// TestMutatedTokens changes, drops, doubles, inserts and swaps characters at random: nothing but the original is read.
func TestMutatedTokens(t *testing.T) {
	t.Parallel()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \r\n\x00ä"
	k := testKeys()
	token := k.Token(Unsubscribe, 4711, "winback")
	random := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		b := []byte(token)
		for range 1 + random.IntN(3) {
			i, letter := random.IntN(len(b)), alphabet[random.IntN(len(alphabet))]
			switch random.IntN(5) {
			case 0:
				b[i] = letter
			case 1:
				b = append(b[:i], b[i+1:]...)
			case 2:
				b = append(b[:i], append([]byte{letter}, b[i:]...)...)
			case 3:
				b[i] ^= 1 << random.IntN(8)
			default:
				j := random.IntN(len(b))
				b[i], b[j] = b[j], b[i]
			}
		}
		if string(b) == token {
			continue
		}
		if _, _, err := k.ReadToken(Unsubscribe, string(b)); !errors.Is(err, ErrBadToken) {
			t.Fatalf("%q was accepted", b)
		}
	}
}

func TestDerivedNames(t *testing.T) {
	t.Parallel()
	k := testKeys()
	seen := map[string]bool{}
	note := func(s string) {
		if seen[s] {
			t.Errorf("%s twice", s)
		}
		seen[s] = true
	}
	for id := range int64(50) {
		for entry := range 3 {
			for _, step := range []string{"a", "b"} {
				note(k.MessageID(id, "c", entry, step, "shop.example"))
				code := k.CouponCode(id, "c", entry, step)
				if !regexp.MustCompile(`^[A-HJ-NP-Z2-9]{10}$`).MatchString(code) {
					t.Errorf("code %q is hard to read aloud", code)
				}
				note(code)
			}
		}
	}
	same(t, "the same again", k.MessageID(1, "c", 1, "a", "x"), k.MessageID(1, "c", 1, "a", "x"))
	if k.MessageID(1, "ab", 1, "c", "x") == k.MessageID(1, "a", 1, "bc", "x") || k.MessageID(11, "c", 1, "a", "x") == k.MessageID(1, "c", 11, "a", "x") {
		t.Error("parts run into each other")
	}
}
