package templates

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestRenderNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		source string
		strip  func(*Data)
		want   string // "" renders
	}{
		{"{{ customer.first_name }}", func(d *Data) { d.Customer.FirstName = "" }, "customer.first_name"},
		{"{{ customer.first_name | upcase | truncate: 3 }}", func(d *Data) { d.Customer.FirstName = "" }, "customer.first_name"},
		{`{{ customer.first_name | default: "Gast" }}`, func(d *Data) { d.Customer.FirstName = "  " }, ""},
		{"{{ offer.code }}", func(d *Data) { d.Offer = nil }, "offer.code"},
		{"{{ offer.valid_until | date }}", func(d *Data) { d.Offer = &Offer{} }, "offer.valid_until"},
		{"{{ offer.amount | money }}", func(d *Data) { d.Offer.Amount = Money{Minor: 500} }, "offer.amount"},
		{"{{ values.roast }}", func(*Data) {}, "values.roast"},
		{"{{ products.first.name }}", func(d *Data) { d.Products = nil }, "products.first.name"},
		{"{{ products.size }}", func(d *Data) { d.Products = nil }, "products.size"},
		{"{% for p in products %}{{ p.price }}{% endfor %}", func(d *Data) { d.Products[1].Price = Money{} }, "p.price"},
		{"{% if offer %}{{ offer.code }}{% endif %}x", func(d *Data) { d.Offer = nil }, ""},
		{"{% for p in products %}{{ p.name }}{% else %}x{% endfor %}y", func(d *Data) { d.Products = []Product{} }, ""},
		{"{{ links.shop | default: shop.url }}", func(d *Data) { d.Links.Shop, d.Shop.URL = "", "" }, "links.shop"},
		{"{{ links.shop | default: shop.url }}", func(d *Data) { d.Links.Shop = "" }, ""},
		{"{% if values.roast == \"dark\" or customer.orders > 3 %}x{% endif %}y", func(d *Data) { d.Customer.Orders = 0 }, ""},
	}
	for _, test := range tests {
		d := sample()
		test.strip(&d)
		_, err := mustCompile(t, "\n  "+test.source).Render(d)
		var missing *MissingError
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.source, err)
		case test.want != "" && (!errors.As(err, &missing) || missing.Variable != test.want || missing.Part != "html" || missing.Line != 2):
			t.Errorf("%s: got %v, want %s to be missing", test.source, err, test.want)
		}
	}
}

func TestMissingErrorSaysHowToMend(t *testing.T) {
	t.Parallel()
	_, err := mustCompile(t, "<p>{{ customer.last_name }}").Render(Data{})
	want := `render test (de): html 1:7: no value for customer.last_name; add a default: {{ customer.last_name | default: "…" }}`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	d := sample()
	d.Values = map[string]string{"roast": " straße "}
	tests := []struct{ source, want string }{
		{`{{ values.roast | strip | capitalize }}`, "Straße"},
		{`{{ customer.first_name | upcase }}{{ customer.first_name | downcase }}`, "ANNAanna"},
		{`{{ offer.min_order }} {{ offer.min_order | money }}`, "25,00 € 25,00 €"},
		{`{{ offer.valid_until }} {{ offer.valid_until | date }}`, "31. Januar 2026 31. Januar 2026"},
		{`{{ offer.valid_until | date: "weekday" }}`, "Samstag, 31. Januar 2026"},
		{`{{ shop.name | truncate: 9 }}`, "Rösterei…"},
		{`{{ shop.name | truncate }}`, "Rösterei Morgenrot"},
		{`{{ shop.name | size }} {{ products | size }} {{ products.size }}`, "18 2 2"},
		{`{{ shop.imprint.lines | first }}, {{ shop.imprint.lines | last }}`, "Rösterei Morgenrot GmbH, USt-IdNr.: DE123456789"},
		{`{{ shop.imprint.lines | join: " / " | truncate: 30 }}`, "Rösterei Morgenrot GmbH / Haf…"},
		{`{{ customer.orders | plus: 1 }} {{ customer.orders | minus: 1 }}`, "5 3"},
		{`{{ values.none | default: "nichts" }} {{ values.none | default: 7 }}`, "nichts 7"},
		{`{{ offer.amount | money | default: "x" }}`, "5,00 €"},
		{`{% for p in products limit: 1 %}{{ forloop.index }}: {{ p.name }}{% endfor %}`, "1: Handmühle Nordlicht"},
		{`{% for p in products %}{{ p.name | size }}{% unless forloop.last %}, {% endunless %}{% endfor %}`, "19, 15"},
		{`{% if customer.orders >= 4 and shop.name contains "Morgen" %}ja{% elsif offer %}?{% else %}nein{% endif %}`, "ja"},
		{`{% comment %} {{ anything goes }} {% endcomment %}x{%- if offer %} y{% endif %}`, "xy"},
		{`{% if shop.informal %}du{% else %}Sie{% endif %}`, "Sie"},
		{`{{ "nur Text" }}`, "nur Text"},
	}
	for _, test := range tests {
		got := strings.ReplaceAll(strings.TrimSpace(mustRender(t, test.source, d).HTML), nbsp, " ")
		if strings.ReplaceAll(got, " y", "y") != test.want {
			t.Errorf("%s: got %q, want %q", test.source, got, test.want)
		}
	}
}

func TestLocaleFollowsTheTemplate(t *testing.T) {
	t.Parallel()
	compiled, err := Compile(Source{Key: "k", Language: "en", Subject: "{{ offer.amount }} until {{ offer.valid_until | date }}", Text: "{{ mail.language }}"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := compiled.Render(sample())
	if err != nil || m.Subject != "€5.00 until 31 January 2026" || m.Text != "en\n" || m.HTML != "" {
		t.Errorf("got %+v, %v", m, err)
	}
}

// TestOnlyListedFilters holds that none of the engine's own filters is
// reachable: the check refuses them, and the engine underneath does not know them.
func TestOnlyListedFilters(t *testing.T) {
	t.Parallel()
	foreign := []string{
		"json", "compact", "concat", "map", "reverse", "sort", "uniq", "abs", "ceil", "floor", "modulo", "times", "divided_by", "round",
		"append", "escape_once", "newline_to_br", "prepend", "remove", "remove_first", "replace", "replace_first", "sort_natural", "slice",
		"split", "strip_html", "strip_newlines", "lstrip", "rstrip", "truncatewords", "url_encode", "url_decode", "inspect", "type", "raw",
	}
	for _, name := range foreign {
		_, err := Compile(Source{Key: "k", Language: "de", Subject: "s", HTML: "{{ shop.name | " + name + " }}"})
		if err == nil || !strings.Contains(err.Error(), "there is no filter "+name) {
			t.Errorf("%s: %v", name, err)
		}
		section := &section{name: "html", sites: []site{{}}, config: newConfig("de")}
		if err := section.parse(`{{ "x" | ` + name + ` }}`); err != nil {
			t.Fatal(err)
		}
		if out, err := section.render(map[string]any{}); err == nil || !strings.Contains(err.Error(), "undefined filter") {
			t.Errorf("the engine knows %s: %q, %v", name, out, err)
		}
	}
	if n := len(Filters()); n != 15 {
		t.Errorf("%d filters: %v", n, Filters())
	}
}

// TestOnlyListedTags holds the same for tags that set variables or read files.
func TestOnlyListedTags(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{`assign a = "x"`, `include "x"`, "break", "continue", `cycle "a", "b"`, "capture a", "raw", "case offer", "tablerow p in products", "spend 1", "layout", "render"} {
		_, err := Compile(Source{Key: "k", Language: "de", Subject: "s", HTML: "{% " + tag + " %}"})
		if err == nil || !strings.Contains(err.Error(), "there is no tag") {
			t.Errorf("%s: %v", tag, err)
		}
	}
	config := newConfig("de")
	for _, tag := range []string{`assign a = "x"`, `include "x"`, "break", "continue", `cycle "a", "b"`} {
		if _, err := config.Compile("{% "+tag+" %}", locationZero()); err == nil {
			t.Errorf("the engine knows %s", tag)
		}
	}
}

func TestOutputIsBounded(t *testing.T) {
	t.Parallel()
	d := sample()
	for len(d.Products) < maxItems {
		d.Products = append(d.Products, d.Products[0])
	}
	big := "{% for a in products %}{% for b in products %}" + strings.Repeat("x", 500) + "{% endfor %}{% endfor %}"
	if _, err := mustCompile(t, big).Render(d); err == nil || !strings.Contains(err.Error(), "over 100 kB") {
		t.Errorf("5 MB of text in a loop: %v", err)
	}
	if m := mustRender(t, big, sample()); len(m.HTML) != 2*2*500 {
		t.Errorf("two products give %d bytes", len(m.HTML))
	}
	d = sample()
	d.Customer.FirstName = strings.Repeat("ä", maxMessage)
	if _, err := mustCompile(t, "{{ customer.first_name }}").Render(d); err == nil || !strings.Contains(err.Error(), "over 100 kB") {
		t.Errorf("a long name: %v", err)
	}
	d.Customer.FirstName = strings.Repeat("<", maxMessage/4-10)
	if m := mustRender(t, "{{ customer.first_name }}", d); len(m.HTML) > maxMessage {
		t.Errorf("%d bytes", len(m.HTML))
	}
	d.Products = make([]Product, maxItems+1)
	if _, err := mustCompile(t, "x").Render(d); err == nil || !strings.Contains(err.Error(), "at most 100") {
		t.Errorf("101 products: %v", err)
	}
}

func TestSubjectIsOneLine(t *testing.T) {
	t.Parallel()
	compiled, err := Compile(Source{Key: "k", Language: "de", Subject: " Für\r\n {{ customer.first_name | default: \"Sie\" }}\t! ", HTML: "{{ mail.subject }}"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, want string }{
		{"Anna", "Für Anna !"},
		{"", "Für Sie !"},
		{"Anna\r\nBcc: x@example.com", "Für Anna Bcc: x@example.com !"},
		{"a\x00b\x07c\u2028d\u0085e", "Für a bc d e !"},
		{"\u202Eanna\u202C", "Für anna !"},
		{"A" + nbsp + nbsp + "B", "Für A B !"},
	}
	for _, test := range tests {
		d := sample()
		d.Customer.FirstName = test.name
		m, err := compiled.Render(d)
		if err != nil || m.Subject != test.want {
			t.Errorf("%q: got %q, %v; want %q", test.name, m.Subject, err, test.want)
		}
	}
	d := sample()
	d.Customer.FirstName = strings.Repeat("x", maxSubject)
	if _, err := compiled.Render(d); err == nil || !strings.Contains(err.Error(), "header line") {
		t.Errorf("a long subject: %v", err)
	}
	empty, err := Compile(Source{Key: "k", Language: "de", Subject: "{% if offer %}x{% endif %}", HTML: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := empty.Render(Data{}); err == nil || !strings.Contains(err.Error(), "empty for this customer") {
		t.Errorf("an empty subject: %v", err)
	}
}

func TestNoValueBreaksALine(t *testing.T) {
	t.Parallel()
	compiled, err := Compile(Source{Key: "k", Language: "de", Subject: "a{{ customer.first_name }}b", Preheader: "c{{ customer.first_name }}", Text: "d{{ customer.first_name }}e {{ mail.preheader }}"})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := sample()
		d.Customer.FirstName = "x" + rapid.String().Draw(t, "name")
		m, err := compiled.Render(d)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(m.Text, "\n") != 1 || strings.ContainsFunc(m.Subject, unicode.IsControl) || strings.Contains(m.Subject, "  ") {
			t.Fatalf("%q gave %q and %q", d.Customer.FirstName, m.Subject, m.Text)
		}
	})
}

// TestVocabularyIsReal prints every name that the vocabulary lists.
func TestVocabularyIsReal(t *testing.T) {
	t.Parallel()
	d := sample()
	d.Shop.LogoURL, d.Values["NAME"], d.Shop.Informal = "https://shop.example.com/logo.png", "x", true
	d.Customer.Country = "DE"
	for _, field := range Vocabulary() {
		if field.Description == "" {
			t.Errorf("%s has no description", field.Name)
		}
		source := "{{ " + field.Name + " }}"
		switch {
		case field.Type == "yes/no":
			source = "{% if " + field.Name + " %}x{% endif %}"
		case field.Type == "list":
			source = "{% for x in " + field.Name + " %}x{% endfor %}"
		case strings.Contains(field.Name, "[]."):
			list, name, _ := strings.Cut(field.Name, "[].")
			source = fmt.Sprintf("{%% for x in %s %%}{{ x.%s }}{%% endfor %%}", list, name)
		}
		if got := mustRender(t, source, d).HTML; got == "" {
			t.Errorf("%s prints nothing", source)
		}
	}
	if n := len(Vocabulary()); n < 35 {
		t.Errorf("only %d names", n)
	}
}

func TestRenderConcurrently(t *testing.T) {
	t.Parallel()
	compiled := mustCompile(t, "{% for p in products %}{{ customer.first_name }}{{ p.name }}{% endfor %}{{ values.x | default: \"-\" }}")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			d := sample()
			d.Customer.FirstName = fmt.Sprint("Kunde", i)
			for range 50 {
				m, err := compiled.Render(d)
				if err != nil || strings.Count(m.HTML, d.Customer.FirstName) != 2 {
					t.Errorf("%d: %q, %v", i, m.HTML, err)
				}
			}
		})
	}
	group.Wait()
}

// BenchmarkRender writes each German starter for customers whose values differ. PlainText
// is the yardstick: what deriving the text part of such a mail takes.
func BenchmarkRender(b *testing.B) {
	set, err := Starters()
	if err != nil {
		b.Fatal(err)
	}
	for _, key := range starterKeys() {
		compiled, _ := set.Template(key, "de")
		d := sample()
		m, err := compiled.Render(d)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(key, func(b *testing.B) {
			customer := 0
			measured(b, func() error {
				customer++
				d.Customer.Email = strconv.Itoa(customer) + "@example.com"
				d.Links.Unsubscribe = "https://shop.example.com/u/" + strconv.Itoa(customer)
				_, err := compiled.Render(d)
				return err
			})
		})
		b.Run(key+"/PlainText", func(b *testing.B) { measured(b, func() error { PlainText(m.HTML); return nil }) })
		b.Run(key+"/WithLinks", func(b *testing.B) {
			rewrite := func(address string) string { return strings.Replace(address, "/p/", "/r/", 1) }
			measured(b, func() error { m.WithLinks(rewrite); return nil })
		})
	}
}

// measured reports the time of the processor, which a busy machine does not stretch.
func measured(b *testing.B, work func() error) {
	b.Helper()
	b.ReportAllocs()
	cpu := func() int64 {
		var used syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
			b.Fatal(err)
		}
		return used.Utime.Nano() + used.Stime.Nano()
	}
	began := cpu()
	for b.Loop() {
		if err := work(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpu()-began)/float64(b.N), "cpu-ns/op")
}
