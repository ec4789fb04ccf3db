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

// relink copies what it does not change byte by byte.
func relink(source string, rewrite func(string) string) string {
	var out strings.Builder
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		kind := z.Next()
		raw := string(z.Raw())
		switch kind {
		case html.ErrorToken:
			out.WriteString(raw)
			return out.String()
		case html.CommentToken:
			raw = relinkConditional(raw, rewrite)
		case html.StartTagToken, html.SelfClosingTagToken:
			if t := z.Token(); relinkTag(&t, rewrite) {
				raw = t.String()
			}
		}
		out.WriteString(raw)
	}
}

// relinkConditional rewrites within <!--[if mso]> … <![endif]-->.
func relinkConditional(comment string, rewrite func(string) string) string {
	head, rest, ok := strings.Cut(comment, "]>")
	body, ended := strings.CutSuffix(rest, "<![endif]-->")
	if !ok || !ended || !strings.HasPrefix(head, "<!--[if") {
		return comment
	}
	return head + "]>" + relink(body, rewrite) + "<![endif]-->"
}

// relinkTag reports whether a link was changed. Images and styles are no links.
func relinkTag(t *html.Token, rewrite func(string) string) bool {
	changed := false
	for i, a := range t.Attr {
		if a.Key == "href" && (t.Data == "a" || t.Data == "area" || strings.HasPrefix(t.Data, "v:")) {
			t.Attr[i].Val = rewrite(a.Val)
			changed = changed || t.Attr[i].Val != a.Val
		}
	}
	return changed
}
