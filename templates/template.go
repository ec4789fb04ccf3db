package templates

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// The parts of a source, as errors name them.
const (
	partSubject   = "subject"
	partPreheader = "preheader"
	partHTML      = "html"
	partText      = "text"
)

// maxSubject is the longest header line in bytes (RFC 5322 section 2.1.1).
const maxSubject = 998

// Source is a mail as it is written: Liquid in every part. Language is that of
// the words, "de" or "en"; dates and money follow it. An empty Text is derived
// from HTML; an empty HTML gives a mail of plain text. All parts together have
// at most 64 kB.
type Source struct {
	Key, Language, Subject, Preheader, HTML, Text string
}

// Template is a compiled Source. It is safe for concurrent use.
type Template struct {
	source    Source
	subject   *section
	preheader *section
	html      *section // nil if the mail is plain text
	text      *section // nil if derived
	binder    *binder
	derived   *derivations
}

// Message is a rendered mail. Subject is one line of at most 998 bytes without
// control characters; HTML is empty for a mail of plain text; each part has at
// most 100 kB.
type Message struct{ Subject, HTML, Text string }

// Compile checks a source whole and makes it ready to render. Its error joins
// every fault, each an [*Error] where a place can be named.
func Compile(s Source) (*Template, error) {
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("template %q: %w", s.Key, err)
	}
	t := &Template{source: s, binder: newBinder(s.Language), derived: &derivations{}}
	var faults []error
	compile := func(into **section, name, source string, root *shape) {
		compiled, err := compileSection(part{name, source}, s.Language, root)
		*into = compiled
		faults = append(faults, err)
	}
	compile(&t.subject, partSubject, s.Subject, vocabulary())
	compile(&t.preheader, partPreheader, s.Preheader, vocabulary())
	if s.HTML != "" {
		compile(&t.html, partHTML, s.HTML, vocabulary().withMail())
	}
	if s.Text != "" {
		compile(&t.text, partText, s.Text, vocabulary().withMail())
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("template %q: %w", s.Key, err)
	}
	return t, nil
}

// validate checks what needs no parsing.
func (s Source) validate() error {
	size := len(s.Subject) + len(s.Preheader) + len(s.HTML) + len(s.Text)
	switch {
	case s.Language != german && s.Language != english:
		return fmt.Errorf("language %q: use de or en", s.Language)
	case strings.TrimSpace(s.Subject) == "":
		return errors.New("the subject is empty")
	case s.HTML == "" && s.Text == "":
		return errors.New("the mail is empty: neither html nor text")
	case size > maxSource:
		return fmt.Errorf("%d bytes; a template may have %d", size, maxSource)
	default:
		return nil
	}
}

// Key is the name by which steps of a campaign ask for the template.
func (t *Template) Key() string { return t.source.Key }

// Language is "de" or "en".
func (t *Template) Language() string { return t.source.Language }

// Source is what the template was compiled from.
func (t *Template) Source() Source { return t.source }

// Uses reports whether any part names one of these, or something within: "bundle"
// stands for bundle.name, too.
func (t *Template) Uses(names ...string) bool {
	for _, s := range []*section{t.subject, t.preheader, t.html, t.text} {
		if s != nil && slices.ContainsFunc(names, func(name string) bool { return s.names[name] }) {
			return true
		}
	}
	return false
}

// Render writes the mail for one customer. A [*MissingError] names the value that
// this customer lacks; every error concerns this mail only.
func (t *Template) Render(d Data) (Message, error) {
	m, err := t.render(d)
	if err != nil {
		return Message{}, fmt.Errorf("render %s (%s): %w", t.source.Key, t.source.Language, err)
	}
	return m, nil
}

// render writes the subject first: the HTML may quote it in its title.
func (t *Template) render(d Data) (Message, error) {
	vars, err := t.binder.bind(&d)
	if err != nil {
		return Message{}, err
	}
	subject, err := t.subject.render(vars)
	if err != nil {
		return Message{}, err
	}
	preheader, err := t.preheader.render(vars)
	if err != nil {
		return Message{}, err
	}
	var m Message
	if m.Subject, err = headerLine(subject); err != nil {
		return Message{}, err
	}
	vars["mail"] = map[string]any{
		"subject": m.Subject, "preheader": known(plainLine(preheader)), "language": t.source.Language,
	}
	if m.HTML, m.Text, err = t.bodies(vars); err != nil {
		return Message{}, err
	}
	return m, nil
}

// bodies writes HTML and text.
func (t *Template) bodies(vars map[string]any) (html, text string, err error) {
	if t.text == nil {
		return t.derived.render(t.html, vars)
	}
	if t.html != nil {
		if html, err = t.html.render(vars); err != nil {
			return "", "", err
		}
	}
	if text, err = t.text.render(vars); err != nil {
		return "", "", err
	}
	return html, tidyText(text), nil
}

// known makes an empty text unknown, so that a condition on it is false.
func known(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// plainLine is a text as a header may carry it: no control characters, single
// spaces, none at the ends.
func plainLine(text string) string {
	return strings.Join(strings.FieldsFunc(oneLine(text), unicode.IsSpace), " ")
}

// headerLine checks what must hold for a subject.
func headerLine(text string) (string, error) {
	line := plainLine(text)
	switch {
	case line == "":
		return "", errors.New("subject: empty for this customer")
	case len(line) > maxSubject:
		return "", fmt.Errorf("subject: %d bytes; a header line may have %d", len(line), maxSubject)
	default:
		return line, nil
	}
}
