package templates

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The severities of a Problem. An error makes the mail unlawful, unsafe or
// unsendable; a warning is advice.
const (
	SeverityError   = "error"
	SeverityWarning = "warning"
)

// Problem is one finding of Check. Code is stable and made for filters and
// tests; Line and Column are 0 where the finding has no place.
type Problem struct {
	Severity, Code, Part, Message, Hint string
	Line, Column                        int
}

// String is the finding in one line, with its place.
func (p Problem) String() string {
	text := p.Part
	if p.Line > 0 {
		text += fmt.Sprintf(" %d:%d", p.Line, p.Column)
	}
	if text += ": " + p.Message; p.Hint != "" {
		text += " (" + p.Hint + ")"
	}
	return text
}

// Check looks for what should stop a marketing mail before it is used: faults of
// Compile, a missing unsubscribe link, imprint (section 5 DDG) or objection
// notice (UWG section 7(3) no. 4), a misleading subject (UWG section 7(2) no. 3),
// and HTML that mail programs refuse. Errors come first.
func Check(s Source) []Problem {
	c := &checker{source: s}
	compiled, err := Compile(s)
	if err != nil {
		c.faults(err)
	} else {
		c.rendered(compiled)
	}
	c.subject()
	c.markup()
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return cmp.Compare(a.Severity, b.Severity) })
	return c.problems
}

// checker gathers findings about one source.
type checker struct {
	source   Source
	problems []Problem
}

// add reports a finding about a part as a whole.
func (c *checker) add(severity, code, part, message, hint string) {
	c.problems = append(c.problems, Problem{Severity: severity, Code: code, Part: part, Message: message, Hint: hint})
}

// faults turns what Compile joined into problems.
func (c *checker) faults(err error) {
	var placed *Error
	var joined interface{ Unwrap() []error }
	switch {
	case errors.As(err, &joined):
		for _, fault := range joined.Unwrap() {
			c.faults(fault)
		}
	case errors.As(err, &placed):
		code := "syntax"
		if strings.HasPrefix(placed.Message, "unknown variable") {
			code = "unknown_variable"
		}
		c.problems = append(c.problems, Problem{
			Severity: SeverityError, Code: code, Part: placed.Part,
			Message: placed.Message, Hint: placed.Hint, Line: placed.Line, Column: placed.Column,
		})
	default:
		c.add(SeverityError, "source", "", err.Error(), "")
	}
}

// rendered looks at finished mails: for a customer of whom all is known, and for
// one of whom next to nothing is.
func (c *checker) rendered(t *Template) {
	now := time.Date(2026, time.January, 15, 12, 0, 0, 0, time.UTC)
	full := Sample(t.Language(), now)
	m, err := t.Render(full)
	if err != nil {
		c.add(SeverityError, "render", "", err.Error(), "")
		return
	}
	c.duties(m, full)
	c.sizes(m)
	full.Offer = nil
	if m, err = t.Render(full); err == nil {
		c.duties(m, full)
	}
	poor := bare(t.Language(), now)
	m, err = t.Render(poor)
	var missing *MissingError
	switch {
	case errors.As(err, &missing):
		c.problems = append(c.problems, Problem{
			Severity: SeverityWarning, Code: "held_without", Part: missing.Part,
			Message: "customers without " + missing.Variable + " will not get this mail",
			Hint:    fmt.Sprintf("add a default: {{ %s | default: \"…\" }}", missing.Variable),
			Line:    missing.Line, Column: missing.Column,
		})
	case err == nil:
		c.duties(m, poor)
	}
}

// duties checks what the law wants in every mail, visible without pictures.
func (c *checker) duties(m Message, d Data) {
	if m.HTML != "" && !strings.Contains(m.HTML, `href="`+d.Links.Unsubscribe+`"`) {
		c.duty("no_unsubscribe", partHTML, "the unsubscribe link is missing", `write <a href="{{ links.unsubscribe }}">…</a>`)
	}
	if !strings.Contains(m.Text, d.Links.Unsubscribe) {
		c.duty("no_unsubscribe", partText, "the unsubscribe link is missing", "write {{ links.unsubscribe }}")
	}
	if !strings.Contains(m.Text, d.Links.Preferences) {
		c.warn("no_preferences", partText, "the link to the preferences is missing", "write {{ links.preferences }}")
	}
	i := d.Shop.Imprint
	for _, body := range c.bodies(m) {
		for _, needed := range []string{i.Name, i.Form, i.Street, i.Zip, i.City, i.Representatives, i.Email, i.Phone, i.Register, i.VATID} {
			if !strings.Contains(body.source, needed) {
				c.duty("no_imprint", body.name, "the imprint is missing or not whole", "write {% for line in shop.imprint.lines %}{{ line }}<br>{% endfor %}")
				break
			}
		}
		if !strings.Contains(body.source, d.Shop.ObjectionNotice) {
			c.duty("no_objection_notice", body.name, "the notice on the right to object is missing", "write {{ shop.objection_notice }}")
		}
	}
}

// bodies are the words of each part as a reader sees them.
func (c *checker) bodies(m Message) []part {
	out := []part{{partText, m.Text}}
	if m.HTML != "" && c.source.Text != "" {
		out = append(out, part{partHTML, PlainText(m.HTML)})
	}
	return out
}

// duty and warn report a finding once, though several samples may show it.
func (c *checker) duty(code, part, message, hint string) {
	c.once(SeverityError, code, part, message, hint)
}

func (c *checker) warn(code, part, message, hint string) {
	c.once(SeverityWarning, code, part, message, hint)
}

// once keeps the first finding of a kind in a part.
func (c *checker) once(severity, code, part, message, hint string) {
	for _, p := range c.problems {
		if p.Code == code && p.Part == part {
			return
		}
	}
	c.add(severity, code, part, message, hint)
}

// sizes warns before mail programs cut: Gmail shows 102 kB of HTML, most show
// some 80 characters of subject.
func (c *checker) sizes(m Message) {
	const roomForLongValues = 90 << 10
	if len(m.HTML) > roomForLongValues {
		c.warn("size", partHTML, fmt.Sprintf("%d kB; Gmail cuts mails at 102 kB", len(m.HTML)>>10), "shorten the HTML")
	}
	if len([]rune(m.Subject)) > 80 {
		c.warn("long_subject", partSubject, "over 80 characters; most programs cut it", "say it shorter")
	}
}

// subject warns of what makes a subject misleading or loud.
func (c *checker) subject() {
	s := c.source.Subject
	if m := misleading().FindString(s); m != "" {
		c.add(SeverityError, "misleading_subject", partSubject,
			fmt.Sprintf("%q makes advertising look like something else", strings.TrimSpace(m)), "say what the mail offers")
	}
	if strings.Contains(s, "!!") || regexp.MustCompile(`\b[A-ZÄÖÜ]{4,}\b.*\b[A-ZÄÖÜ]{4,}\b`).MatchString(s) {
		c.add(SeverityWarning, "loud_subject", partSubject, "capitals or exclamation marks look like spam", "write it calmly")
	}
}

// misleading matches replies that are none, and words of bills and dunning.
func misleading() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^\s*(re|aw|antw|fwd?|wg)\s*:|` +
		`(^|[^\pL])(rechnung|mahnung|zahlungserinnerung|zahlungsaufforderung|inkasso|letzte\s+warnung|kontosperrung|` +
		`bestellbestätigung|versandbestätigung|invoice|overdue|payment\s+reminder|final\s+notice|past\s+due|` +
		`account\s+suspended|order\s+confirmation|shipping\s+confirmation)([^\pL]|$)`)
}
