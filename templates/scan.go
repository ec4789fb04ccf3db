package templates

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/osteele/liquid/parser"
)

// piece is a stretch of a part: plain text, an output {{ … }} or a tag {% … %}.
type piece struct {
	parser.Token
	at   int // byte offset in the part
	args int // byte offset of Args
}

// scan cuts a part with the engine's own scanner, so that both see the same
// pieces, and refuses what the engine would silently print.
func scan(p part) ([]piece, error) {
	if at := strayRune(p.source); at >= 0 {
		return nil, p.fault(at, "save the file as UTF-8 and remove the character", "unreadable character")
	}
	var out []piece
	at := 0
	for _, t := range parser.Scan(p.source, parser.SourceLoc{LineNo: 1}, nil) {
		if t.Type == parser.TrimLeftTokenType || t.Type == parser.TrimRightTokenType {
			continue
		}
		found := piece{Token: t, at: at}
		if i := strings.Index(t.Source, t.Args); t.Args != "" && i >= 0 {
			found.args = at + i
			if t.Name != "" {
				nameEnd := strings.Index(t.Source, t.Name) + len(t.Name)
				found.args = at + nameEnd + strings.Index(t.Source[nameEnd:], t.Args)
			}
		}
		if err := strayDelimiter(p, found); err != nil {
			return nil, err
		}
		out = append(out, found)
		at += len(t.Source)
	}
	return out, nil
}

// strayDelimiter finds delimiters that the scanner took for text.
func strayDelimiter(p part, found piece) error {
	inner, start := found.Source, found.at
	if found.Type != parser.TextTokenType {
		inner, start = inner[2:len(inner)-2], start+2
	}
	for _, sign := range []string{"{{", "}}", "{%", "%}"} {
		if i := strings.Index(inner, sign); i >= 0 {
			hint := "an output stands on one line: {{ customer.first_name }}; a tag like this: {% if offer %}"
			return p.fault(start+i, hint, "%s without its counterpart", sign)
		}
	}
	return nil
}

// strayRune finds bytes that are no UTF-8, control characters, and the private
// characters that this package uses as markers.
func strayRune(s string) int {
	for i, r := range s {
		broken := r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD")
		control := unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r)
		if broken || control || unicode.Is(unicode.Co, r) {
			return i
		}
	}
	return -1
}
