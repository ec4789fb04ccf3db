package templates

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// markup checks the HTML as it is written.
func (c *checker) markup() {
	if c.source.HTML == "" {
		return
	}
	m := &markup{checker: c, part: part{partHTML, c.source.HTML}}
	z := html.NewTokenizer(strings.NewReader(c.source.HTML))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		size := len(z.Raw())
		if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
			m.element(z.Token())
		}
		m.offset += size
	}
	if !m.language {
		c.warn("no_language", partHTML, "screen readers need to know the language", `write <html lang="`+c.source.Language+`">`)
	}
}

// markup walks the tags of the source as written, so that findings have a place.
type markup struct {
	checker  *checker
	part     part
	offset   int
	language bool
}

// found reports a finding at the element under way.
func (m *markup) found(severity, code, message, hint string) {
	line, column := m.part.position(m.offset)
	m.checker.problems = append(m.checker.problems, Problem{severity, code, partHTML, message, hint, line, column})
}

// element checks one start tag.
func (m *markup) element(t html.Token) {
	values := map[string]string{}
	for _, a := range t.Attr {
		values[a.Key] = a.Val
		m.attribute(a)
	}
	switch t.DataAtom {
	case atom.Html:
		m.language = m.language || values["lang"] != ""
	case atom.Img:
		m.image(values)
	case atom.Script, atom.Iframe, atom.Object, atom.Embed, atom.Form, atom.Input, atom.Base, atom.Video, atom.Audio:
		m.found(SeverityError, "forbidden_element", "mail programs refuse "+t.Data, "remove it")
	case atom.Link:
		m.found(SeverityError, "external_resource", "the mail loads from elsewhere, which tells others who reads it", "write styles into the mail")
	}
}

// image wants words for it, and no picture that only counts openings: those need
// consent of their own (section 25 TDDDG).
func (m *markup) image(values map[string]string) {
	if _, ok := values["alt"]; !ok {
		m.found(SeverityError, "no_alt", "a picture without a description", `write alt="…", or alt="" if it only decorates`)
	}
	if tiny(values["width"]) && tiny(values["height"]) {
		m.found(SeverityError, "tracking_pixel", "a picture of one point counts openings and needs consent of its own", "remove it")
	}
}

// tiny is the size of a picture that nobody is meant to see.
func tiny(size string) bool {
	size = strings.TrimSuffix(size, "px")
	return size == "0" || size == "1"
}

// attribute checks addresses and scripts. Namespaces of Outlook look like addresses
// and lead nowhere.
func (m *markup) attribute(a html.Attribute) {
	value := strings.ToLower(strings.TrimSpace(a.Val))
	switch {
	case strings.HasPrefix(a.Key, "on"):
		m.found(SeverityError, "script", "mail programs refuse scripts: "+a.Key, "remove it")
	case strings.HasPrefix(value, "javascript:"), strings.HasPrefix(value, "vbscript:"):
		m.found(SeverityError, "script", "mail programs refuse scripts in links", "use https")
	case strings.HasPrefix(value, "http://") && !strings.HasPrefix(a.Key, "xmlns"):
		m.found(SeverityError, "http_link", "the link is not encrypted: "+a.Val, "use https")
	case a.Key == "style" && strings.Contains(value, "url(http"):
		m.found(SeverityWarning, "external_resource", "the style loads a picture that many programs do not show", "use an img with alt")
	}
}
