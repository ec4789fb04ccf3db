package customer

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestNormaliseAddress(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64)
	for raw, want := range map[string]string{
		"kaethe@example.de":                 "kaethe@example.de",
		"  kaethe@example.de\t\n":           "kaethe@example.de",
		"\u00a0kaethe@example.de\u00a0":     "kaethe@example.de",
		"Kaethe.Kolb@Example.DE":            "Kaethe.Kolb@example.de",
		"kaethe+shop@example.de":            "kaethe+shop@example.de",
		"k@bücher.example":                  "k@xn--bcher-kva.example",
		"k@BÜCHER.example":                  "k@xn--bcher-kva.example",
		"k@bu\u0308cher.example":            "k@xn--bcher-kva.example",
		"k@xn--bcher-kva.example":           "k@xn--bcher-kva.example",
		"k@straße.example":                  "k@xn--strae-oqa.example",
		"k@例え.テスト":                          "k@xn--r8jz45g.xn--zckzah",
		"k@例え。テスト":                          "k@xn--r8jz45g.xn--zckzah",
		"käthe@example.de":                  "käthe@example.de",
		"ka\u0308the@example.de":            "käthe@example.de",
		"o'brien@example.ie":                "o'brien@example.ie",
		"a!#$%&'*+-/=?^_`{|}~z@example.org": "a!#$%&'*+-/=?^_`{|}~z@example.org",
		"1@2.example":                       "1@2.example",
		"_@example.org":                     "_@example.org",
		long + "@example.de":                long + "@example.de",
		"a@sub.sub.sub.example.museum":      "a@sub.sub.sub.example.museum",
	} {
		if got, err := NormaliseAddress(raw); err != nil || got != want {
			t.Errorf("NormaliseAddress(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
}

func TestNormaliseAddressRefuses(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", " ", "@", "kaethe", "kaethe@", "@example.de", "a@b@example.de", "a@@example.de",
		"a@b", "a@localhost", "a@.de", "a@example.", "a@example..de", "a@example.de.", "a@-example.de", "a@example-.de",
		"a@exa mple.de", "a@exam_ple.de", "a@[127.0.0.1]", "a@[IPv6:::1]", "a@127.0.0.1", "a@1.2.3.4", "a@example.d", "a@example.123",
		".a@example.de", "a.@example.de", "a..b@example.de", "a b@example.de", `"a b"@example.de`, `"x> ORCPT=a"@example.de`, `a"b@example.de`,
		"a(comment)@example.de", "<a@example.de>", "Käthe <a@example.de>", "mailto:a@example.de", "a@example.de,b@example.de", "a@example.de;b@example.de",
		"a\r\nBcc: b@example.de", "a@example.de\r\nBcc: b@example.org", "a\x00@example.de", "a\x7f@example.de", "a@exa\x00mple.de",
		"a\u200b@example.de", "a\u202e@example.de", "a\ufeffb@example.de", "a\u00a0b@example.de", "a🙂@example.de", "a@\xff.de", "\xff@example.de", "a\\b@example.de",
		strings.Repeat("a", 65) + "@example.de",
		strings.Repeat("ä", 33) + "@example.de",
		"a@" + strings.Repeat("b", 64) + ".de",
		"a@" + strings.Repeat("b.", 126) + "de",
		strings.Repeat(" ", 310) + "a@example.de",
		strings.Repeat("@", 1<<20),
		"a@" + strings.Repeat("ü", 60) + ".de",
		"a@xn--.de", "a@xn--ü.de", "a@%65xample.de", "a@ex\u2028ample.de",
	} {
		if got, err := NormaliseAddress(raw); err == nil {
			t.Errorf("NormaliseAddress(%.60q) = %q, want an error", raw, got)
		} else if len(err.Error()) > 2000 {
			t.Errorf("NormaliseAddress(%.60q): message of %d bytes", raw, len(err.Error()))
		}
	}
}

// TestNormaliseAddressProperties holds that a normalised address is one already and is safe in a mail's header.
func TestNormaliseAddressProperties(t *testing.T) {
	t.Parallel()
	part := rapid.OneOf(rapid.StringMatching(`[a-zA-Z0-9äöüßÄ.+_-]{1,20}`), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		raw := part.Draw(t, "local") + "@" + part.Draw(t, "name") + "." + rapid.StringMatching(`[a-zA-Zü]{1,6}`).Draw(t, "top")
		got, err := NormaliseAddress(raw)
		if err != nil {
			return
		}
		again, err := NormaliseAddress(got)
		if err != nil || again != got {
			t.Fatalf("%q becomes %q, which becomes %q, %v", raw, got, again, err)
		}
		if len(got) > 254 || strings.Count(got, "@") != 1 || strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
			t.Fatalf("%q becomes %q", raw, got)
		}
		if key := AddressKey(got); AddressKey(key) != key {
			t.Fatalf("the key %q is not stable", key)
		}
	})
}

func TestAddressHash(t *testing.T) {
	t.Parallel()
	pepper := []byte("pepper")
	// The digest was computed with openssl dgst -sha256 -hmac pepper.
	const want = "15fc311adf6d4cbb1630e08138209ce2989400bcaa0e6e4535bc084ebc8622e0"
	hash := func(raw string) []byte {
		address, err := NormaliseAddress(raw)
		if err != nil {
			t.Fatal(err)
		}
		return AddressHash(pepper, address)
	}
	if got := hash("Kaethe@Example.de"); hex.EncodeToString(got) != want {
		t.Errorf("hash = %x, want %s", got, want)
	}
	for _, same := range [][2]string{
		{"KAETHE@EXAMPLE.DE", "kaethe@example.de"},
		{" kaethe@example.de ", "kaethe@example.de"},
		{"k@BÜCHER.example", "k@xn--bcher-kva.example"},
		{"KÄTHE@example.de", "ka\u0308the@example.de"},
	} {
		if !bytes.Equal(hash(same[0]), hash(same[1])) {
			t.Errorf("%q and %q are different addresses", same[0], same[1])
		}
	}
	for _, other := range []string{"kaethe+shop@example.de", "k.aethe@example.de", "kaethe@example.com"} {
		if bytes.Equal(hash(other), hash("kaethe@example.de")) {
			t.Errorf("%q is taken for kaethe@example.de", other)
		}
	}
	if bytes.Equal(AddressHash([]byte("other"), "a@example.de"), AddressHash(pepper, "a@example.de")) {
		t.Error("the pepper does not matter")
	}
}
