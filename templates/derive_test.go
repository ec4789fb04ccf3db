package templates

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// awkward are values that the text part treats in some way of its own, or that complete
// what stands around them.
func awkward() []string {
	return append(hostile(),
		"Anna", "Äö ß", "A"+nbsp+"B", "A"+nbsp+nbsp+"B", nbsp+"A", "A"+nbsp, "a  b", "A\u200bB", "\u200b", "\u00ad", "x:", "x!", "!", "-", "x-", "-!", "--", "a--b",
		"lt;", "amp;", "#60;", "x", "body", "body>", ":", "#x", "mailto:a@b.example", "https://a.example/", "https://a.example/"+nbsp+"x", "http://x", "https:// x",
		"\U00100000", "\U00100001x", "\U0010fffe", "\ue000", "https://\U00100000", "#xF0000;", "ſ", "\u2028a", "…", strings.Repeat("w", 90), "xF4", "FFFD;")
}

// trickyTemplates put values where the text part depends on more than where they stand.
func trickyTemplates() []string {
	a, b, link := "{{ customer.first_name }}", "{{ customer.last_name }}", "{{ links.shop }}"
	return []string{
		`<p>` + a + `</p>` + a + b + `<p> ` + a + ` <b>` + b + `</b></p>` + `<a href="#top">` + a + `</a>`,
		`<a href="` + link + `">` + link + `</a>`, `<p>x <a href="` + link + `">` + a + `</a></p>`, `<a href="` + link + `">` + a + `:</a>`,
		`<p>x <a href="https://a.example/` + a + `">https://a.example/` + a + `</a> <a href="https://a.example/?q=` + a + `">` + b + `</a></p>`,
		`<a href="mailto:` + a + `">` + a + `</a> <a href="tel:` + a + `">` + b + `</a> x`, `<a href="mailto:a@b.example">` + a + `</a>`,
		`<a href="https://a.example/">` + a + `</a>`, `<a href="` + link + `"><img src="` + link + `" alt="` + a + `"></a>`,
		`<table><tr><td>` + a + `</td><td>x</td></tr><tr><td>y</td><td>` + b + `</td></tr></table>`,
		`<table><tr>` + a + `<td><a href="` + link + `">` + a + `</a></td></tr>` + b + `</table>`, `<table>` + a + `<tr><td>` + b,
		`<ul><li>` + a + `</li><li>` + b + `<ol><li>` + a + `<br>` + b + `</li></ol></li></ul><blockquote>` + a + `</blockquote>`,
		`&` + a + ` &#` + a + ` &l` + a + b + ` &#xF0000` + a + ` &amp` + a, `x&#x100000;` + a + b, `x&#1048576` + `{% if offer %};{% endif %}` + a,
		`<p title="<` + a + `">x</p>y`, `x<p title="<` + a + `">y` + b + `</p>`, `vor<body><p>` + a + `</p></body>`, `<p title="&` + a + `" lang="` + b + `">` + a + `</p>`,
		`<!--[if mso]>-` + a + `><![endif]-->x` + b, `<!--[if mso]>--` + a + `>sichtbar<![endif]-->` + b, `<!--[if !mso]><!-->` + a + `<!--<![endif]-->`,
		`<div style="display:none">` + a + `</div><p style="color:{{ shop.colour }}">` + b + `</p>`, `<span aria-hidden="true">` + a + `</span>x`,
		`{% for p in products %}{{ p.name }}{{ customer.first_name }}{{ p.price | money }}<br>{% endfor %}`, `x {{- customer.first_name -}} y {%- if offer -%} ` + a + ` {%- endif %} z`,
		`<p>` + a + `</p>{% if customer.last_name == "x" %}<p>ja</p>{% endif %}{{ customer.first_name | upcase | truncate: 5 }}`,
		`<select><option>` + a + `</option></select><svg><title>` + a + `</title>` + b + `</svg><template>` + a + `</template>` + b, `<i title="` + a + `"><i title="` + b + `"><i><i><p>` + a,
		`<p>` + a + `&nbsp;` + b + `&zwnj;` + a + "\u200b" + b + ` </p> ` + a + ` <hr>` + b, `<pre>` + a + "\n\n" + b + `</pre><a href="` + link + `"> </a>` + a,
	}
}

// sameAsPlain renders and holds that HTML is what it is without stand-ins, and the text
// part what PlainText makes of it. It tells whether the values could be written at all.
func sameAsPlain(t rapid.TB, compiled *Template, d Data) bool {
	t.Helper()
	m, err := compiled.Render(d)
	if err != nil {
		return false // a value is refused for its place
	}
	if want := PlainText(m.HTML); m.Text != want {
		t.Fatalf("%s\nof %q\nthe text is\n%q\nwant\n%q", compiled.Source().HTML, m.HTML, m.Text, want)
	}
	vars, err := compiled.binder.bind(&d)
	if err != nil {
		t.Fatal(err)
	}
	preheader, err := compiled.preheader.render(vars)
	if err != nil {
		t.Fatal(err)
	}
	vars["mail"] = map[string]any{"subject": m.Subject, "preheader": known(plainLine(preheader)), "language": compiled.Language()}
	if want, err := compiled.html.render(vars); err != nil || m.HTML != want {
		t.Fatalf("the HTML is\n%q\nwant\n%q, %v", m.HTML, want, err)
	}
	return true
}

func TestTextFollowsFromHTMLWhateverTheValues(t *testing.T) {
	t.Parallel()
	value := rapid.OneOf(rapid.SampledFrom(awkward()), rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("ab &<>:/#-! ;\u00a0\u200b\U00100000"))))
	address := rapid.OneOf(rapid.SampledFrom([]string{"https://a.example/", "https://a.example/x?y=1&z=2", "mailto:a@b.example", "tel:1", "cid:x", "http://a.example"}),
		rapid.Map(value, func(s string) string { return "https://a.example/" + s }))
	var all []*Template
	for _, source := range trickyTemplates() {
		all = append(all, mustCompile(t, source))
	}
	all = append(all, starters(t).List()...)
	rapid.Check(t, func(t *rapid.T) {
		compiled := rapid.SampledFrom(all).Draw(t, "template")
		names := slices.Sorted(maps.Keys(variants(compiled.Language())))
		for i := range 3 { // the later ones may come from what is kept
			d := variants(compiled.Language())[rapid.SampledFrom(names).Draw(t, "variant")]
			d.Customer.FirstName, d.Customer.LastName = value.Draw(t, "first name"), value.Draw(t, "last name")
			if i > 0 && rapid.Bool().Draw(t, "hostile elsewhere") {
				d.Links.Shop, d.Links.Unsubscribe, d.Shop.Name = address.Draw(t, "shop"), address.Draw(t, "unsubscribe"), value.Draw(t, "shop's name")
				d.Products = []Product{{Name: value.Draw(t, "product"), URL: address.Draw(t, "address")}}
				d.Offer = &Offer{Percent: 5, Code: value.Draw(t, "code")}
			}
			sameAsPlain(t, compiled, d)
		}
	})
}

// TestTextFollowsFromHTMLForAwkwardPairs tries each tricky template with each pair in
// turn, so that every kept derivation meets every value.
func TestTextFollowsFromHTMLForAwkwardPairs(t *testing.T) {
	t.Parallel()
	for _, source := range trickyTemplates() {
		compiled := mustCompile(t, source)
		for _, first := range awkward() {
			for _, last := range []string{"x", "Anna", "a b", "https://a.example/", first, "!", "lt;", "\U00100000"} {
				d := sample()
				d.Customer.FirstName, d.Customer.LastName, d.Links.Shop = first, last, "https://a.example/"+strings.ReplaceAll(last, " ", "")
				sameAsPlain(t, compiled, d)
			}
		}
	}
}

// TestOneDerivationServesAllCustomers holds that customers with ordinary values share
// what was derived for the first.
func TestOneDerivationServesAllCustomers(t *testing.T) {
	t.Parallel()
	for _, compiled := range starters(t).List() {
		fresh, err := Compile(compiled.Source())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			d := Sample(fresh.Language(), testNow().AddDate(0, 0, i))
			d.Customer.FirstName = []string{"Anna", "Jean-Luc", "Ömer", "Mary Ann", "O'Neil"}[i%5]
			d.Customer.Email = fmt.Sprintf("kunde%d@example.com", i)
			d.Links = Links{Unsubscribe: fmt.Sprint("https://a.example/u/x--", i), Preferences: fmt.Sprint("https://a.example/p/", i), Shop: "https://a.example/"}
			d.Offer.Code, d.Products[0].Name = fmt.Sprint("CODE-", i), fmt.Sprint("Mühle: Nr. ", i)
			if !sameAsPlain(t, fresh, d) {
				t.Errorf("%s.%s is not written", fresh.Key(), fresh.Language())
			}
		}
		for _, kept := range fresh.derived.young {
			if kept.measured {
				t.Errorf("%s.%s: what was derived holds for no customer", fresh.Key(), fresh.Language())
			}
		}
		if n := len(fresh.derived.young); n != 1 {
			t.Errorf("%s.%s: derived %d times", fresh.Key(), fresh.Language(), n)
		}
	}
}

// TestDerivationsAreBounded renders skeletons that never come again, between two that do.
func TestDerivationsAreBounded(t *testing.T) {
	t.Parallel()
	compiled := mustCompile(t, strings.Repeat("<p>Text</p>", 1000)+"<p>{{ customer.first_name }}</p>")
	for i := range 200 {
		d := sample()
		sameAsPlain(t, compiled, d)
		d.Customer.FirstName = fmt.Sprint("ends with a dash, ", i, "-")
		sameAsPlain(t, compiled, d)
	}
	kept := 0
	for _, generation := range []map[string]*derived{compiled.derived.young, compiled.derived.old} {
		for skeleton, d := range generation {
			kept += len(skeleton) + len(d.text)
		}
	}
	if kept == 0 || kept > 2*maxDerived {
		t.Errorf("%d bytes are kept", kept)
	}
	if len(compiled.derived.young)+len(compiled.derived.old) >= 200 {
		t.Error("nothing was forgotten")
	}
}

func TestDeriveConcurrently(t *testing.T) {
	t.Parallel()
	compiled := mustCompile(t, `<p>{{ customer.first_name }}</p>{% for p in products %}<a href="{{ p.url }}">{{ p.name }}</a> {% endfor %}`)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 50 {
				d := sample()
				d.Customer.FirstName = fmt.Sprint("Kunde ", i, strings.Repeat("-", j%2))
				if m, err := compiled.Render(d); err != nil || m.Text != PlainText(m.HTML) {
					t.Errorf("%d: %q, %v", i, m.Text, err)
				}
			}
		})
	}
	group.Wait()
}
