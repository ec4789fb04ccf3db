package rules

import (
	"strings"
	"unicode"
)

// tokenKind tells the pieces of a rule's text apart.
type tokenKind uint8

const (
	tokenWord tokenKind = iota
	tokenNumber
	tokenString
	tokenOperator
	tokenBracket
	tokenStray // a character the language does not know
)

// token is a piece of a rule's text; offsets count characters.
type token struct {
	kind     tokenKind
	text     string
	from, to int
}

// scanner cuts a rule into tokens without recursion, so that a text can be judged before a parser descends into it.
// It is more tolerant than expr's lexer: it also knows what people type by habit.
type scanner struct {
	src    []rune
	at     int
	tokens []token
	faults []fault
}

const (
	openQuotes  = "„“”«»‚‘’‹›"
	closeQuotes = openQuotes + "\""
)

// longOperators have more than one character; the longest come first.
var longOperators = [...]string{"===", "!==", "&&", "||", "==", "!=", "<=", ">=", "=>", "=<", "<>", "**", "..", "??", "?.", "::"}

func scan(src []rune) ([]token, []fault) {
	s := scanner{src: src}
	for s.at < len(s.src) {
		s.next()
	}
	return s.tokens, s.faults
}

func (s *scanner) peek(ahead int) rune {
	if s.at+ahead < len(s.src) {
		return s.src[s.at+ahead]
	}
	return -1
}

func (s *scanner) emit(kind tokenKind, from int) {
	s.tokens = append(s.tokens, token{kind: kind, text: string(s.src[from:s.at]), from: from, to: s.at})
}

func (s *scanner) next() {
	r := s.peek(0)
	switch {
	case unicode.IsSpace(r):
		s.at++
	case r == '/' && (s.peek(1) == '/' || s.peek(1) == '*'):
		s.comment()
	case r == '"' || r == '\'':
		s.quoted(r)
	case r == '`':
		s.raw()
	case strings.ContainsRune(openQuotes, r):
		s.typographic()
	case isDigit(r) || r == '.' && isDigit(s.peek(1)):
		s.number()
	case isWordRune(r):
		from := s.at
		for isWordRune(s.peek(0)) {
			s.at++
		}
		s.emit(tokenWord, from)
	default:
		s.symbol(r)
	}
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isWordRune(r rune) bool {
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

func (s *scanner) comment() {
	from := s.at
	if s.peek(1) == '/' {
		for s.at < len(s.src) && s.src[s.at] != '\n' {
			s.at++
		}
		return
	}
	for s.at += 2; s.at < len(s.src); s.at++ {
		if s.src[s.at] == '*' && s.peek(1) == '/' {
			s.at += 2
			return
		}
	}
	s.faults = append(s.faults, fault{from: from, to: from + 2, message: say("this comment is never closed"), hint: say("close it with */")})
}

func (s *scanner) quoted(quote rune) {
	from := s.at
	for s.at++; s.at < len(s.src) && s.src[s.at] != '\n'; s.at++ {
		switch s.src[s.at] {
		case '\\':
			s.at++
		case quote:
			s.at++
			s.emit(tokenString, from)
			return
		}
	}
	s.at = min(s.at, len(s.src))
	s.unclosed(from, string(quote))
}

func (s *scanner) raw() {
	from := s.at
	for s.at++; s.at < len(s.src); s.at++ {
		if s.src[s.at] != '`' {
			continue
		}
		if s.peek(1) == '`' {
			s.at++
			continue
		}
		s.at++
		s.emit(tokenString, from)
		return
	}
	s.unclosed(from, "`")
}

func (s *scanner) unclosed(from int, quote string) {
	s.emit(tokenString, from)
	s.faults = append(s.faults, fault{
		from: from, to: from + 1, message: say("this quote is never closed"), hint: say("end the text with %s on the same line", quote),
	})
}

// typographic reads a text in the quotes that word processors set.
func (s *scanner) typographic() {
	from := s.at
	for s.at++; s.at < len(s.src) && s.src[s.at] != '\n'; s.at++ {
		if !strings.ContainsRune(closeQuotes, s.src[s.at]) {
			continue
		}
		fix := `"` + string(s.src[from+1:s.at]) + `"`
		s.at++
		s.emit(tokenString, from)
		s.faults = append(s.faults, fault{
			from: from, to: s.at, message: say("typographic quotes do not mark a text"), hint: say("use straight quotes: %s", fix), fix: &fix,
		})
		return
	}
	s.unclosed(from, `"`)
}

// number reads digits with any dots between them, so that 1.000.000 is seen as one piece.
func (s *scanner) number() {
	from := s.at
	s.digits()
	for s.peek(0) == '.' && isDigit(s.peek(1)) {
		s.at++
		s.digits()
	}
	if e := s.peek(0); e == 'e' || e == 'E' {
		sign := s.peek(1) == '+' || s.peek(1) == '-'
		if isDigit(s.peek(1)) || sign && isDigit(s.peek(2)) {
			s.at += 2
			s.digits()
		}
	}
	s.emit(tokenNumber, from)
}

func (s *scanner) digits() {
	for isDigit(s.peek(0)) || s.peek(0) == '_' {
		s.at++
	}
}

func (s *scanner) startsWith(ascii string) bool {
	for i := range len(ascii) {
		if s.peek(i) != rune(ascii[i]) {
			return false
		}
	}
	return true
}

func (s *scanner) symbol(r rune) {
	from := s.at
	for _, long := range longOperators {
		if s.startsWith(long) {
			s.at += len(long)
			s.emit(tokenOperator, from)
			return
		}
	}
	s.at++
	switch {
	case strings.ContainsRune("()[]{}", r):
		s.emit(tokenBracket, from)
	case strings.ContainsRune("!<>=+-*/%^&|,:?;.#", r):
		s.emit(tokenOperator, from)
	default:
		s.emit(tokenStray, from)
	}
}
