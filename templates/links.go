package templates

import (
	"strings"

	"golang.org/x/net/html"
)

// WithLinks returns the mail with the links of its HTML as rewrite gives them back.
// What Outlook alone reads is rewritten, too. The text part stays as it is: there
// the reader sees every address.
func (m Message) WithLinks(rewrite func(address string) string) Message {
	m.HTML = relink(m.HTML, rewrite)
	return m
}

// relink copies what it does not change byte by byte, and looks only at tags that may
// be links: a mail has few of them among many others.
func relink(source string, rewrite func(string) string) string {
	var out strings.Builder
	for {
		at := nextLink(source)
		if at < 0 {
			out.WriteString(source)
			return out.String()
		}
		out.WriteString(source[:at])
		z := html.NewTokenizer(strings.NewReader(source[at:]))
		kind := z.Next()
		raw := string(z.Raw())
		source = source[at+len(raw):]
		if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
			if t := z.Token(); relinkTag(&t, rewrite) {
				raw = t.String()
			}
		}
		out.WriteString(raw)
	}
}

// nextLink returns where the next tag begins that may be a link, -1 if there is none:
// a, area, and the shapes of Outlook, which stand in its comments.
func nextLink(source string) int {
	for from := 0; ; {
		at := strings.IndexByte(source[from:], '<')
		if at < 0 {
			return -1
		}
		from += at + 1
		name := strings.ToLower(source[from:min(from+5, len(source))])
		if strings.HasPrefix(name, "v:") || strings.HasPrefix(name, "area") || len(name) > 1 && name[0] == 'a' && strings.ContainsAny(name[1:2], " \t\r\n\f/") {
			return from - 1
		}
	}
}

// relinkTag reports whether a link was changed. Images and styles are no links.
func relinkTag(t *html.Token, rewrite func(string) string) bool {
	changed := false
	for i, a := range t.Attr {
		if a.Key == "href" {
			t.Attr[i].Val = rewrite(a.Val)
			changed = changed || t.Attr[i].Val != a.Val
		}
	}
	return changed
}
