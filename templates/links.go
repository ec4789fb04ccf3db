package templates

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
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
	out.Grow(len(source) + len(source)/4) // new addresses tend to be longer
	for {
		at := nextLink(source)
		if at < 0 {
			out.WriteString(source)
			return out.String()
		}
		out.WriteString(source[:at])
		t, size := readTag(source[at:])
		raw := source[at : at+size]
		source = source[at+size:]
		if t.Type != html.ErrorToken && relinkTag(&t, rewrite) {
			raw = t.String()
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
		if from == len(source) || !strings.ContainsRune("aAvV", rune(source[from])) {
			continue
		}
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

// readTag reads the start tag at the beginning of a source and its size in bytes; the
// type is ErrorToken for anything else.
func readTag(source string) (html.Token, int) {
	if t, size, ok := plainTag(source); ok {
		return t, size
	}
	z := html.NewTokenizer(strings.NewReader(source))
	kind := z.Next()
	size := len(z.Raw())
	if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
		return z.Token(), size
	}
	return html.Token{Type: html.ErrorToken}, size
}

// plainTag reads a start tag in small letters whose values all stand in double quotes and
// hold no entity, as nearly all are: a tokenizer takes 4 kB for each.
func plainTag(source string) (t html.Token, size int, ok bool) {
	name, rest := cutName(source[1:])
	t = html.Token{Type: html.StartTagToken, Data: name, DataAtom: atom.Lookup([]byte(name))}
	for {
		next := strings.TrimLeft(rest, " \n\t")
		if strings.HasPrefix(next, ">") {
			return t, len(source) - len(next) + 1, name != ""
		}
		key, after := cutName(next)
		value, quoted := strings.CutPrefix(after, `="`)
		end := strings.IndexAny(value, "\"&\r\x00")
		known := func(a html.Attribute) bool { return a.Key == key }
		if key == "" || len(next) == len(rest) || !quoted || end < 0 || value[end] != '"' || slices.ContainsFunc(t.Attr, known) {
			return t, 0, false
		}
		t.Attr = append(t.Attr, html.Attribute{Key: key, Val: value[:end]})
		rest = value[end+1:]
	}
}

// cutName takes the small letters, digits and signs of a plain name.
func cutName(source string) (name, rest string) {
	rest = strings.TrimLeft(source, "abcdefghijklmnopqrstuvwxyz0123456789-:")
	return source[:len(source)-len(rest)], rest
}
