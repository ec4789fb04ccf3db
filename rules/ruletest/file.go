package ruletest

import (
	"fmt"
	"time"

	"github.com/goccy/go-yaml/ast"

	"treue/rules/features"
)

// File is a parsed test file.
type File struct {
	Name   string
	suites []suite
}

// suite is one document: tests that share segments and a day.
type suite struct {
	segments map[string]string
	today    features.Day
	tests    []test
}

// test is a rule and the cases that it must decide.
type test struct {
	name     string
	at       place
	rule     string
	ruleAt   place  // of the rule's text
	campaign string // a file whose audience is tested instead of a rule
	cases    []testCase
}

// testCase is one customer and what the rule must say of it.
type testCase struct {
	name    string
	at      place
	given   []datum
	history history
	expect  bool
}

// defaultDay is the day of evaluation where a file names none: a test must not change its result overnight.
func defaultDay() features.Day {
	return features.DayOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.UTC)
}

// Parse reads a test file: YAML documents with `tests`, or lists of tests. The rules are not compiled yet. The error
// is a *FileError.
func Parse(name string, data []byte) (*File, error) {
	bodies, err := documents(data)
	if err != nil {
		return nil, in(name, err)
	}
	file := &File{Name: name}
	for _, body := range bodies {
		if err := file.document(body); err != nil {
			return nil, in(name, err)
		}
	}
	if len(file.suites) == 0 {
		return nil, &FileError{File: name, Line: 1, Column: 1, Message: "the file holds no test", Hint: "begin with `tests:`"}
	}
	return file, nil
}

// document reads a suite, a test alone, or a list of either.
func (f *File) document(n ast.Node) error {
	if _, isList := n.(*ast.SequenceNode); isList {
		return each(n, f.document)
	}
	all, err := entries(n, "a test file")
	if err != nil {
		return err
	}
	s := suite{today: defaultDay(), segments: map[string]string{}}
	for _, e := range all {
		if e.key == "cases" {
			err := s.test(n)
			f.suites = append(f.suites, s)
			return err
		}
		if e.key == "today" && e.value != nil { // before the dates that count from it
			if s.today, err = dayIn(e.value, features.NoDay); err != nil {
				return err
			}
		}
	}
	err = mapping(n, "a test file", map[string]reader{
		"segments": s.readSegments,
		"today":    func(ast.Node) error { return nil },
		"tests":    func(n ast.Node) error { return each(n, s.test) },
	})
	if err == nil && len(s.tests) == 0 {
		err = placeOf(n).fail("tests: [{name: …, rule: …, cases: […]}]", "the document has no tests")
	}
	f.suites = append(f.suites, s)
	return err
}

// readSegments reads the segments of a file; they are compiled where a rule uses them.
func (s *suite) readSegments(n ast.Node) error {
	all, err := entries(n, "segments")
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.value == nil {
			return e.at.fail("give it one", "segment %q has no rule", e.key)
		}
		if s.segments[e.key], _, err = textIn(e.value); err != nil {
			return err
		}
	}
	return nil
}

// test reads one test. The day of its suite is known by now.
func (s *suite) test(n ast.Node) error {
	t := test{at: placeOf(n)}
	err := mapping(n, "a test", map[string]reader{
		"name": text(&t.name),
		"rule": func(n ast.Node) (err error) {
			t.rule, t.ruleAt, err = textIn(n)
			return err
		},
		"campaign": func(n ast.Node) (err error) {
			t.campaign, t.ruleAt, err = textIn(n)
			return err
		},
		"cases": func(n ast.Node) error {
			return each(n, func(item ast.Node) error { return t.readCase(item, s.today) })
		},
	})
	switch {
	case err != nil:
		return err
	case (t.rule == "") == (t.campaign == ""):
		return t.at.fail("rule: orders >= 2", "a test needs either a rule or a campaign")
	case len(t.cases) == 0:
		return t.at.fail("cases: [{given: {orders: 3}, expect: true}]", "the test has no cases")
	}
	if t.name == "" {
		t.name = t.rule + t.campaign
	}
	s.tests = append(s.tests, t)
	return nil
}

// readCase reads one case. What is expected must be said: a default would make a forgotten line pass.
func (t *test) readCase(n ast.Node, today features.Day) error {
	c := testCase{at: placeOf(n), name: fmt.Sprint(len(t.cases) + 1)}
	expects := false
	err := mapping(n, "a case", map[string]reader{
		"name": text(&c.name),
		"given": func(n ast.Node) (err error) {
			c.given, err = readGiven(n, today)
			return err
		},
		"history": func(n ast.Node) error { return c.history.read(n, today) },
		"expect": func(n ast.Node) (err error) {
			expects = true
			c.expect, err = truthIn(n)
			return err
		},
	})
	if err == nil && !expects {
		err = c.at.fail("expect: true", "the case does not say what it expects")
	}
	t.cases = append(t.cases, c)
	return err
}

// dayIn reads a date: 2026-03-31 or, counted from today where that is known, today, -120d or +3d.
func dayIn(n ast.Node, today features.Day) (features.Day, error) {
	written := n.GetToken().Value
	if day, err := time.Parse(time.DateOnly, written); err == nil {
		return features.DayOf(day, time.UTC), nil
	}
	var days int
	var unit string
	switch {
	case !today.Known():
	case written == "today":
		return today, nil
	case len(written) > 2 && (written[0] == '-' || written[0] == '+'):
		if count, err := fmt.Sscanf(written, "%d%s", &days, &unit); err == nil && count == 2 && unit == "d" && days > -maxDays && days < maxDays {
			return today + features.Day(days), nil
		}
	}
	return 0, placeOf(n).fail("write 2026-03-31, or -120d for a day that long before today", "%s is not a date", what(n))
}

// maxDays bounds relative days: two centuries.
const maxDays = 73050
