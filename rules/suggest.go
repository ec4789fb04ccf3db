package rules

import (
	"slices"
	"strings"
	"sync"

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
	for _, name := range names {
		if d := distance(lower, strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	return best, best != ""
}

// nearestField also finds the words, German ones among them, that stand for a field in other tools.
func nearestField(word string) (string, bool) {
	fields := features.Fields()
	lower := strings.ToLower(word)
	var names []string
	for _, f := range fields {
		if slices.Contains(f.Aliases, lower) {
			return f.Name, true
		}
		names = append(names, f.Name)
	}
	if name, found := nearest(word, names); found {
		return name, true
	}
	for _, f := range fields {
		if _, found := nearest(lower, f.Aliases); found {
			return f.Name, true
		}
	}
	return "", false
}

// distance counts the insertions, deletions, replacements and swaps of neighbours between two words.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}

// vocabulary is built once and only read.
var vocabulary = sync.OnceValue(func() map[string]features.Field {
	byName := make(map[string]features.Field)
	for _, f := range features.Fields() {
		byName[f.Name] = f
	}
	return byName
})

func fieldNamed(name string) (features.Field, bool) {
	f, found := vocabulary()[name]
	return f, found
}
