package rules

import (
	"fmt"
	"regexp"
	"regexp/syntax"
)

// compilePattern compiles a regular expression (RE2) within bounds, or says why it does not. The length alone does
// not bound it: repetitions multiply.
func compilePattern(pattern string) (*regexp.Regexp, string) {
	if len(pattern) > MaxPattern {
		return nil, fmt.Sprintf("the pattern has %d bytes, at most %d are allowed", len(pattern), MaxPattern)
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, fmt.Sprintf("the pattern is wrong: %v", err)
	}
	if patternSize(tree) > maxPatternSize {
		return nil, "the pattern repeats too much"
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Sprintf("the pattern is wrong: %v", err)
	}
	return compiled, ""
}

// patternSize estimates the instructions a pattern compiles to, repetitions written out; it stops counting early.
func patternSize(re *syntax.Regexp) int {
	size := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		size += patternSize(sub)
		if size > maxPatternSize {
			return size
		}
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Min, re.Max, 1)
	}
	return size
}
