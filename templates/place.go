package templates

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// place is where an output stands. It decides how the value is escaped.
type place int

const (
	placeLine   place = iota // subject, preheader, text part: one line of plain text
	placeHTML                // between tags, or in an attribute that holds words
	placeURL                 // an attribute that is a link, whole
	placePath                // a step of a link's path
	placeQuery               // in a link's query
	placeColour              // in a style: only #rrggbb
)

// plainPlace is the place of every output of a part that is not HTML.
func plainPlace(part string) place {
	if part == partHTML {
		return placeHTML
	}
	return placeLine
}

var (
	errNotALink   = errors.New("not an address that a mail may link to; use https, mailto, tel or cid")
	errNotAColour = errors.New("not a colour; write it as #1f5f4a")
)

// fit makes a value what a reader of the place may see, or refuses it. In HTML it is
// still to be escaped.
func (p place) fit(text string) (string, error) {
	text = oneLine(text)
	switch p {
	case placeURL:
		if !linkable(text) {
			return "", errNotALink
		}
	case placePath:
		text = url.PathEscape(text)
	case placeQuery:
		// Mail addresses do not know "+" for a space; links read both.
		text = strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
	case placeColour:
		if !isColour(text) {
			return "", fmt.Errorf("%q: %w", text, errNotAColour)
		}
	}
	return text, nil
}

// oneLine drops control characters, marks that turn the direction of writing and
// bytes that are no text, and makes every run of spaces one space. Customers'
// names pass here: a line break in one must not start a new header or line.
func oneLine(text string) string {
	if inOneLine(text) {
		return text
	}
	var b strings.Builder
	space := false
	for _, r := range strings.ToValidUTF8(text, "\uFFFD") {
		switch {
		case r == '\u00a0':
			b.WriteRune(r)
			space = false
		case unicode.IsSpace(r) || r == 0:
			if !space {
				b.WriteByte(' ')
			}
			space = true
		case unicode.IsControl(r) || turnsDirection(r):
		default:
			b.WriteRune(r)
			space = false
		}
	}
	return strings.Trim(b.String(), " ")
}

// inOneLine tells whether oneLine has nothing to do, as for nearly every value.
func inOneLine(text string) bool {
	space := true // as before the first character
	for i, r := range text {
		switch {
		case r == ' ' && space, r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			return false
		case r != ' ' && r != '\u00a0' && (unicode.IsSpace(r) || unicode.IsControl(r) || turnsDirection(r)):
			return false
		}
		space = r == ' '
	}
	return !space || text == ""
}

// turnsDirection knows the embeddings, overrides and isolates of Unicode (UAX 9).
func turnsDirection(r rune) bool {
	return (r >= '\u202A' && r <= '\u202E') || (r >= '\u2066' && r <= '\u2069')
}

// linkable accepts complete addresses of the schemes that mails use.
func linkable(text string) bool {
	u, err := url.Parse(text)
	if err != nil || strings.ContainsAny(text, " \\\"<>`") {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "https", "http":
		return u.Host != ""
	case "mailto", "tel", "cid":
		return u.Opaque != ""
	default:
		return false
	}
}

// isColour leaves no room for anything that ends a style's declaration.
func isColour(text string) bool {
	return len(text) == 7 && text[0] == '#' && strings.Trim(text[1:], "0123456789abcdefABCDEF") == ""
}

// attributePlace tells what a value may be in an attribute; before is what stands
// there already. The list is closed: a place that is not on it is refused.
func attributePlace(element, attribute, before string) (place, bool) {
	if slices.Contains([]string{"script", "style", "base", "link", "meta", "object", "embed", "iframe", "form", "input", "button", "svg", "math"}, element) {
		return 0, false
	}
	switch attribute {
	case "alt", "title", "aria-label", "summary", "lang", "label":
		return placeHTML, true
	case "style", "bgcolor", "color", "fillcolor", "strokecolor":
		return placeColour, true
	case "href", "src", "background":
		return linkPlace(before)
	default:
		return 0, false
	}
}

var linkStart = regexp.MustCompile(`^(?i)(https?://[^/?#` + "\ue000" + `]+|mailto:|tel:)`)

// linkPlace tells which piece of a link a value is. A value may be the whole
// link, or stand behind the host; it can never choose scheme or host by half.
func linkPlace(before string) (place, bool) {
	before = strings.TrimSpace(before)
	if before == "" {
		return placeURL, true
	}
	rest, whole := strings.CutPrefix(before, marker)
	if !whole {
		matched := linkStart.FindString(before)
		rest = before[len(matched):]
		if matched == "" {
			return 0, false
		}
		if strings.HasSuffix(matched, ":") {
			return placeQuery, true
		}
	}
	switch {
	case strings.ContainsAny(rest, "?#"):
		return placeQuery, true
	case strings.Contains(rest, "/"):
		return placePath, true
	default:
		return 0, false
	}
}
