package rules

import (
	"errors"
	"regexp"
	"regexp/syntax"
)

// compilePattern compiles a regular expression (RE2) within bounds, or says why it does not. The length alone does
// not bound it: repetitions multiply.
func compilePattern(pattern string) (*regexp.Regexp, *phrase) {
	refuse := func(why phrase) (*regexp.Regexp, *phrase) { return nil, &why }
	if len(pattern) > MaxPattern {
		return refuse(say("the pattern has %d bytes, at most %d are allowed", len(pattern), MaxPattern))
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return refuse(patternFault(err))
	}
	if patternSize(tree) > maxPatternSize {
		return refuse(say("the pattern repeats too much"))
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return refuse(patternFault(err))
	}
	return compiled, nil
}

// patternFault words the errors of package regexp.
func patternFault(err error) phrase {
	var cause *syntax.Error
	if !errors.As(err, &cause) {
		return say("the pattern is wrong")
	}
	switch cause.Code {
	case syntax.ErrMissingParen, syntax.ErrUnexpectedParen:
		return say("the pattern is wrong: a bracket ( ) lacks its partner in %s", cause.Expr)
	case syntax.ErrMissingBracket:
		return say("the pattern is wrong: a bracket [ ] lacks its partner in %s", cause.Expr)
	case syntax.ErrMissingRepeatArgument, syntax.ErrInvalidRepeatOp, syntax.ErrInvalidRepeatSize:
		return say("the pattern is wrong: %s has nothing it could repeat, or repeats it too often", cause.Expr)
	case syntax.ErrInvalidEscape, syntax.ErrTrailingBackslash:
		return say(`the pattern is wrong: write \\ for a backslash, and \. for a point, not %s`, cause.Expr)
	}
	return say("the pattern is wrong near %s", cause.Expr)
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
