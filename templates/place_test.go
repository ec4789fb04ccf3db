package templates

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

// hostile are names that have broken mail programs.
func hostile() []string {
	return []string{
		`<script>alert(1)</script>`, `" onmouseover="alert(1)`, `' onmouseover='alert(1)`, `--><img src=x onerror=1>`, `]]>`, `</title><b>`,
		`<![endif]--><b>`, `javascript:alert(1)`, `{{ shop.name }}`, `{% if offer %}`, "\x00<b>", "a\r\nBcc: x@example.com", `&lt;b&gt;`, `&#60;b&#62;`,
		"\u202Eevil", "`", `\"><b>`, `</a><a href=x>`, strings.Repeat("<", 200), "b onclick=1 ", "/b>", "!--", "?xml", "=x y=z",
	}
}

// hostileLayout has every place in which words may stand.
const hostileLayout = `<html lang="de"><head><title>{{ customer.first_name }}</title></head><body>
<p title="{{ customer.first_name }}" class='x'>Hallo {{ customer.first_name }},<b>{{- customer.first_name -}}</b></p>
<img src="https://shop.example.com/i/{{ customer.first_name }}.png" alt='{{ customer.first_name }}'>
<a href="https://shop.example.com/s?q={{ customer.first_name }}#{{ customer.first_name }}">{{ customer.first_name | upcase }}</a>
<a href="mailto:{{ customer.first_name }}">{{ customer.first_name | truncate: 10 }}</a>
<!--[if mso]><p title="{{ customer.first_name }}">{{ customer.first_name }}</p><![endif]--></body></html>`

func TestHostileNamesStayWords(t *testing.T) {
	t.Parallel()
	compiled := mustCompile(t, hostileLayout)
	want := skeleton(t, compiled, "Anna")
	for _, name := range hostile() {
		if got := skeleton(t, compiled, name); got != want {
			t.Errorf("%q changed the structure:\n%s\nwant\n%s", name, got, want)
		}
	}
}

func TestAnyNameStaysWords(t *testing.T) {
	t.Parallel()
	compiled := mustCompile(t, hostileLayout)
	want := skeleton(t, compiled, "Anna")
	letters := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("<>\"'&=/!-?`\\ \t\r\n\x00{}%;:#ab"))))
	rapid.Check(t, func(rt *rapid.T) {
		name := letters.Draw(rt, "name")
		if oneLine(name) == "" {
			name += "x"
		}
		if got := skeleton(t, compiled, name); got != want {
			rt.Fatalf("%q changed the structure:\n%s", name, got)
		}
	})
}

// skeleton renders for a name and writes down elements and attribute names, of
// Outlook's conditional part too. The values are left out, but the name must read
// back from the paragraph as it was given.
func skeleton(t *testing.T, compiled *Template, name string) string {
	t.Helper()
	d := sample()
	d.Customer.FirstName = name
	m, err := compiled.Render(d)
	if err != nil {
		t.Fatalf("render for %q: %v", name, err)
	}
	root, err := html.Parse(strings.NewReader(m.HTML))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	outline(t, &b, root, oneLine(name))
	_, conditional, _ := strings.Cut(m.HTML, "<!--[if mso]>")
	conditional, _, _ = strings.Cut(conditional, "<![endif]-->")
	for z := html.NewTokenizer(strings.NewReader(conditional)); z.Next() != html.ErrorToken; {
		if token := z.Token(); token.Type != html.TextToken {
			b.WriteString("!" + token.Data)
		}
	}
	return b.String()
}

func outline(t *testing.T, b *strings.Builder, n *html.Node, name string) {
	t.Helper()
	if n.Type == html.ElementNode {
		b.WriteString("<" + n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key)
			if a.Key == "title" && a.Val != name {
				t.Errorf("title reads %q, want %q", a.Val, name)
			}
		}
		b.WriteString(">")
	}
	for child := range n.ChildNodes() {
		outline(t, b, child, name)
	}
}

func TestPlacesRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"no quotes":             `<p title={{ shop.name }}>x</p>`,
		"attribute name":        `<p {{ shop.name }}="x">x</p>`,
		"tag name":              `<{{ shop.name }}>x`,
		"tag name trimmed":      `< {{- shop.name }}>x`,
		"tag name trimmed over": `< {% if offer %}{% endif %}{{- shop.name }}>x`,
		"end tag over comment":  `</ {% comment %}x{% endcomment %} {%- if offer %}{{ shop.name }}{% endif %}>x`,
		"end tag":               `</{{ shop.name }}>x`,
		"declaration":           `<!{{ shop.name }}>x`,
		"plain comment":         `<!-- {{ shop.name }} -->x`,
		"comment's condition":   `<!--[if {{ shop.name }}]>x<![endif]-->`,
		"open comment":          `<!--[if mso]>{{ shop.name }}`,
		"style":                 `<style>p { color: {{ shop.colour }} }</style>`,
		"script":                `<script>var x = "{{ shop.name }}"</script>`,
		"event":                 `<p onclick="{{ shop.name }}">x</p>`,
		"class":                 `<p class="{{ shop.name }}">x</p>`,
		"source document":       `<iframe srcdoc="{{ shop.name }}"></iframe>`,
		"base":                  `<base href="{{ shop.url }}">`,
		"refresh":               `<meta http-equiv="refresh" content="{{ shop.url }}">`,
		"stylesheet":            `<link href="{{ shop.url }}">`,
		"form":                  `<form action="{{ shop.url }}"></form>`,
		"scheme":                `<a href="{{ shop.name }}:x">x</a><a href="java{{ shop.name }}">x</a>`,
		"host":                  `<a href="https://{{ shop.name }}/">x</a>`,
		"half a host":           `<a href="https://shop.{{ shop.name }}/">x</a>`,
		"behind a whole link":   `<a href="{{ shop.url }}{{ shop.name }}">x</a>`,
		"javascript link":       `<a href="javascript:x('{{ shop.name }}')">x</a>`,
		"condition in a tag":    `<p {% if offer %}class="x"{% endif %}>x</p>`,
		"condition in quotes":   `<p title="{% if offer %}a{% endif %}">x</p>`,
		"condition in a title":  `<title>{% if offer %}a</title>{% endif %}`,
		"condition in a style":  `<style>{% if offer %}a{% endif %}</style>`,
		"textarea":              `<textarea>{{ shop.name }}</textarea>`,
		"unfinished tag":        `<p title="{{ shop.name }}`,
		"picture set":           `<img alt="" srcset="{{ shop.url }} 2x">`,
		"split by a tag":        `<{% if offer %}{{ shop.name }}{% endif %}>`,
		"entity in a link":      `<a href="&#106;avascript:{{ shop.name }}">x</a>`,
		"comment tag in quotes": `<p title="{% comment %}x{% endcomment %}">x</p>`,
	}
	for name, source := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Compile(Source{Key: "k", Language: "de", Subject: "s", HTML: source})
			if err == nil || !strings.Contains(err.Error(), "cannot stand in") {
				t.Errorf("%s: got %v", source, err)
			}
		})
	}
}

func TestValuesRefusedForTheirPlace(t *testing.T) {
	t.Parallel()
	links := []string{
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example", "/relative", "https://", "https:evil",
		"shop.example.com", " \tjavascript:alert(1)", "https://a b/", `https://a.example/"x`, "mailto:", "file:///etc/passwd", "\x00https://a.example",
	}
	compiled := mustCompile(t, `<a href="{{ links.shop }}">x</a>`)
	for _, link := range links {
		d := sample()
		d.Links.Shop = link
		m, err := compiled.Render(d)
		if link == "\x00https://a.example" {
			if err != nil || m.HTML != `<a href="https://a.example">x</a>` {
				t.Errorf("a NUL before a link gave %q, %v", m.HTML, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "html 1:13: links.shop: not an address") {
			t.Errorf("%q: got %v", link, err)
		}
	}
	compiled = mustCompile(t, `<p style="color:{{ shop.colour }}">x</p>`)
	for _, colour := range []string{"red", "#12345", "#1234567", "#12345g", "#12 456", "url(x)", "#123456;background:url(x)"} {
		d := sample()
		d.Shop.Colour = colour
		if _, err := compiled.Render(d); err == nil || !strings.Contains(err.Error(), "not a colour") {
			t.Errorf("%q: got %v", colour, err)
		}
	}
}

func TestValuesInTheirPlace(t *testing.T) {
	t.Parallel()
	d := sample()
	d.Customer.FirstName = "Jürgen & \"Söhne\" /?#"
	d.Links.Shop = "https://shop.example.com/?a=1&b=2"
	tests := []struct{ source, want string }{
		{`<p>{{ customer.first_name }}</p>`, `<p>Jürgen &amp; &#34;Söhne&#34; /?#</p>`},
		{`<p>{{ customer.first_name | escape }}</p>`, `<p>Jürgen &amp; &#34;Söhne&#34; /?#</p>`},
		{`<a href="{{ links.shop }}">x</a>`, `<a href="https://shop.example.com/?a=1&amp;b=2">x</a>`},
		{`<a href="https://a.example/{{ customer.first_name }}">x</a>`, `<a href="https://a.example/J%C3%BCrgen%20&amp;%20%22S%C3%B6hne%22%20%2F%3F%23">x</a>`},
		{`<a href="https://a.example/?q={{ customer.first_name }}">x</a>`, `<a href="https://a.example/?q=J%C3%BCrgen%20%26%20%22S%C3%B6hne%22%20%2F%3F%23">x</a>`},
		{`<a href="{{ links.shop }}#{{ customer.email }}">x</a>`, `<a href="https://shop.example.com/?a=1&amp;b=2#anna.weber%40example.com">x</a>`},
		{`<td bgcolor="{{ shop.colour }}">x</td>`, `<td bgcolor="#7a3b1d">x</td>`},
		{`<!--[if mso]><v:roundrect href="{{ links.shop }}" fillcolor="{{ shop.colour }}"><![endif]-->x`, `<!--[if mso]><v:roundrect href="https://shop.example.com/?a=1&amp;b=2" fillcolor="#7a3b1d"><![endif]-->x`},
		{`<!--[if !mso]><!--><b>{{ shop.name }}</b><!--<![endif]-->`, `<!--[if !mso]><!--><b>Rösterei Morgenrot</b><!--<![endif]-->`},
		{`<img src="cid:logo" alt="{{ shop.name }}"><a href="tel:+49">x</a>`, `<img src="cid:logo" alt="Rösterei Morgenrot"><a href="tel:+49">x</a>`},
		{`1 < 2 & {{ shop.name }}`, `1 < 2 & Rösterei Morgenrot`},
	}
	for _, test := range tests {
		if got := mustRender(t, test.source, d).HTML; got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.source, got, test.want)
		}
	}
}
