package templates

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestCompileFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, html   string
		line, column int
		message      string // part of it
		hint         string // part of it
	}{
		{"misspelt field", "<p>\n Hallo {{ customer.frist_name }}</p>", 2, 11, "unknown variable customer.frist_name", "customer.first_name"},
		{"German umlauts count as one column", "äöü {{ shop.nam }}", 1, 8, "unknown variable shop.nam", "shop.name"},
		{"unknown root", "{{ kunde }}", 1, 4, "unknown variable kunde", ""},
		{"unknown in if", "{% if ofer %}x{% endif %}", 1, 7, "unknown variable ofer", "offer"},
		{"unknown in filter argument", "{{ shop.name | default: shop.urll }}", 1, 25, "unknown variable shop.urll", "shop.url"},
		{"loop variable outside its loop", "{% for p in products %}{% endfor %}{{ p.name }}", 1, 39, "unknown variable p.name", ""},
		{"field of a tile", "{% for p in products %}{{ p.nam }}{% endfor %}", 1, 27, "unknown variable p.nam", "p.name"},
		{"below a leaf", "{{ shop.name.size }}", 1, 4, "unknown variable", ""},
		{"method of a Go value", "{{ offer.valid_until.Year }}", 1, 4, "unknown variable", ""},
		{"the engine's own variable", "{{ mail_run }}", 1, 4, "unknown variable mail_run", ""},
		{"unknown filter", "{{ shop.name | upcas }}", 1, 16, "there is no filter upcas", "upcase"},
		{"raw", "{{ shop.name | raw }}", 1, 16, "there is no filter raw", "always escaped"},
		{"filter on wrong type", "{{ shop.name | money }}", 1, 16, "money does not work on a text", ""},
		{"date style", `{{ offer.valid_until | date: "%Y" }}`, 1, 30, "no date style", "long"},
		{"missing argument", "{{ shop.name | default }}", 1, 16, "default needs an argument", ""},
		{"too many arguments", `{{ shop.name | default: "a", "b" }}`, 1, 30, "does not take", ""},
		{"wrong argument", `{{ shop.name | truncate: "a" }}`, 1, 26, "does not take this text", ""},
		{"lonely colon", `{{ shop.name | default : "a" }}`, 1, 24, "colon", "right behind"},
		{"printing a list", "{{ products }}", 1, 4, "products is a list", "for"},
		{"printing a group", "{{ customer }}", 1, 4, "customer is a group", "first_name"},
		{"printing yes or no", "{{ shop.informal }}", 1, 4, "cannot be printed", "if"},
		{"joining groups", "{{ products | join }}", 1, 15, "list of groups", "loop"},
		{"typographic quotes", "{{ shop.name | default: „a“ }}", 1, 25, "unexpected", "straight quotes"},
		{"open quotes", `{{ shop.name | default: "a }}`, 1, 25, "unexpected", "close the quotes"},
		{"single equals", `{% if shop.name = "a" %}{% endif %}`, 1, 17, "unexpected", "=="},
		{"ampersands", `{% if shop.name && offer %}{% endif %}`, 1, 17, "unexpected", "and"},
		{"brackets", `{% if (offer) %}{% endif %}`, 1, 7, "unexpected", "brackets"},
		{"range", `{% for i in (1..9) %}{% endfor %}`, 1, 13, "unexpected", "brackets"},
		{"index", `{{ products[0].name }}`, 1, 12, "unexpected", "loop"},
		{"comparing types", `{% if offer.percent == "10" %}{% endif %}`, 1, 21, "cannot compare number with text", ""},
		{"ordering texts", `{% if shop.name < "10" %}{% endif %}`, 1, 17, "cannot compare", ""},
		{"empty condition", `{% if %}{% endif %}`, 1, 1, "a value is missing", ""},
		{"trailing words", `{{ shop.name shop.url }}`, 1, 14, "unexpected shop.url", ""},
		{"unclosed if", "{% if offer %}x", 1, 16, "if is not closed", "{% endif %}"},
		{"wrong end", "{% if offer %}x{% endfor %}{% endif %}", 1, 16, "endfor is not inside for", ""},
		{"lonely else", "{% else %}", 1, 1, "else is not inside", ""},
		{"else with words", "{% if offer %}{% else if %}{% endif %}", 1, 23, "else takes nothing", ""},
		{"unknown tag", `{% include "/etc/passwd" %}`, 1, 1, "there is no tag include", ""},
		{"loop over text", "{% for x in shop.name %}{% endfor %}", 1, 13, "shop.name is no list", ""},
		{"loop hides a name", "{% for shop in products %}{% endfor %}", 1, 8, "the name shop is taken", ""},
		{"limit by variable", "{% for p in products limit: offer.percent %}{% endfor %}", 1, 29, "whole number", ""},
		{"unclosed output", "{{ shop.name", 1, 1, "{{ without its counterpart", "one line"},
		{"output over two lines", "{{ shop.name\n| upcase }}", 1, 1, "{{ without its counterpart", "one line"},
		{"stray end", "a }} b", 1, 3, "}} without", ""},
		{"output in an output", "{{ a {{ b }}", 1, 6, "{{ without", ""},
		{"control character", "a\x00b", 1, 2, "unreadable", "UTF-8"},
		{"not UTF-8", "Gr\xfc\xdfe", 1, 3, "unreadable", "UTF-8"},
		{"our own marker", "a q\ue000 1\ue001", 1, 4, "unreadable", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Compile(Source{Key: "k", Language: "de", Subject: "s", HTML: test.html})
			var fault *Error
			if !errors.As(err, &fault) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if fault.Line != test.line || fault.Column != test.column || fault.Part != "html" {
				t.Errorf("at %s %d:%d, want html %d:%d (%s)", fault.Part, fault.Line, fault.Column, test.line, test.column, fault.Message)
			}
			if !strings.Contains(fault.Message, test.message) || !strings.Contains(fault.Hint, test.hint) {
				t.Errorf("says %q, hint %q; want %q, hint %q", fault.Message, fault.Hint, test.message, test.hint)
			}
		})
	}
}

func TestErrorDrawsACaret(t *testing.T) {
	t.Parallel()
	_, err := Compile(Source{Key: "winback", Language: "de", Subject: "s", HTML: "<p>\nGrüße, {{ customer.frist_name }}"})
	want := `template "winback": html 2:11: unknown variable customer.frist_name; did you mean customer.first_name?
 | Grüße, {{ customer.frist_name }}
 |           ^`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	long := strings.Repeat("x", 5000) + "{{ nonsense }}"
	_, err = Compile(Source{Key: "k", Language: "de", Subject: "s", HTML: long})
	if err == nil || len(err.Error()) > 400 {
		t.Errorf("a long line is not cut: %d bytes", len(err.Error()))
	}
}

func TestCompileReportsEveryFault(t *testing.T) {
	t.Parallel()
	_, err := Compile(Source{Key: "k", Language: "de", Subject: "{{ a }}", Preheader: "{{ b }}", HTML: "{{ c }} {{ d }}", Text: "{{ e }}"})
	for _, want := range []string{"subject 1:4", "preheader 1:4", "html 1:4", "html 1:12", "text 1:4"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestCompileLimits(t *testing.T) {
	t.Parallel()
	nested := func(open, body, end string, n int) string {
		return strings.Repeat(open, n) + body + strings.Repeat(end, n)
	}
	loops := func(n int) string {
		out := "{{ shop.name }}"
		for i := range n {
			out = fmt.Sprintf("{%% for v%d in products %%}%s{%% endfor %%}", i, out)
		}
		return out
	}
	inner := "{% for a in products %}{% for b in products %}" + strings.Repeat("{{ b.name }}", 10) + "{% endfor %}{% endfor %}"
	tests := []struct {
		name, html, want string // want "" is a success
	}{
		{"source at the cap", strings.Repeat("x", maxSource-1), ""},
		{"source over the cap", strings.Repeat("x", maxSource), "65537 bytes"},
		{"conditions at the depth", nested("{% if offer %}", "x", "{% endif %}", maxDepth), ""},
		{"conditions too deep", nested("{% if offer %}", "x", "{% endif %}", maxDepth+1), "more than 16"},
		{"two loops", loops(2), ""},
		{"three loops", loops(3), "more than 2 loops"},
		{"too many steps", inner, "at most 100000"},
		{"huge number", "{{ offer.percent | plus: 99999999999999999999 }}", "number is too long"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Compile(Source{Key: "k", Language: "de", Subject: "s", HTML: test.html})
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestCompileRefusesIncompleteSources(t *testing.T) {
	t.Parallel()
	tests := []struct {
		source Source
		want   string
	}{
		{Source{Language: "fr", Subject: "s", HTML: "x"}, "use de or en"},
		{Source{Language: "de", Subject: " \n", HTML: "x"}, "subject is empty"},
		{Source{Language: "de", Subject: "s"}, "neither html nor text"},
	}
	for _, test := range tests {
		if _, err := Compile(test.source); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

// FuzzCompile holds that no source crashes or hangs, and that what compiles
// either renders within its bounds or says why not.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		"<p>{{ customer.first_name | default: \"x\" }}</p>",
		"{% if offer %}<a href=\"{{ links.shop }}\">{{ offer.code }}</a>{% else %}-{% endif %}",
		"{% for p in products limit: 2 %}{{ p.name }}{{ forloop.index }}{% endfor %}",
		"{%- if shop.name contains 'a' -%} x {%- endif -%}", "{% comment %}{{ nonsense {% endcomment %}",
		"<!--[if mso]><a href=\"{{ links.shop }}\">x</a><![endif]-->", "{{", "%}{{-}}", "{{ '}}' }}", "{% raw %}{{ x }}{% endraw %}",
	} {
		f.Add(seed, "Anna")
	}
	f.Fuzz(func(t *testing.T, html, name string) {
		compiled, err := Compile(Source{Key: "k", Language: "de", Subject: "s", HTML: html})
		if err != nil {
			return
		}
		d := sample()
		d.Customer.FirstName = name
		m, err := compiled.Render(d)
		if err == nil && len(m.HTML) > maxMessage {
			t.Errorf("%d bytes", len(m.HTML))
		}
	})
}
