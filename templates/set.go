package templates

import (
	"cmp"
	"slices"
)

// Set holds templates by key and language. It is never changed.
type Set struct {
	templates []*Template // ordered by key, then language
}

// NewSet collects templates. Of two with the same key and language the later
// one counts, so that a shop's own may follow the starters.
func NewSet(templates ...*Template) *Set {
	s := &Set{}
	for _, t := range templates {
		at, found := slices.BinarySearchFunc(s.templates, t, compareTemplates)
		if found {
			s.templates[at] = t
		} else {
			s.templates = slices.Insert(s.templates, at, t)
		}
	}
	return s
}

// compareTemplates orders by key, then language.
func compareTemplates(a, b *Template) int {
	return cmp.Or(cmp.Compare(a.Key(), b.Key()), cmp.Compare(a.Language(), b.Language()))
}

// Template finds a mail in the language; where only another exists, that one.
// "de-AT" counts as "de".
func (s *Set) Template(key, language string) (*Template, bool) {
	var other *Template
	for _, t := range s.templates {
		switch {
		case t.Key() != key:
		case len(language) >= 2 && t.Language() == language[:2]:
			return t, true
		case other == nil:
			other = t
		}
	}
	return other, other != nil
}

// List is every template, ordered by key, then language.
func (s *Set) List() []*Template { return slices.Clone(s.templates) }
