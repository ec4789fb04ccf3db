package rules

import (
	"fmt"
	"strings"
)

// Error is one fault in a rule.
type Error struct {
	Line    int    // from 1
	Column  int    // from 1, in characters
	Message string // what is wrong
	Snippet string // the line, and below it a caret under the fault
	Hint    string // how to mend it; may be empty
	Repair  string // the whole rule with all its faults mended, as the hint of the first shows it; "" if that is not clear
}

// Error returns place, message and hint on one line, and the snippet below.
func (e *Error) Error() string {
	text := fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	if e.Snippet != "" {
		text += "\n  " + strings.ReplaceAll(e.Snippet, "\n", "\n  ")
	}
	return text
}

// Errors are the faults of a rule in the order of its text; there is at least one.
type Errors []*Error

// Error returns the faults one below the other.
func (e Errors) Error() string {
	texts := make([]string, len(e))
	for i, fault := range e {
		texts[i] = fault.Error()
	}
	return strings.Join(texts, "\n")
}

// Unwrap makes each fault reachable by errors.As.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, fault := range e {
		all[i] = fault
	}
	return all
}

// fault is an error before it is placed: offsets count characters of the source.
type fault struct {
	from, to int
	message  phrase
	hint     phrase
	fix      *string // the text that mends it in place of from..to; nil if that is not clear
	repaired string  // the whole rule, mended
	nested   bool    // in a segment that the rule names
}

const (
	maxFaults    = 20 // shown at once
	snippetWidth = 96 // characters
)

// place words a fault and gives it line, column and snippet.
func (f fault) place(src []rune, l tongue) *Error {
	at := min(max(f.from, 0), len(src))
	start, line := 0, 1
	for i, r := range src[:at] {
		if r == '\n' {
			start, line = i+1, line+1
		}
	}
	end := at
	for end < len(src) && src[end] != '\n' {
		end++
	}
	return &Error{
		Line: line, Column: at - start + 1, Message: f.message.in(l), Hint: f.advice(l), Repair: f.repaired,
		Snippet: snippet(src[start:end], at-start),
	}
}

// advice is the hint, and the repaired rule if there is one.
func (f fault) advice(l tongue) string {
	hint := f.hint.in(l)
	if f.repaired == "" {
		return hint
	}
	whole := say("the whole rule: %s", f.repaired).in(l)
	if hint == "" {
		return whole
	}
	return hint + "; " + whole
}

// snippet shows a line with a caret under the character at offset; of a long line only the part around it.
func snippet(line []rune, offset int) string {
	before, after := "", ""
	if len(line) > snippetWidth {
		from := min(max(0, offset-snippetWidth/2), len(line)-snippetWidth)
		if from > 0 {
			before = "…"
		}
		if from+snippetWidth < len(line) {
			after = "…"
		}
		line, offset = line[from:from+snippetWidth], offset-from
	}
	shown := strings.Map(visible, string(line))
	return before + shown + after + "\n" + strings.Repeat(" ", len([]rune(before))+offset) + "^"
}

// visible keeps every character of a snippet one column wide.
func visible(r rune) rune {
	if r < ' ' || r == 0x7f {
		return ' '
	}
	return r
}
