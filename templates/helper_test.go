package templates

import (
	"testing"
	"time"

	"github.com/osteele/liquid/parser"
)

// testNow is the day on which the sample customer is written to.
func testNow() time.Time { return time.Date(2026, time.January, 17, 9, 0, 0, 0, time.UTC) }

func sample() Data { return Sample("de", testNow()) }

// mustCompile compiles HTML with a plain subject.
func mustCompile(t *testing.T, html string) *Template {
	t.Helper()
	compiled, err := Compile(Source{Key: "test", Language: "de", Subject: "Betreff", HTML: html})
	if err != nil {
		t.Fatalf("compile %q: %v", html, err)
	}
	return compiled
}

// mustRender renders HTML for the data.
func mustRender(t *testing.T, html string, d Data) Message {
	t.Helper()
	m, err := mustCompile(t, html).Render(d)
	if err != nil {
		t.Fatalf("render %q: %v", html, err)
	}
	return m
}

func locationZero() parser.SourceLoc { return parser.SourceLoc{LineNo: 1} }
