package templates

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// PlainText derives the text part from HTML. Links follow their words in angle
// brackets (RFC 3986 appendix C) or, alone in their line, behind a colon; lists
// keep their marks, tables of data their columns; what is hidden stays away.
func PlainText(source string) string { return string(derive(source).text) }

// derive writes the text part and notes what it decided by values for which only
// stand-ins are there.
func derive(source string) derived {
	if body := strings.Index(source, "<body"); body > 0 {
		source = source[body:] // what stands before it is hidden, and a fifth of a mail
	}
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return derived{}
	}
	w := &textWriter{}
	w.walk(root)
	w.breakLine(0)
	return derived{[]byte(tidyText(strings.Join(w.lines, "\n"))), w.links, w.measured}
}

// textWriter collects lines. A block begins and ends with a break, and the
// widest of neighbouring breaks counts.
type textWriter struct {
	lines  []string
	line   strings.Builder
	gap    int      // empty lines owed before the next words
	indent []string // of lists and quotes, innermost last
	bullet string   // owed before the next words
	space  bool     // a space is owed
	owes   bool     // the line holds words of its own

	links    []link // with stand-ins
	measured bool   // stand-ins were lined up in columns
}

// walk writes a node and what is in it.
func (w *textWriter) walk(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		w.words(n.Data)
	case html.ElementNode:
		w.element(n)
	default:
		w.children(n)
	}
}

func (w *textWriter) children(n *html.Node) {
	for child := range n.ChildNodes() {
		w.walk(child)
	}
}

// element decides by name what a reader sees as a line, a gap or a mark. Unknown
// elements are as if they were not there.
func (w *textWriter) element(n *html.Node) {
	if hidden(n) {
		return
	}
	switch n.DataAtom {
	case atom.Br:
		w.breakLine(0)
	case atom.Hr:
		w.block(n, 1, func() { w.words("----------------------------------------") })
	case atom.Img:
		w.words(attribute(n, "alt"))
	case atom.A:
		w.link(n)
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dl:
		w.block(n, 1, nil)
	case atom.Blockquote:
		w.indented("> ", func() { w.block(n, 1, nil) })
	case atom.Ul, atom.Ol:
		w.list(n)
	case atom.Table:
		w.table(n)
	case atom.Div, atom.Section, atom.Header, atom.Footer, atom.Main, atom.Article,
		atom.Tr, atom.Td, atom.Th, atom.Li, atom.Dt, atom.Dd, atom.Address:
		w.block(n, 0, nil)
	default:
		w.children(n)
	}
}

// hidden tells what a reader of the HTML does not see.
func hidden(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Head, atom.Script, atom.Style, atom.Title, atom.Template, atom.Noscript:
		return true
	}
	style := strings.ReplaceAll(strings.ToLower(attribute(n, "style")), " ", "")
	return strings.Contains(style, "display:none") || attribute(n, "aria-hidden") == "true"
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// block writes content between breaks with the given number of empty lines.
func (w *textWriter) block(n *html.Node, gap int, content func()) {
	w.breakLine(gap)
	if content != nil {
		content()
	} else {
		w.children(n)
	}
	w.breakLine(gap)
}

// breakLine ends the line, if there is one, and owes empty lines.
func (w *textWriter) breakLine(gap int) {
	if w.owes {
		w.lines = append(w.lines, strings.TrimRight(w.line.String(), " "))
		w.line.Reset()
		w.owes = false
	}
	w.space = false
	w.gap = max(w.gap, gap)
}

// words writes text with single spaces.
func (w *textWriter) words(text string) {
	text = visible(text)
	fields := strings.Fields(text)
	if len(fields) == 0 {
		w.space = w.space || text != ""
		return
	}
	fresh := !w.owes
	w.begin()
	if !fresh && (w.space || unicode.IsSpace([]rune(text)[0])) {
		w.line.WriteByte(' ')
	}
	w.line.WriteString(strings.Join(fields, " "))
	w.space = unicode.IsSpace([]rune(text)[len([]rune(text))-1])
}

// visible drops the zero-width characters that pad preheaders.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if zeroWidth(r) {
			return -1
		}
		return r
	}, text)
}

func zeroWidth(r rune) bool {
	switch r {
	case '\u200b', '\u200c', '\u200d', '\u034f', '\u00ad', '\ufeff':
		return true
	default:
		return false
	}
}

// begin starts a line with what is owed before it.
func (w *textWriter) begin() {
	if w.owes {
		return
	}
	if len(w.lines) > 0 {
		for range w.gap {
			w.lines = append(w.lines, "")
		}
	}
	indent := strings.Join(w.indent, "")
	if w.bullet != "" {
		// The mark stands where further lines of the item have its width in spaces.
		indent = indent[:len(indent)-len(w.bullet)] + w.bullet
		w.bullet = ""
	}
	w.line.WriteString(indent)
	w.gap, w.space, w.owes = 0, false, true
}

// link writes the words and where they lead.
func (w *textWriter) link(n *html.Node) {
	target := attribute(n, "href")
	words := strings.Join(strings.Fields(visible(content(n))), " ")
	own := ownWords(words, target)
	if standsIn(words) || standsIn(target) {
		w.links = append(w.links, link{[]byte(words), []byte(target), own})
	}
	switch {
	case own:
		w.children(n)
	case words == "":
		// A picture without words leads nowhere that a text could name.
	case alone(n):
		w.words(strings.TrimRight(words, ":") + ": " + target)
	default:
		w.words(words + " <" + target + ">")
	}
}

// ownWords tells whether words say all that is to be said of a link.
func ownWords(words, target string) bool {
	address := strings.TrimPrefix(strings.TrimPrefix(target, "mailto:"), "tel:")
	return target == "" || strings.HasPrefix(target, "#") || strings.ReplaceAll(words, " ", "") == address
}

// content is the words in an element, descriptions of pictures included.
func content(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	if n.DataAtom == atom.Img {
		return attribute(n, "alt")
	}
	if n.Type == html.ElementNode && hidden(n) {
		return ""
	}
	var b strings.Builder
	for child := range n.ChildNodes() {
		b.WriteString(content(child))
	}
	return b.String()
}

// alone tells whether a link is all there is in its block, as a button is.
func alone(n *html.Node) bool {
	for at := n; at.Parent != nil; at = at.Parent {
		for neighbour := range at.Parent.ChildNodes() {
			if neighbour != at && strings.TrimSpace(visible(content(neighbour))) != "" {
				return false
			}
		}
		switch at.Parent.DataAtom {
		case atom.P, atom.Td, atom.Div, atom.Li, atom.H1, atom.H2, atom.H3, atom.Body:
			return true
		}
	}
	return false
}
