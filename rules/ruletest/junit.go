package ruletest

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// junitSuites is the document. There is no standard; these are the elements and attributes that GitLab, Jenkins and the
// actions of GitHub agree on.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the outcomes as JUnit XML, in the form that CI systems read: one testsuite per file, one testcase
// per case.
func (r *Result) WriteJUnit(w io.Writer) error {
	all := junitSuites{Tests: len(r.Cases), Failures: r.Failed}
	for i := range r.Cases {
		c := &r.Cases[i]
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != c.File {
			all.Suites = append(all.Suites, junitSuite{Name: c.File})
		}
		s := &all.Suites[len(all.Suites)-1]
		s.Tests++
		entry := junitCase{Class: c.Test, Name: c.Test + " / " + c.Name, File: c.File, Line: c.Line}
		if !c.Passed {
			s.Failures++
			message, _, _ := strings.Cut(c.Message(), "\n")
			entry.Failure = &junitFailure{Message: strings.TrimSuffix(message, ":"), Text: c.Message() + "\n  given " + strings.Join(c.Given, ", ")}
		}
		s.Cases = append(s.Cases, entry)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}
