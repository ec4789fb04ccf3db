package templates

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is a fault in a source. Part is "subject", "preheader", "html" or
// "text"; Line and Column count from 1, Column in characters.
type Error struct {
	Part         string
	Line, Column int
	Message      string
	Snippet      string // the line the fault is on
	Hint         string // how to mend it, may be empty
}

// Error draws the fault with a caret below it.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d:%d: %s", e.Part, e.Line, e.Column, e.Message)
	if e.Hint != "" {
		fmt.Fprintf(&b, "; %s", e.Hint)
	}
	if e.Snippet != "" {
		line, caret := window(e.Snippet, e.Column)
		fmt.Fprintf(&b, "\n | %s\n | %s^", line, strings.Repeat(" ", caret))
	}
	return b.String()
}

// MissingError says which value a mail needed and did not have. The mail of this
// customer cannot be written; other customers' can. A filter "default" mends it.
type MissingError struct {
	Variable     string
	Part         string
	Line, Column int
}

// Error names the place and the cure.
func (e *MissingError) Error() string {
	return fmt.Sprintf("%s %d:%d: no value for %s; add a default: {{ %s | default: \"…\" }}",
		e.Part, e.Line, e.Column, e.Variable, e.Variable)
}

// part is one of the four texts of a source.
type part struct {
	name, source string
}

// fault builds an Error at a byte offset of the part.
func (p part) fault(offset int, hint, format string, args ...any) *Error {
	line, column := p.position(offset)
	snippet := strings.Split(p.source, "\n")[line-1]
	return &Error{
		Part: p.name, Line: line, Column: column,
		Message: fmt.Sprintf(format, args...), Snippet: strings.TrimRight(snippet, "\r"), Hint: hint,
	}
}

// position turns a byte offset into line and column.
func (p part) position(offset int) (line, column int) {
	before := p.source[:min(max(offset, 0), len(p.source))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

// window cuts a long line to some 100 characters around the column and gives the
// caret's place in what is left. Tabs become spaces so that the caret fits.
func window(line string, column int) (cut string, caret int) {
	const around = 50
	runes := []rune(strings.ReplaceAll(line, "\t", " "))
	from := max(0, column-1-around)
	to := min(len(runes), column-1+around)
	if from >= to {
		return "", 0
	}
	return string(runes[from:to]), column - 1 - from
}
