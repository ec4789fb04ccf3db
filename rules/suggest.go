package rules

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"treue/rules/features"
)

// longestWord bounds the words, in bytes, for which a suggestion is sought.
const longestWord = 48

// nearest returns the name that word most likely stands for: equal but for case, or a few typing errors away.
func nearest(word string, names []string) (string, bool) {
	if len(word) > longestWord {
		return "", false
	}
	lower := strings.ReplaceAll(strings.ToLower(word), "-", "_")
	best, least := "", max(1, len(lower)/3)+1
	if len(lower) <= 2 { // every other short word is one error away
		least = 1
	}
	length := utf8.RuneCountInString(lower)
	for _, name := range names {
		if other := utf8.RuneCountInString(name); other-length >= least || length-other >= least {
			continue // so many insertions alone
		}
		if d := distance(lower, strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	return best, best != ""
}

// described are the fields that rules may read, and fieldNames their names. Both are built once and only read: a rule
// of many unknown words looks through them for each.
var (
	described  = sync.OnceValue(features.Fields)
	fieldNames = sync.OnceValue(func() []string {
		var names []string
		for _, f := range described() {
			names = append(names, f.Name)
		}
		return names
	})
)

// nearestField also finds the words, German ones among them, that stand for a field in other tools.
func nearestField(word string) (string, bool) {
	fields, lower := described(), strings.ToLower(word)
	for i := range fields {
		if f := &fields[i]; slices.Contains(f.Aliases, lower) {
			return f.Name, true
		}
	}
	if name, found := nearest(word, fieldNames()); found {
		return name, true
	}
	for _, f := range fields {
		if _, found := nearest(lower, f.Aliases); found {
			return f.Name, true
		}
	}
	return "", false
}

// distance counts the insertions, deletions, replacements and swaps of neighbours between two words. Of its table it
// keeps the row at hand and the two before, for words of usual length on the stack.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	width, table := len(y)+1, make([]int, 3*(longestWord+1))
	if len(table) < 3*width {
		table = make([]int, 3*width)
	}
	before, last, row := table[:width], table[width:2*width], table[2*width:3*width]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
