package rules_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"treue/rules"
	"treue/rules/features"
)

// FuzzCompile looks for texts that panic, whose faults have no place, whose repair does not compile, or whose parts
// do not add up.
func FuzzCompile(f *testing.F) {
	for _, group := range []map[string]string{hostile(), lawful()} {
		for _, text := range group {
			if len(text) <= 2*rules.MaxSource {
				f.Add(text)
			}
		}
	}
	for _, text := range realistic() {
		f.Add(text)
	}
	for _, test := range eventCases {
		f.Add(test.rule)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rule, err := rules.Compile(text)
		_, again := rules.Compile(text)
		if !reflect.DeepEqual(err, again) {
			t.Fatalf("%q: first %v, then %v", text, err, again)
		}
		if err != nil {
			checkPlaces(t, text, err)
			checkRepair(t, text, err)
			return
		}
		for _, s := range []*features.Snapshot{regular(), stranger(), {}} {
			checkTermsAddUp(t, rule, s)
		}
	})
}

// checkTermsAddUp holds that a rule matches where all its terms do, each compiled alone.
func checkTermsAddUp(t *testing.T, rule *rules.Rule, s *features.Snapshot) {
	t.Helper()
	all := true
	for _, term := range rule.Explain(s, evaluated()) {
		all = all && term.Matched
		alone, err := rules.Compile(term.Expr)
		if err != nil {
			t.Fatalf("term %q of %q alone: %v", term.Expr, rule.Source(), err)
		}
		if alone.Match(s, evaluated()) != term.Matched {
			t.Fatalf("term %q of %q means something else alone", term.Expr, rule.Source())
		}
	}
	if matched := rule.Match(s, evaluated()); matched != all {
		t.Fatalf("%q: matched %v, its terms %v", rule.Source(), matched, all)
	}
}

// checkPlaces holds that every fault stands within the text and shows it.
func checkPlaces(t *testing.T, text string, err error) {
	t.Helper()
	var faults rules.Errors
	if !errors.As(err, &faults) || len(faults) == 0 {
		t.Fatalf("%.200q: %v is no rules.Errors", text, err)
	}
	lines := strings.Split(text, "\n")
	for _, fault := range faults {
		if fault.Line < 1 || fault.Line > len(lines) || fault.Column < 1 || fault.Column > len([]rune(lines[fault.Line-1]))+1 {
			t.Fatalf("%.200q: fault at %d:%d: %s", text, fault.Line, fault.Column, fault.Message)
		}
		line, caret, found := strings.Cut(fault.Snippet, "\n")
		if !found || !strings.HasSuffix(caret, "^") || len([]rune(caret)) > len([]rune(line))+1 || len([]rune(line)) > 100 {
			t.Fatalf("%.200q: snippet\n%s", text, fault.Snippet)
		}
		if fault.Message == "" || len(fault.Message) > 5000 || len(fault.Hint) > 2*rules.MaxSource+5000 {
			t.Fatalf("%.200q: %d bytes of message, %d of hint", text, len(fault.Message), len(fault.Hint))
		}
	}
}

// checkRepair holds that a repaired rule in a hint compiles.
func checkRepair(t *testing.T, text string, err error) {
	t.Helper()
	var fault *rules.Error
	if !errors.As(err, &fault) {
		t.Fatalf("%q: %v", text, err)
	}
	if _, repaired, found := strings.Cut(fault.Hint, "; the whole rule: "); found {
		if _, err := rules.Compile(repaired); err != nil {
			t.Fatalf("%q: the repaired rule %q: %v", text, repaired, err)
		}
	}
}
