package templates

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPlainText(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, html, want string }{
		{"paragraphs", "<p>Eins\n  zwei</p><p>drei</p>", "Eins zwei\n\ndrei"},
		{"headings", "<h1>Titel</h1>Text<h2>Mehr</h2><p>x</p>", "Titel\n\nText\n\nMehr\n\nx"},
		{"breaks", "a<br>b<br><br>c", "a\nb\nc"},
		{"inline", "<p>a<b>b</b> <i>c</i>d&nbsp;e</p>", "ab cd e"},
		{"entities", "<p>5 &lt; 6 &amp; &euro;</p>", "5 < 6 & €"},
		{"link in words", `<p>Sehen Sie <a href="https://a.example/x?y=1&amp;z=2">hier</a> nach.</p>`, "Sehen Sie hier <https://a.example/x?y=1&z=2> nach."},
		{"link alone", `<p><a href="https://a.example/">Zum Shop</a></p>`, "Zum Shop: https://a.example/"},
		{"link that is its own words", `<p><a href="https://a.example/">https://a.example/</a></p>`, "https://a.example/"},
		{"address", `<p>An <a href="mailto:a@b.example">a@b.example</a>, <a href="tel:+4940123">+49 40 123</a></p>`, "An a@b.example, +49 40 123"},
		{"anchor", `<a href="#top">oben</a>`, "oben"},
		{"picture link with words", `<p><a href="https://a.example/"><img src="x" alt="Mühle"></a></p>`, "Mühle: https://a.example/"},
		{"picture link without words", `<p>a <a href="https://a.example/"><img src="x" alt=""></a></p>`, "a"},
		{"picture", `<p>a <img src="x" alt="Bild"> b</p>`, "a Bild b"},
		{"list", "<p>Neu:</p><ul><li>eins</li><li>zwei</li></ul><p>Ende</p>", "Neu:\n\n- eins\n- zwei\n\nEnde"},
		{"numbers", "<ol><li>eins</li><li>zwei<br>mehr</li></ol>", "1. eins\n2. zwei\n   mehr"},
		{"list in list", "<ul><li>a<ul><li>b</li><li>c</li></ul></li><li>d</li></ul>", "- a\n  - b\n  - c\n- d"},
		{"link in list", `<ul><li><a href="https://a.example/">a</a></li></ul>`, "- a: https://a.example/"},
		{"quote", "<blockquote>a<br>b</blockquote>c", "> a\n> b\n\nc"},
		{"rule", "a<hr>b", "a\n\n----------------------------------------\n\nb"},
		{"table of data", "<table><tr><th>Ware</th><th>Preis</th></tr><tr><td>Mühle groß</td><td>89,00&nbsp;€</td></tr></table>", "Ware        Preis\nMühle groß  89,00 €"},
		{"wide table", "<table><tr><td>" + strings.Repeat("a", 50) + "</td><td>" + strings.Repeat("b", 50) + "</td></tr></table>", strings.Repeat("a", 50) + " | " + strings.Repeat("b", 50)},
		{"layout", `<table role="presentation"><tr><td>a</td><td>b</td></tr><tr><td><table role="presentation"><tr><td>c</td></tr></table></td></tr></table>`, "a\nb\nc"},
		{"table with a link", `<table><tr><td><a href="https://a.example/">a</a></td><td>b</td></tr></table>`, "a: https://a.example/\nb"},
		{"hidden", `<head><title>t</title><style>p{}</style></head><div style="display: none">weg</div><span aria-hidden="true">weg</span><script>weg</script>da`, "da"},
		{"conditional comment", `<!--[if mso]>Outlook<![endif]-->alle`, "alle"},
		{"padding", "a&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;", "a"},
		{"space before words", "<table><tr><td> \n a </td></tr></table>", "a"},
		{"nothing", "<p> </p>", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := test.want
			if want != "" {
				want += "\n"
			}
			if got := PlainText(test.html); got != want {
				t.Errorf("got\n%q\nwant\n%q", got, want)
			}
		})
	}
}

// TestPlainTextKeepsWords holds that every word of a text survives, in order,
// and that lines are tidy.
func TestPlainTextKeepsWords(t *testing.T) {
	t.Parallel()
	element := rapid.SampledFrom([]string{"p", "b", "li", "ul", "ol", "td", "tr", "table", "div", "h1", "blockquote", "span", "a"})
	rapid.Check(t, func(t *rapid.T) {
		var source, words []string
		for i := range rapid.IntRange(1, 30).Draw(t, "n") {
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				source = append(source, "<"+element.Draw(t, "open")+">")
			case 1:
				source = append(source, "</"+element.Draw(t, "close")+">")
			default:
				word := "w" + strings.Repeat("x", i) + "y"
				source, words = append(source, " "+word+" "), append(words, word)
			}
		}
		text := PlainText(strings.Join(source, ""))
		for _, word := range words {
			if strings.Count(" "+strings.Join(strings.Fields(text), " ")+" ", " "+word+" ") != 1 {
				t.Fatalf("%s: %q is not once in %q", source, word, text)
			}
		}
		if strings.Contains(text, "\n\n\n") || strings.Contains(text, " \n") || strings.HasPrefix(text, "\n") {
			t.Fatalf("untidy: %q", text)
		}
	})
}
