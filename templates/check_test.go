package templates

import (
	"strings"
	"testing"
)

// lawful is a mail without any problem.
func lawful() Source {
	return Source{
		Key: "k", Language: "de", Subject: "Neues aus der Rösterei", Preheader: "",
		HTML: `<html lang="de"><body><p>Hallo {{ customer.first_name | default: "zusammen" }}</p><img src="https://a.example/x.png" alt="">
<p>{{ shop.objection_notice }} <a href="{{ links.unsubscribe }}">Abmelden</a> <a href="{{ links.preferences }}">Themen</a></p>
<p>{% for line in shop.imprint.lines %}{{ line }}<br>{% endfor %}</p></body></html>`,
	}
}

func TestCheckAcceptsALawfulMail(t *testing.T) {
	t.Parallel()
	if problems := Check(lawful()); len(problems) > 0 {
		t.Errorf("%+v", problems)
	}
}

func TestCheckFinds(t *testing.T) {
	t.Parallel()
	replace := func(old, with string) func(*Source) {
		return func(s *Source) { s.HTML = strings.Replace(s.HTML, old, with, 1) }
	}
	add := func(html string) func(*Source) { return replace("</body>", html+"</body>") }
	subject := func(text string) func(*Source) { return func(s *Source) { s.Subject = text } }
	unsubscribe := `<a href="{{ links.unsubscribe }}">Abmelden</a>`
	lines := "{% for line in shop.imprint.lines %}{{ line }}<br>{% endfor %}"
	tests := []struct {
		name           string
		spoil          func(*Source)
		severity, code string
	}{
		{"no unsubscribe link", replace(unsubscribe, ""), SeverityError, "no_unsubscribe"},
		{"unsubscribe link as words", replace(unsubscribe, "{{ links.unsubscribe }}"), SeverityError, "no_unsubscribe"},
		{"unsubscribe link only with an offer", replace(unsubscribe, "{% if offer %}"+unsubscribe+"{% endif %}"), SeverityError, "no_unsubscribe"},
		{"unsubscribe link hidden", replace(unsubscribe, `<div style="display:none">`+unsubscribe+"</div>"), SeverityError, "no_unsubscribe"},
		{"unsubscribe link only for some", replace(unsubscribe, "{% if customer.first_name %}"+unsubscribe+"{% endif %}"), SeverityError, "no_unsubscribe"},
		{"text part without it", func(s *Source) { s.Text = "Hallo" }, SeverityError, "no_unsubscribe"},
		{"no imprint", replace(lines, ""), SeverityError, "no_imprint"},
		{"imprint in part", replace(lines, "{{ shop.imprint.name }} {{ shop.imprint.street }}"), SeverityError, "no_imprint"},
		{"no notice", replace("{{ shop.objection_notice }}", ""), SeverityError, "no_objection_notice"},
		{"no preferences", replace(`<a href="{{ links.preferences }}">Themen</a>`, ""), SeverityWarning, "no_preferences"},
		{"unknown variable", add("{{ customer.vorname }}"), SeverityError, "unknown_variable"},
		{"syntax", add("{% if offer %}"), SeverityError, "syntax"},
		{"too big a source", add(strings.Repeat("x", maxSource)), SeverityError, "source"},
		{"too big a mail", add(strings.Repeat("{% for a in products %}"+strings.Repeat("x", 5300)+"{% endfor %}", 10)), SeverityError, "render"},
		{"big mail", add(strings.Repeat("{% for a in products %}"+strings.Repeat("x", 4700)+"{% endfor %}", 10)), SeverityWarning, "size"},
		{"held without a name", replace(` | default: "zusammen"`, ""), SeverityWarning, "held_without"},
		{"http link", add(`<a href="http://a.example/">x</a>`), SeverityError, "http_link"},
		{"http picture", add(`<img alt="" src="http://a.example/x.png">`), SeverityError, "http_link"},
		{"no description", add(`<img src="https://a.example/x.png">`), SeverityError, "no_alt"},
		{"pixel", add(`<img alt="" width="1" height="1px" src="https://a.example/x.png">`), SeverityError, "tracking_pixel"},
		{"script", add(`<script>x</script>`), SeverityError, "forbidden_element"},
		{"form", add(`<form></form>`), SeverityError, "forbidden_element"},
		{"event", add(`<p onclick="x()">x</p>`), SeverityError, "script"},
		{"script link", add(`<a href=" JavaScript:x()">x</a>`), SeverityError, "script"},
		{"font", add(`<link rel="stylesheet" href="https://a.example/x.css">`), SeverityError, "external_resource"},
		{"no language", replace(` lang="de"`, ""), SeverityWarning, "no_language"},
		{"reply that is none", subject("Re: Ihre Frage"), SeverityError, "misleading_subject"},
		{"German reply", subject("AW: Ihre Frage"), SeverityError, "misleading_subject"},
		{"forward", subject(" WG: Ihre Frage"), SeverityError, "misleading_subject"},
		{"bill", subject("Ihre Rechnung für Januar"), SeverityError, "misleading_subject"},
		{"dunning", subject("Letzte Mahnung!"), SeverityError, "misleading_subject"},
		{"English bill", subject("Your invoice is ready"), SeverityError, "misleading_subject"},
		{"shouting", subject("JETZT ZUGREIFEN"), SeverityWarning, "loud_subject"},
		{"long", subject(strings.Repeat("lang ", 20)), SeverityWarning, "long_subject"},
		{"no subject", subject(""), SeverityError, "source"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := lawful()
			test.spoil(&s)
			problems := Check(s)
			for i, p := range problems {
				if p.Message == "" || (i > 0 && problems[i-1].Severity > p.Severity) {
					t.Errorf("out of order or without words: %+v", problems)
				}
				if p.Code == test.code && p.Severity == test.severity {
					return
				}
			}
			t.Errorf("no %s %s in %+v", test.severity, test.code, problems)
		})
	}
}

func TestCheckLeavesHonestSubjectsAlone(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{"Wir rechnen mit Ihnen", "Reif für eine Pause", "Berechnung der Mahlzeit", "Regal voll", "Ein Gruß aus Hamburg", "AWS in der Rösterei", "Kauf auf Rechnungsadresse"} {
		s := lawful()
		s.Subject = subject
		if problems := Check(s); len(problems) > 0 {
			t.Errorf("%s: %+v", subject, problems)
		}
	}
}

func TestCheckSaysWhere(t *testing.T) {
	t.Parallel()
	s := lawful()
	s.HTML = strings.Replace(s.HTML, "<p>{%", "<p>\n  äö<img src=\"https://a.example/y.png\">{%", 1)
	problems := Check(s)
	if len(problems) != 1 || problems[0].Code != "no_alt" || problems[0].Line != 4 || problems[0].Column != 5 {
		t.Errorf("%+v", problems)
	}
}
