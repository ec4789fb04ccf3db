package delivery

import (
	"strings"
	"testing"

	"golang.org/x/net/idna"
	"pgregory.net/rapid"
)

// goodAddresses maps what is accepted to how it goes on the wire.
func goodAddresses() map[string]string {
	long, label := strings.Repeat("a", 64), strings.Repeat("b", 63)
	return map[string]string{
		"anna@shop.example":                "anna@shop.example",
		"Anna.Maria@Shop.Example":          "Anna.Maria@shop.example",
		"a@b.de":                           "a@b.de",
		"anna+tag@shop.example":            "anna+tag@shop.example",
		"anna_1-2@shop.example":            "anna_1-2@shop.example",
		"o'neil@shop.example":              "o'neil@shop.example",
		"!#$%&'*+-/=?^_`{|}~@shop.example": "!#$%&'*+-/=?^_`{|}~@shop.example",
		"anna@müller.de":                   "anna@xn--mller-kva.de",
		"anna@MÜLLER.DE":                   "anna@xn--mller-kva.de",
		"anna@straße.de":                   "anna@xn--strae-oqa.de",
		"anna@xn--mller-kva.de":            "anna@xn--mller-kva.de",
		"anna@例え.テスト":                      "anna@xn--r8jz45g.xn--zckzah",
		"anna@sub.shop.co.uk":              "anna@sub.shop.co.uk",
		"anna@1und1.de":                    "anna@1und1.de",
		"anna@123.de":                      "anna@123.de",
		"jürgen@shop.example":              "jürgen@shop.example",
		"用户@shop.example":                  "用户@shop.example",
		long + "@shop.example":             long + "@shop.example",
		"a@" + label + ".de":               "a@" + label + ".de",
	}
}

// badAddresses are mistakes and attacks.
func badAddresses() []string {
	long, label := strings.Repeat("a", 64), strings.Repeat("b", 63)
	return []string{
		"",
		"anna",
		"@shop.example",
		"anna@",
		"a@b",
		"anna@localhost",
		"anna@.de",
		"anna@shop..de",
		"anna@shop.example.",
		"anna@-shop.de",
		"anna@shop-.de",
		"anna@sh_op.de",
		"anna@shop de.de",
		"anna@[127.0.0.1]",
		"anna@[IPv6:::1]",
		"anna@127.0.0.1",
		"anna@10.0",
		"anna@::1",
		".anna@shop.example",
		"anna.@shop.example",
		"an..na@shop.example",
		`"anna"@shop.example`,
		`"anna maria"@shop.example`,
		`"x> ORCPT=test;y"@shop.example`,
		`"a@b"@shop.example`,
		"a@b@shop.example",
		"anna maria@shop.example",
		" anna@shop.example",
		"anna@shop.example ",
		"anna@shop.example\r\nRCPT TO:<x@y.de>",
		"an\nna@shop.example",
		"an\x00na@shop.example",
		"an\tna@shop.example",
		"anna@shop.example\x00",
		"anna@sh\x00op.example",
		"Anna <anna@shop.example>",
		"<anna@shop.example>",
		"anna(comment)@shop.example",
		"anna,berta@shop.example",
		"anna;@shop.example",
		"anna:@shop.example",
		`an\na@shop.example`,
		"\xff@shop.example",
		"anna@shop.\x98",
		"anna@shop.\ufffd",
		"an\u200bna@shop.example",
		"an\u00a0na@shop.example",
		"an\u202ena@shop.example",
		"anna@shop\u202e.example",
		long + "a@shop.example",
		"a@" + label + "b.de",
		"a@" + strings.Repeat("ab.", 85) + "de",
		long + "@" + label + "." + label + "." + label + ".de",
		"a@" + strings.Repeat("ü", 200) + ".de",
		strings.Repeat("a", 400) + "@shop.example",
	}
}

func TestCheckAddress(t *testing.T) {
	t.Parallel()
	for in, want := range goodAddresses() {
		if got, err := CheckAddress(in); err != nil || got != want {
			t.Errorf("CheckAddress(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range badAddresses() {
		got, err := CheckAddress(in)
		if err == nil {
			t.Errorf("CheckAddress(%q) = %q, want an error", in, got)
		} else if len(in) > 12 && strings.Contains(err.Error(), in) {
			t.Errorf("CheckAddress(%q): the error repeats the address: %v", in, err)
		}
	}
}

func FuzzCheckAddress(f *testing.F) {
	for _, seed := range []string{"anna@shop.example", "jürgen@müller.de", `"x"@[::1]`, "a@b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := CheckAddress(in)
		if err != nil {
			return
		}
		if len(got) > maxAddress || strings.ContainsAny(got, "\r\n\x00 <>\",;:()[]\\") || strings.Count(got, "@") != 1 {
			t.Errorf("CheckAddress(%q) let %q pass", in, got)
		}
		if again, err := CheckAddress(got); err != nil || again != got {
			t.Errorf("CheckAddress(%q) is not stable: %q, %v", got, again, err)
		}
	})
}

// TestPlainHostsAreIDNAs compares with idna: what it is not asked for, it would have left as it is.
func TestPlainHostsAreIDNAs(t *testing.T) {
	t.Parallel()
	plain := 0
	rapid.Check(t, func(t *rapid.T) {
		domain := rapid.OneOf(rapid.StringMatching(`[a-z0-9]{1,4}([.-][a-z0-9]{1,4}){1,4}`), rapid.StringMatching(`(xn--|[a-zA-Z0-9ßü.-]){1,8}`)).Draw(t, "domain")
		if !plainHost(domain) {
			return
		}
		plain++
		if normal, err := idna.Lookup.ToASCII(domain); err != nil || normal != domain {
			t.Fatalf("%s: %s, %v", domain, normal, err)
		}
	})
	if plain == 0 {
		t.Error("none was plain")
	}
}
