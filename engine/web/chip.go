package web

import "strings"

// chip is a word on a coloured ground. The word alone says it all.
type chip struct {
	Word string // a key of the catalogue, or the word itself
	Tone string // good, bad, warn, accent or calm
}

// fact is a row of a table: what, how much, and what that means.
type fact struct {
	Label string // a key of the catalogue, or the words themselves
	Value string
	Note  string
}

func nameOr(name, key string) string {
	if strings.TrimSpace(name) == "" {
		return key
	}
	return name
}
