package ingest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// maxColumns is the greatest number of columns a file may have.
const maxColumns = 200

// binding says which of the file's columns holds which of ours.
type binding struct {
	ours     []string
	wanted   map[string]int // canonical name in the file -> index in ours
	alias    map[string]int // the same for names that count only where ours is absent
	mapped   map[string]string
	position []int    // index in ours -> position in the file, -1 without one
	guessed  []bool   // index in ours -> bound by an alias
	seen     int      // how many of the file's columns are bound
	unread   []string // the file's columns that are not used
}

// bind prepares a binding to our column names; aliases are further names of each, renamed is Options.Map. A renamed
// column takes the place of one that has our name, which in turn goes before an alias.
func bind(ours []string, aliases [][]string, renamed map[string]string) (*binding, error) {
	b := &binding{
		ours: ours, wanted: map[string]int{}, alias: map[string]int{}, mapped: map[string]string{},
		position: make([]int, len(ours)), guessed: make([]bool, len(ours)),
	}
	for i, name := range ours {
		b.position[i] = -1
		b.wanted[canonical(name)] = i
		for _, other := range aliases[i] {
			b.alias[canonical(other)] = i
		}
	}
	targets := map[int]string{}
	for _, theirs := range slices.Sorted(maps.Keys(renamed)) {
		i, known := b.index(renamed[theirs])
		if !known {
			return b, &FileError{
				Message: fmt.Sprintf("--map %s=%s: there is no column %s", theirs, renamed[theirs], renamed[theirs]),
				Hint:    "the columns are " + strings.Join(ours, ", "),
			}
		}
		if other, twice := targets[i]; twice {
			return b, &FileError{Message: fmt.Sprintf("--map: both %q and %q shall be %s", other, theirs, ours[i])}
		}
		targets[i] = theirs
	}
	for i, theirs := range targets {
		delete(b.wanted, canonical(ours[i]))
		b.mapped[canonical(theirs)] = theirs
		maps.DeleteFunc(b.alias, func(_ string, ours int) bool { return ours == i })
	}
	for i, theirs := range targets {
		b.wanted[canonical(theirs)] = i
	}
	return b, nil
}

// index finds one of our columns by a name in any spelling.
func (b *binding) index(name string) (int, bool) {
	for i, our := range b.ours {
		if canonical(our) == canonical(name) {
			return i, true
		}
	}
	return 0, false
}

// extend binds the columns that have come up since the last call.
func (b *binding) extend(names []string) error {
	for ; b.seen < len(names); b.seen++ {
		name := names[b.seen]
		i, known := b.wanted[canonical(name)]
		guess := false
		if !known {
			i, guess = b.alias[canonical(name)]
		}
		switch {
		case !known && !guess && strings.TrimSpace(name) == "":
			b.unread = append(b.unread, fmt.Sprintf("column %d (without a name)", b.seen+1))
		case !known && !guess, guess && b.position[i] >= 0 && !b.guessed[i]:
			b.unread = append(b.unread, name)
		case b.position[i] < 0:
			b.position[i], b.guessed[i] = b.seen, guess
		case known && b.guessed[i]:
			b.unread = append(b.unread, names[b.position[i]])
			b.position[i], b.guessed[i] = b.seen, false
		default:
			return &FileError{
				Message: fmt.Sprintf("columns %d and %d (%q) are both %s", b.position[i]+1, b.seen+1, name, b.ours[i]),
				Hint:    "rename or remove one of them",
			}
		}
	}
	return nil
}

// complete binds a header that stands before all rows and says what is missing from it.
func (b *binding) complete(names, needed []string) error {
	if err := b.extend(names); err != nil {
		return err
	}
	found := strings.Join(names, ", ")
	if unmet := b.unmet(); unmet != nil {
		return &FileError{Message: fmt.Sprintf("--map: the file has no column %q", unmet[0]), Hint: "it has " + found}
	}
	var missing []string
	for _, name := range needed {
		if i, _ := b.index(name); b.position[i] < 0 {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return &FileError{
			Message: fmt.Sprintf("column %s is missing; the file has %s", strings.Join(missing, ", "), found),
			Hint:    fmt.Sprintf("if another column holds it, add --map 'its name=%s'", missing[0]),
		}
	}
	return nil
}

// unmet returns the renamed columns that the file has not shown so far.
func (b *binding) unmet() []string {
	var unmet []string
	for theirs, name := range b.mapped {
		if b.position[b.wanted[theirs]] < 0 {
			unmet = append(unmet, name)
		}
	}
	slices.Sort(unmet)
	return unmet
}

// canonical returns the form in which column names are compared: without case, spaces, hyphens, underscores,
// and without the invisible characters that exports leave behind.
func canonical(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}
