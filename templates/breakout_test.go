package templates

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

// TestNoTemplateLetsAValueOut puts outputs into random, mostly broken HTML. What
// Compile accepts must have the same elements and attribute names whatever the
// value is, in every branch of its conditions.
func TestNoTemplateLetsAValueOut(t *testing.T) {
	t.Parallel()
	shreds := rapid.SampledFrom([]string{
		"<p>", "</p>", "<a href=\"", "<img alt='", "<p title=\"", "\">", "'>", "\"", "'", ">", "<", "</", "<!", "<p ", "<p title=", " ", "\n", "x", "=", "/", "&", "&#",
		"<!--", "-->", "<!--[if mso]>", "<![endif]-->", "<!--[if !mso]><!-->", "<!--<![endif]-->", "<style>", "</style>", "<title>", "</title>", "<textarea>", "</textarea>",
		"<svg>", "</svg>", "<![CDATA[", "]]>", "<?x", "https://a.example/", "?q=", "mailto:", "javascript:", "<script>", "</script>", "<noscript>", "</noscript>", "<table>", "<td>",
		"{% comment %}<p>{% endcomment %}", "{% if offer %}{% endif %}", "{%- if offer -%}{%- endif -%}",
	})
	value := rapid.SampledFrom([]string{
		"{{ customer.first_name }}", "{{- customer.first_name -}}", "{{ customer.first_name | upcase }}", "{% if offer %}{{ customer.first_name }}{% endif %}",
		"{% if offer %} {% else -%}{{ customer.first_name }}{% endif %}", "{% for p in products %}{{ customer.first_name }}{% endfor %}",
	})
	soup := rapid.Custom(func(t *rapid.T) string {
		before, after := rapid.SliceOfN(shreds, 0, 4).Draw(t, "before"), rapid.SliceOfN(shreds, 0, 4).Draw(t, "after")
		return strings.Join(before, "") + value.Draw(t, "value") + strings.Join(after, "")
	})
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(hostile()).Draw(t, "name")
		for _, source := range rapid.SliceOfN(soup, 20, 20).Draw(t, "sources") {
			compiled, err := Compile(Source{Key: "k", Language: "de", Subject: "s", HTML: source})
			if err == nil {
				accepted++
				tryOut(t, compiled, name)
			}
		}
	})
	if accepted == 0 {
		t.Error("no template was accepted, so nothing was tried")
	}
	t.Logf("%d templates accepted and tried", accepted)
}

// tryOut compares what a template gives for a calm and for a hostile name.
func tryOut(t *rapid.T, compiled *Template, name string) {
	for _, offer := range []*Offer{nil, {Percent: 5}} {
		d := sample()
		d.Offer = offer
		calm, calmErr := tagsFor(compiled, d, "Anna")
		wild, wildErr := tagsFor(compiled, d, name)
		if calmErr == nil && wildErr == nil && calm != wild {
			t.Fatalf("%q let %q out:\n%s\nwant\n%s", compiled.Source().HTML, name, wild, calm)
		}
	}
}

// tagsFor renders for a name and writes down every tag with its attributes' names,
// conditional comments opened.
func tagsFor(compiled *Template, d Data, name string) (string, error) {
	d.Customer.FirstName = name
	m, err := compiled.Render(d)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	writeTags(&b, m.HTML)
	return b.String(), nil
}

func writeTags(b *strings.Builder, source string) {
	z := html.NewTokenizer(strings.NewReader(source))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		raw := string(z.Raw())
		switch kind {
		case html.TextToken:
		case html.CommentToken:
			b.WriteString("!")
			if _, inner, ok := strings.Cut(raw, "]>"); ok && strings.HasPrefix(raw, "<!--[if") {
				writeTags(b, strings.TrimSuffix(inner, "<![endif]-->"))
			}
		default:
			token := z.Token()
			b.WriteString("<" + kind.String() + token.Data)
			for _, a := range token.Attr {
				b.WriteString(" " + a.Key)
			}
		}
	}
}
