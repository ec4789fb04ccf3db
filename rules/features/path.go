package features

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// pathSeparator stands between a category and the one below it, with any blanks around it.
const pathSeparator = '>'

// FoldCase is the form in which words are compared where case does not count: each character on its own, so that
// evaluation can follow it without copying.
func FoldCase(text string) string { return strings.Map(unicode.ToLower, text) }

// Path is the way to a category, such as "Kaffee > Bohnen", in folded steps.
type Path []string

// ParsePath reads a path as a shop spells it.
func ParsePath(category string) Path {
	steps := strings.Split(category, string(pathSeparator))
	for i, step := range steps {
		steps[i] = FoldCase(strings.TrimSpace(step))
	}
	return steps
}

// String returns the path as people write it.
func (path Path) String() string { return strings.Join(path, " > ") }

// Covers reports whether a category is the path's or below it. The empty path covers every category.
func (path Path) Covers(category string) bool {
	if len(path) == 0 {
		return true
	}
	if category == "" || startsOtherwise(category, path[0]) {
		return false
	}
	for _, step := range path {
		name, rest := category, ""
		if end := strings.IndexByte(category, pathSeparator); end >= 0 {
			name, rest = category[:end], category[end+1:]
		}
		if !EqualFold(strings.TrimSpace(name), step) {
			return false
		}
		category = rest
	}
	return true
}

// startsOtherwise tells most categories from a step by their first byte: an ASCII letter folds to no other one.
func startsOtherwise(category, step string) bool {
	if category == "" || step == "" || category[0] >= utf8.RuneSelf || category[0] <= ' ' {
		return false
	}
	return lowerASCII(category[0]) != step[0]
}

// EqualFold reports whether text equals folded, which FoldCase has made, but for case.
func EqualFold(text, folded string) bool {
	for i := range min(len(text), len(folded)) {
		if text[i] >= utf8.RuneSelf || folded[i] >= utf8.RuneSelf {
			return equalFoldRunes(text[i:], folded[i:])
		}
		if text[i] != folded[i] && lowerASCII(text[i]) != folded[i] {
			return false
		}
	}
	return len(text) == len(folded)
}

func lowerASCII(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func equalFoldRunes(text, folded string) bool {
	for len(text) > 0 && len(folded) > 0 {
		a, n := utf8.DecodeRuneInString(text)
		b, m := utf8.DecodeRuneInString(folded)
		if a != b && unicode.ToLower(a) != b {
			return false
		}
		text, folded = text[n:], folded[m:]
	}
	return text == folded
}
