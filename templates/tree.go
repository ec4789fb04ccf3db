package templates

import (
	"fmt"

	"github.com/osteele/liquid/expressions"
	"github.com/osteele/liquid/parser"
)

// node is a stretch of a part, ready to be written.
type node interface{ write(r *run) error }

// sequence is what stands between two tags.
type sequence []node

func (s sequence) write(r *run) error {
	for _, n := range s {
		if err := n.write(r); err != nil {
			return err
		}
	}
	r.floor = len(r.out)
	return nil
}

// static is text as the author wrote it.
type static struct {
	source string
	looped bool // it counts before it is written, so that a loop stops in time
}

func (t static) write(r *run) error {
	if t.looped {
		if err := r.spend(len(t.source)); err != nil {
			return err
		}
	}
	r.put(t.source)
	return nil
}

// dash is the - of {{- or -}}.
type dash parser.TrimDirection

func (d dash) write(r *run) error {
	if parser.TrimDirection(d) == parser.Left {
		r.trimLeft()
	} else {
		r.trim = true
	}
	return nil
}

// output is {{ … }}.
type output struct {
	value value
	site  int
}

func (o output) write(r *run) error {
	s := &r.section.sites[o.site]
	value, err := o.value.of(r)
	if err != nil {
		return fmt.Errorf("%s %d:%d: %s: %w", s.part, s.line, s.column, s.variable, err)
	}
	return r.emit(value, s)
}

// choice is if or unless: the first branch whose condition holds is written.
type choice []branch

type branch struct {
	when value
	not  bool // of unless
	last bool // else, which has no condition
	body sequence
}

func (c choice) write(r *run) error {
	for _, b := range c {
		holds := b.last
		if !holds {
			value, err := b.when.of(r)
			if err != nil {
				return fmt.Errorf("%s: %w", r.section.name, err)
			}
			holds = (value != nil && value != false) != b.not
		}
		if holds {
			return b.body.write(r)
		}
	}
	return nil
}

// loop is for. As with the engine, else is for a list that is known and empty.
type loop struct {
	variable string
	list     value
	limit    int  // -1: none
	counts   bool // its body asks for forloop
	body     sequence
	none     sequence
}

const forloopVariable = "forloop"

func (l *loop) write(r *run) error {
	value, err := l.list.of(r)
	if err != nil {
		return fmt.Errorf("%s: %w", r.section.name, err)
	}
	list, ok := value.([]any)
	if !ok {
		return nil
	}
	if l.limit >= 0 {
		list = list[:min(l.limit, len(list))]
	}
	if len(list) == 0 {
		return l.none.write(r)
	}
	outer, outerTurn := r.vars[l.variable], r.vars[forloopVariable]
	for i, item := range list {
		r.vars[l.variable] = item
		if l.counts {
			r.vars[forloopVariable] = turn(i, len(list))
		}
		if err := l.body.write(r); err != nil {
			return err
		}
	}
	r.vars[l.variable], r.vars[forloopVariable] = outer, outerTurn
	return nil
}

// turn is what forloop tells.
func turn(i, length int) map[string]any {
	return map[string]any{
		"first": i == 0, "last": i == length-1, "index": i + 1, "index0": i,
		"rindex": length - i, "rindex0": length - i - 1, "length": length,
	}
}

// value is an expression. A path is looked up directly: most outputs and conditions
// are one, and the engine's way goes through reflection.
type value struct {
	path       []string // nil if it is more than a path
	fallback   bool     // the engine knows what to do if the path leads nowhere
	expression expressions.Expression
}

func (v *value) of(r *run) (any, error) {
	if found, ok := follow(r.vars, v.path); ok && !(v.fallback && missing(found)) {
		return found, nil
	}
	return v.expression.Evaluate(r.context)
}

// follow walks through groups. A list or text on the way is left to the engine, which
// knows what first, last and size are.
func follow(vars map[string]any, path []string) (found any, ok bool) {
	if len(path) == 0 {
		return nil, false
	}
	found = vars[path[0]]
	for _, name := range path[1:] {
		switch group := found.(type) {
		case nil:
			return nil, true
		case map[string]any:
			found = group[name]
		default:
			return nil, false
		}
	}
	return found, true
}
