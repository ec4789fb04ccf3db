package templates

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/osteele/liquid/parser"
	"golang.org/x/net/html"
)

// marker begins the stand-in of an output or tag while the HTML around it is
// read. It starts with a letter, as a value may, so that "<{{ name }}" is seen as
// the tag it could become; it holds a space, so that it breaks apart where an
// attribute has no quotes.
const marker = "q\ue000 "

// finder gives every output the place where it stands, and is the reason why a
// value cannot break out of it: what is not found in a known place is refused.
type finder struct {
	part   part
	pieces []piece
	sites  []site
	found  map[int]bool // pieces
	faults []error
	number map[int]int // piece -> site
}

// places sets the place of every site, or reports those that cannot stand where
// they do. Every output and tag must be found, so what the reading here does not
// understand is refused and not guessed.
func places(p part, pieces []piece, sites []site) []error {
	f := &finder{part: p, pieces: pieces, sites: sites, found: map[int]bool{}, number: map[int]int{}}
	f.read(f.standIn())
	for i, piece := range pieces {
		if piece.Type != parser.TextTokenType && !f.found[i] && f.known(i) {
			f.refuse(i, "an attribute without quotes, a tag's or attribute's name, a comment, a style or a script")
		}
	}
	return f.faults
}

// known tells whether a piece has a stand-in: what is inside {% comment %} has not.
func (f *finder) known(i int) bool {
	_, ok := f.number[i]
	return ok
}

// standIn writes the part with a marker in place of each output and tag. Spaces
// before a marker are dropped, as dashes in {{- and {%- may do when the mail is
// written, so that "< {{- name }}" is seen for what it is.
func (f *finder) standIn() string {
	var out strings.Builder
	comment, site := false, 0
	for i, p := range f.pieces {
		switch {
		case comment:
			comment = p.Name != "endcomment"
			continue
		case p.Type == parser.TextTokenType && i+1 < len(f.pieces):
			out.WriteString(strings.TrimRightFunc(p.Source, unicode.IsSpace))
			continue
		case p.Type == parser.TextTokenType:
			out.WriteString(p.Source)
			continue
		}
		comment = p.Name == "comment"
		out.WriteString(marker + strconv.Itoa(i) + "\ue001")
		f.number[i] = site
		if p.Type == parser.ObjTokenType {
			site++
		}
	}
	return out.String()
}

// read walks through HTML with the tokenizer that browsers' rules describe.
func (f *finder) read(source string) {
	z := html.NewTokenizer(strings.NewReader(source))
	within := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			f.text(string(z.Raw()), within)
		case html.CommentToken:
			f.comment(string(z.Raw()))
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			within = rawElement(t.Data)
			f.attributes(t)
		case html.EndTagToken:
			within = ""
		}
	}
}

// rawElement names the element if its content is not read as HTML.
func rawElement(name string) string {
	switch name {
	case "title", "textarea", "script", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext":
		return name
	default:
		return ""
	}
}

// text accepts values in words and in the title; a condition in the title could
// leave it open.
func (f *finder) text(s, within string) {
	for _, m := range markers(s) {
		value := f.pieces[m.piece].Type == parser.ObjTokenType
		if within == "" || (within == "title" && value) {
			f.found[m.piece] = true
		}
	}
}

// comment reads what Outlook reads: <!--[if mso]> … <![endif]-->.
func (f *finder) comment(s string) {
	head, rest, ok := strings.Cut(s, "]>")
	body, ended := strings.CutSuffix(rest, "<![endif]-->")
	if !ok || !ended || !strings.HasPrefix(head, "<!--[if") || strings.Contains(head, marker) {
		return
	}
	f.read(body)
}

// attributes looks at quoted values only: the space in a marker has torn it apart in
// all others.
func (f *finder) attributes(t html.Token) {
	for _, a := range t.Attr {
		for _, m := range markers(a.Val) {
			f.found[m.piece] = true
			f.attribute(t.Data, a, m)
		}
	}
}

// attribute settles one stand-in. Conditions have no business in an element: each
// branch would have to leave it in the same state.
func (f *finder) attribute(element string, a html.Attribute, m mark) {
	if f.pieces[m.piece].Type != parser.ObjTokenType {
		f.refuse(m.piece, "an attribute; put the condition around the whole element")
		return
	}
	at, ok := attributePlace(element, a.Key, a.Val[:m.at])
	switch {
	case ok:
		f.sites[f.number[m.piece]].place = at
	case a.Key == "href" || a.Key == "src":
		f.refuse(m.piece, "the host or scheme of a link; give the whole link as one value, or put it behind the host and a slash")
	default:
		f.refuse(m.piece, fmt.Sprintf("%s of %s", a.Key, element))
	}
}

// refuse reports a piece with the reason in the author's terms.
func (f *finder) refuse(i int, where string) {
	what := "a value"
	if f.pieces[i].Type == parser.TagTokenType {
		what = "a tag"
	}
	f.faults = append(f.faults, f.part.fault(f.pieces[i].at, "values stand between tags and in quoted attributes such as href, src, alt and title",
		"%s cannot stand in %s", what, where))
}

// mark is a stand-in within a text.
type mark struct{ piece, at int }

var markerPattern = regexp.MustCompile(marker + `(\d+)` + "\ue001")

// markers finds the stand-ins that are whole.
func markers(s string) []mark {
	var out []mark
	for _, m := range markerPattern.FindAllStringSubmatchIndex(s, -1) {
		n, err := strconv.Atoi(s[m[2]:m[3]])
		if err == nil {
			out = append(out, mark{n, m[0]})
		}
	}
	return out
}
