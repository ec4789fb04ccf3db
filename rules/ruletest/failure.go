package ruletest

import (
	"errors"
	"fmt"

	"treue/rules"
)

// FileError is a mistake in a test file. Lines and columns count from 1; 0 means that the place is unknown.
type FileError struct {
	File          string
	Line, Column  int
	Message, Hint string // the hint says how to mend it and may be empty
}

// Error returns file, place, message and hint.
func (e *FileError) Error() string {
	text := e.File
	if e.Line > 0 {
		text += fmt.Sprintf(":%d:%d", e.Line, e.Column)
	}
	text += ": " + e.Message
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// place is where something stands in a file, counted from 1.
type place struct{ line, column int }

// fail makes a mistake of a place; the file is named by in.
func (p place) fail(hint, format string, args ...any) error {
	return &FileError{Line: p.line, Column: p.column, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// within returns the place of something in a text that begins at p. Lines after the first keep their own column, since
// the file's indentation is not part of the text.
func (p place) within(line, column int) place {
	if line > 1 {
		return place{p.line + line - 1, column}
	}
	return place{p.line, p.column + column - 1}
}

// faulty places the first fault of a rule that stands at p.
func (p place) faulty(what string, err error) error {
	var faults rules.Errors
	if !errors.As(err, &faults) {
		return p.fail("", "%s: %v", what, err)
	}
	f := faults[0]
	return p.within(f.Line, f.Column).fail(f.Hint, "%s: %s\n%s", what, f.Message, f.Snippet)
}

// in names the file of a mistake.
func in(file string, err error) error {
	var wrong *FileError
	if errors.As(err, &wrong) && wrong.File == "" {
		wrong.File = file
	}
	return err
}
