package templates

import (
	"strings"
	"unicode/utf8"
)

type tokenKind int

const (
	tokenEnd    tokenKind = iota
	tokenPath             // customer.first_name, and the words and, or, in …
	tokenText             // "…" or '…'
	tokenNumber           // 12, -3, 1.5
	tokenSign             // | : , and comparisons
)

// token is a word of an expression.
type token struct {
	kind tokenKind
	text string
	at   int // byte offset in the part
}

// lex splits what stands between the delimiters. It knows less than the engine
// does: no ranges, no brackets, no question marks, no escapes.
func lex(p part, source string, base int) ([]token, error) {
	var out []token
	for i := 0; i < len(source); {
		kind, length := lexOne(source[i:])
		switch {
		case source[i] == ':' && i > 0 && strings.ContainsRune(" \t\r\n", rune(source[i-1])):
			return nil, p.fault(base+i, "write it right behind the name", "the colon stands alone")
		case length == 0:
			r, _ := utf8.DecodeRuneInString(source[i:])
			return nil, p.fault(base+i, lexHint(r), "unexpected %q", r)
		case kind != tokenEnd:
			out = append(out, token{kind, source[i : i+length], base + i})
		}
		i += length
	}
	return append(out, token{tokenEnd, "", base + len(source)}), nil
}

// lexOne gives kind and length of the first token; tokenEnd stands for space and
// length 0 for a fault.
func lexOne(s string) (kind tokenKind, length int) {
	switch c := s[0]; {
	case strings.ContainsRune(" \t\r\n", rune(c)):
		return tokenEnd, 1
	case c == '"' || c == '\'':
		return tokenText, textLength(s)
	case isDigit(c) || (c == '-' && len(s) > 1 && isDigit(s[1])):
		return tokenNumber, numberLength(s)
	case isLetter(c):
		return tokenPath, pathLength(s)
	case strings.IndexByte("=!<>", c) >= 0:
		return tokenSign, signLength(s)
	case strings.IndexByte("|:,", c) >= 0:
		return tokenSign, 1
	default:
		return tokenEnd, 0
	}
}

// textLength counts the quotes in; 0 if the closing one is missing.
func textLength(s string) int {
	end := strings.IndexByte(s[1:], s[0])
	if end < 0 {
		return 0
	}
	return end + 2
}

// numberLength takes one point, with a digit behind it.
func numberLength(s string) int {
	n := 1
	for n < len(s) && (isDigit(s[n]) || (s[n] == '.' && n+1 < len(s) && isDigit(s[n+1]) && !strings.Contains(s[:n], "."))) {
		n++
	}
	return n
}

// pathLength takes names joined by points. Brackets and question marks, which the
// engine would take as well, end it.
func pathLength(s string) int {
	n := 1
	for n < len(s) && (isLetter(s[n]) || isDigit(s[n]) || (s[n] == '.' && n+1 < len(s) && isLetter(s[n+1]))) {
		n++
	}
	return n
}

// signLength is 0 for a single = or !, which mean nothing here.
func signLength(s string) int {
	switch {
	case len(s) > 1 && s[1] == '=':
		return 2
	case s[0] == '<' || s[0] == '>':
		return 1
	default:
		return 0
	}
}

// lexHint knows what people type, or what word processors make of it.
func lexHint(r rune) string {
	switch r {
	case '„', '“', '”', '‚', '‘', '’', '«', '»':
		return `write text between straight quotes: "…"`
	case '"', '\'':
		return "close the quotes"
	case '=':
		return "compare with =="
	case '&':
		return "write and"
	case '!':
		return "use unless, or compare with !="
	case '(', ')':
		return "brackets are not part of this language; use nested conditions"
	case '[', ']':
		return "use first, last or a loop"
	default:
		return ""
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool {
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
}
