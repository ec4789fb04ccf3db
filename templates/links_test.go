package templates

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

func TestWithLinks(t *testing.T) {
	t.Parallel()
	rewrite := func(address string) string {
		return strings.Replace(address, "https://shop.example/", "https://click.example/?a=1&b=", 1)
	}
	tests := []struct{ name, html, want string }{
		{"link", `<p><A HREF="https://shop.example/x" class='k'>x</A></p>`, `<p><a href="https://click.example/?a=1&amp;b=x" class="k">x</A></p>`},
		{"escaped", `<a href="https://shop.example/?a=1&amp;b=2">x</a>`, `<a href="https://click.example/?a=1&amp;b=?a=1&amp;b=2">x</a>`},
		{"elsewhere", `<a   href='https://other.example/' >x</a >`, `<a   href='https://other.example/' >x</a >`},
		{"picture", `<img src="https://shop.example/i.png" alt="">`, `<img src="https://shop.example/i.png" alt="">`},
		{
			"Outlook", `<!--[if mso]><v:roundrect href="https://shop.example/x"><center>x</center></v:roundrect><![endif]-->`,
			`<!--[if mso]><v:roundrect href="https://click.example/?a=1&amp;b=x"><center>x</center></v:roundrect><![endif]-->`,
		},
		{
			"not Outlook", `<!--[if !mso]><!--><a href="https://shop.example/x">x</a><!--<![endif]-->`,
			`<!--[if !mso]><!--><a href="https://click.example/?a=1&amp;b=x">x</a><!--<![endif]-->`,
		},
		{"other tags", `<abbr href="https://shop.example/x"></a><aside href='https://shop.example/x'>`, `<abbr href="https://shop.example/x"></a><aside href='https://shop.example/x'>`},
		{"lines", "<a\nhref='https://shop.example/x'\n>", `<a href="https://click.example/?a=1&amp;b=x">`},
		{"area", `<area href="https://shop.example/x"/>`, `<area href="https://click.example/?a=1&amp;b=x"/>`},
		{"at the end", `<p><`, `<p><`},
		{"namespace", `<html xmlns="https://shop.example/x"><link href="https://shop.example/x">`, `<html xmlns="https://shop.example/x"><link href="https://shop.example/x">`},
		{"cut off", `<p>x</p><a href="https://shop.example/x`, `<p>x</p><a href="https://shop.example/x`},
	}
	for _, test := range tests {
		got := Message{Subject: "s", HTML: test.html, Text: "https://shop.example/x"}.WithLinks(rewrite)
		if diff := cmp.Diff(Message{Subject: "s", HTML: test.want, Text: "https://shop.example/x"}, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// TestPlainTagIsWhatTheTokenizerReads tries tags of shreds; what plainTag takes must be
// the tokenizer's own reading.
func TestPlainTagIsWhatTheTokenizerReads(t *testing.T) {
	t.Parallel()
	shreds := rapid.SampledFrom([]string{
		" href=\"", "https://a.example/", "\"", "\" ", "\">", ">", " ", "\n", "\t", "\r", "\f", "/", "=", "'", "&amp;", "<", "x", "class=\"k", " title=\"ä", "HREF=\"", "v:x", "-", "\x00", "\" href=\"",
	})
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		for range 50 {
			source := rapid.SampledFrom([]string{"<a", "<area", "<v:roundrect", "<a href=\"x\"", "<A"}).Draw(t, "tag") +
				strings.Join(rapid.SliceOfN(shreds, 0, 7).Draw(t, "shreds"), "") + rapid.SampledFrom([]string{"", "\">", ">"}).Draw(t, "end")
			got, size, ok := plainTag(source)
			if !ok {
				continue
			}
			taken++
			z := html.NewTokenizer(strings.NewReader(source))
			z.Next()
			raw := len(z.Raw())
			if diff := cmp.Diff(z.Token(), got); diff != "" || size != raw {
				t.Fatalf("%q: %d bytes, want %d; %s", source, size, raw, diff)
			}
		}
	})
	if taken == 0 {
		t.Error("no tag was plain")
	}
}

// TestWithLinksLeavesStartersAlone holds that nothing but links is touched.
func TestWithLinksLeavesStartersAlone(t *testing.T) {
	t.Parallel()
	for _, compiled := range starters(t).List() {
		m, err := compiled.Render(Sample(compiled.Language(), testNow()))
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		same := m.WithLinks(func(address string) string { seen++; return address })
		if same != m || seen < 2 {
			t.Errorf("%s.%s is not what it was, or has %d links", compiled.Key(), compiled.Language(), seen)
		}
	}
}
