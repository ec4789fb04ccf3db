package templates

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// scope is what may be named at one place: the vocabulary and the variables of
// the loops around it.
type scope struct {
	root  *shape
	loops []loopVariable
	names []string // that were resolved
}

type loopVariable struct {
	name string
	elem *shape
}

func (s *scope) push(name string, elem *shape) { s.loops = append(s.loops, loopVariable{name, elem}) }
func (s *scope) pop()                          { s.loops = s.loops[:len(s.loops)-1] }

// find resolves a dotted path, or gives nil.
func (s *scope) find(path string) *shape {
	steps := strings.Split(path, ".")
	at := s.head(steps[0])
	for _, step := range steps[1:] {
		if at == nil {
			return nil
		}
		at = at.step(step)
	}
	return at
}

// head resolves the first name of a path: loop variables, then the vocabulary.
func (s *scope) head(name string) *shape {
	for _, loop := range s.loops {
		if loop.name == name {
			return loop.elem
		}
	}
	if name == "forloop" && len(s.loops) > 0 {
		return forloop()
	}
	return s.root.fields[name]
}

// step resolves a further name. Any name goes within values.
func (s *shape) step(name string) *shape {
	switch {
	case s.kind == kindList && (name == "first" || name == "last"):
		return s.elem
	case s.kind == kindList && name == "size":
		return &shape{kind: kindNumber}
	case s.kind == kindGroup && s.fields == nil && name != "size":
		return &shape{kind: kindText}
	default:
		return s.fields[name]
	}
}

// forloop is what the engine tells about the turn of a loop.
func forloop() *shape {
	group := &shape{kind: kindGroup, fields: map[string]*shape{}}
	for _, name := range []string{"index", "index0", "rindex", "rindex0", "length"} {
		group.add(name, &shape{kind: kindNumber})
	}
	group.add("first", &shape{kind: kindBool})
	group.add("last", &shape{kind: kindBool})
	return group
}

// candidates are the names for "did you mean".
func (s *scope) candidates() []string {
	names := s.root.paths("")
	for _, loop := range s.loops {
		names = append(names, loop.name)
		names = append(names, loop.elem.paths(loop.name+".")...)
	}
	return names
}

// nearest gives the candidate with the fewest edits, if they are few.
func nearest(name string, candidates []string) string {
	best, fewest := "", len(name)/3+2
	for _, candidate := range candidates {
		if d := levenshtein.ComputeDistance(name, candidate); d < fewest {
			best, fewest = candidate, d
		}
	}
	return best
}
