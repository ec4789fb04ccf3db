package templates

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Stand-ins are the first characters of plane 16, which is private and which sources
// may not hold (strayRune). In UTF-8 they are all that begins with firstOfPlane.
const (
	firstStandIn = '\U00100000'
	firstOfPlane = 0xF4
	maxStandIns  = 256
)

// standIns are the values of one mail, for which its skeleton holds one character each.
type standIns struct {
	text    []string // as a reader sees it
	html    []string // as the HTML holds it
	spoiled bool     // a value holds such characters itself
}

// of gives what the skeleton holds for a value that follows before: a stand-in if the
// text part is sure to be the same with any other value that gets one, else the value.
func (v *standIns) of(before []byte, at place, text, html string) string {
	switch {
	case standsIn(text):
		v.spoiled = true
		return html
	case at == placeColour, glued(before), !replaceable(text):
		return html
	}
	text = strings.ReplaceAll(text, nbsp, " ")
	for i := range v.text {
		if v.text[i] == text && v.html[i] == html {
			return string(firstStandIn + rune(i))
		}
	}
	if len(v.text) == maxStandIns {
		return html
	}
	v.text, v.html = append(v.text, text), append(v.html, html)
	return string(firstStandIn + rune(len(v.text)-1))
}

// glued tells whether the value could complete what the author left open: an entity,
// or the word by which PlainText finds the body.
func glued(before []byte) bool {
	rest := bytes.TrimRight(before, "#0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	return len(rest) > 0 && (rest[len(rest)-1] == '&' || rest[len(rest)-1] == '<')
}

// replaceable tells whether PlainText writes the value as it stands: no space that it
// would collapse or drop, nothing that it leaves out, no colon before a link, nothing that
// ends a comment together with what follows. What it compares is asked again, see link.
func replaceable(text string) bool {
	space := true
	for _, r := range text {
		blank := unicode.IsSpace(r)
		if blank && space || zeroWidth(r) {
			return false
		}
		space = blank
	}
	last := strings.TrimSuffix(text, "!")
	return !space && last != "" && !strings.HasSuffix(last, "-") && !strings.HasSuffix(text, ":")
}

// standsIn tells whether a text holds a stand-in.
func standsIn(text string) bool { return strings.IndexByte(text, firstOfPlane) >= 0 }

// fill puts values in place of their stand-ins.
func fill(text []byte, values []string) string {
	size := len(text)
	for _, value := range values {
		size += len(value)
	}
	var out strings.Builder
	out.Grow(size)
	for {
		at := bytes.IndexByte(text, firstOfPlane)
		if at < 0 {
			out.Write(text)
			return out.String()
		}
		r, length := utf8.DecodeRune(text[at:])
		out.Write(text[:at])
		if i := int(r - firstStandIn); i >= 0 && i < len(values) {
			out.WriteString(values[i])
		} else {
			out.Write(text[at : at+length])
		}
		text = text[at+length:]
	}
}
