package ruletest

import (
	"maps"
	"strings"

	"treue/rules"
	"treue/rules/features"
)

// Options are what tests are run with.
type Options struct {
	Segments map[string]string // the shop's named rules; those of a file come before them
	Language string            // of messages about rules; see rules.Options
	// Audience returns the rule of a campaign that a test names: a file, as written there. Nil: there are no campaigns.
	Audience func(testFile, campaign string) (string, error)
}

// Result is what the tests of some files came to.
type Result struct {
	Passed, Failed int
	Cases          []Case
}

// Case is the outcome of one case.
type Case struct {
	File     string
	Line     int
	Test     string // its name, or its rule
	Name     string // or its number within the test
	Rule     string
	Given    []string // "field: value"
	Passed   bool
	Expected bool
	Got      bool
	Verdict  rules.Verdict
}

// Message explains a failure term by term, one per line; "" if the case passed.
func (c *Case) Message() string {
	if c.Passed {
		return ""
	}
	lines := []string{"the rule does not match, but should:"}
	if c.Got {
		lines[0] = "the rule matches, but should not:"
	}
	for _, t := range c.Verdict.Terms {
		lines = append(lines, "  "+t.String())
	}
	return strings.Join(lines, "\n")
}

// Run runs all cases of a file. The error is a *FileError: a rule with a fault, or a customer that cannot be.
func (f *File) Run(o Options) (Result, error) {
	var r Result
	for i := range f.suites {
		s := &f.suites[i]
		for j := range s.tests {
			if err := s.run(&s.tests[j], f.Name, o, &r); err != nil {
				return Result{}, in(f.Name, err)
			}
		}
	}
	return r, nil
}

// Add adds the outcomes of another file.
func (r *Result) Add(other Result) {
	r.Passed += other.Passed
	r.Failed += other.Failed
	r.Cases = append(r.Cases, other.Cases...)
}

// run compiles the rule once and decides all its cases.
func (s *suite) run(t *test, file string, o Options, r *Result) error {
	rule, err := s.compile(t, file, o)
	if err != nil {
		return err
	}
	for i := range t.cases {
		c := &t.cases[i]
		u, err := newCustomer(c, s.today)
		if err != nil {
			return err
		}
		if err := u.suits(rule, c.at); err != nil {
			return err
		}
		r.add(c.decide(rule, &u.Snapshot, s.today, Case{File: file, Test: t.name, Rule: rule.Source()}))
	}
	return nil
}

// decide evaluates the rule and compares.
func (c *testCase) decide(rule *rules.Rule, customer *features.Snapshot, today features.Day, of Case) Case {
	of.Line, of.Name, of.Expected = c.at.line, c.name, c.expect
	for i := range c.given {
		of.Given = append(of.Given, c.given[i].String())
	}
	of.Verdict = rule.Verdict(customer, today)
	of.Got = of.Verdict.Matched
	of.Passed = of.Got == of.Expected
	return of
}

// add counts one case.
func (r *Result) add(c Case) {
	if c.Passed {
		r.Passed++
	} else {
		r.Failed++
	}
	r.Cases = append(r.Cases, c)
}

// compile compiles the rule of a test, or the audience of its campaign.
func (s *suite) compile(t *test, file string, o Options) (*rules.Rule, error) {
	segments := make(map[string]string, len(o.Segments)+len(s.segments))
	maps.Copy(segments, o.Segments)
	maps.Copy(segments, s.segments)
	source, what := t.rule, "rule"
	if t.campaign != "" {
		if o.Audience == nil {
			return nil, t.ruleAt.fail("name a rule", "campaigns are not known here")
		}
		var err error
		if source, err = o.Audience(file, t.campaign); err != nil {
			return nil, t.ruleAt.fail("", "campaign: %v", err)
		}
		what = "audience of " + t.campaign
	}
	rule, err := rules.CompileWith(source, rules.Options{Segments: segments, Language: o.Language})
	switch {
	case err != nil && t.campaign != "":
		return nil, t.ruleAt.fail("", "%s: %v", what, err) // the place is in another file
	case err != nil:
		return nil, t.ruleAt.faulty(what, err)
	}
	return rule, nil
}

// Segments returns the segments that the file's rules name and the file does not define: those of the shop.
func (f *File) Segments() []string {
	var named []string
	for i := range f.suites {
		s := &f.suites[i]
		add := func(source string) {
			for _, name := range rules.SegmentsNamed(source) {
				if _, own := s.segments[name]; !own {
					named = append(named, name)
				}
			}
		}
		for _, source := range s.segments {
			add(source)
		}
		for j := range s.tests {
			add(s.tests[j].rule)
		}
	}
	return named
}

// Campaigns returns the campaign files that the tests name.
func (f *File) Campaigns() []string {
	var named []string
	for i := range f.suites {
		for j := range f.suites[i].tests {
			if c := f.suites[i].tests[j].campaign; c != "" {
				named = append(named, c)
			}
		}
	}
	return named
}
