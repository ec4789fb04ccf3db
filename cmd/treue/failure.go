package main

import (
	"errors"
	"fmt"
	"strings"

	"treue/campaigns"
	"treue/engine"
	"treue/engine/ingest"
	"treue/rules"
	"treue/rules/ruletest"
)

// failure is an error with its exit code. Without one an error is exit 1: failed.
type failure struct {
	error
	code int
}

func (f failure) Unwrap() error { return f.error }

// wrongInput marks an error as the user's to mend: exit 2.
func wrongInput(err error) error {
	if err == nil {
		return nil
	}
	return failure{err, 2}
}

// printed says that a command has already shown its result and only the exit code is left.
type printed struct{ code int }

func (printed) Error() string { return "" }

// explained is an error as people and programs read it.
type explained struct {
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

// finish prints an error, if there is one, and returns the exit code.
func (a *app) finish(err error) int {
	var done printed
	switch {
	case err == nil:
		return 0
	case errors.As(err, &done):
		return done.code
	}
	e, code := explain(err)
	if !a.begun {
		code = 2
	}
	if a.flags.json {
		a.printJSON(map[string]explained{"error": e})
	} else {
		fmt.Fprintln(a.errOut, a.paint(red, "error:"), e.text())
	}
	return code
}

func (e explained) text() string {
	text := e.Message
	if e.Hint != "" && !strings.Contains(text, e.Hint) {
		text += "\n  " + e.Hint
	}
	return text
}

// explain finds out what an error says about its place, and whose it is to mend.
func explain(err error) (explained, int) {
	e, code := explained{Message: err.Error()}, 1
	if marked, ok := errors.AsType[failure](err); ok {
		code = marked.code
	}
	var rule rules.Errors
	var file *campaigns.FileError
	var csv *ingest.FileError
	var test *ruletest.FileError
	var key *engine.UnknownKeyError
	switch {
	case errors.As(err, &rule):
		e.Line, e.Column, e.Hint, code = rule[0].Line, rule[0].Column, rule[0].Hint, 2
	case errors.As(err, &file):
		e.Line, e.Column, e.Hint, code = file.Line, file.Column, file.Hint, 2
	case errors.As(err, &test):
		e.Line, e.Column, e.Hint, code = test.Line, test.Column, test.Hint, 2
	case errors.As(err, &csv):
		e.Line, e.Hint, code = csv.Line, csv.Hint, 2
	case errors.As(err, &key):
		code = 2
	}
	return e, code
}
