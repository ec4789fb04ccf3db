package rules

import (
	"slices"
	"sync"

	"github.com/expr-lang/expr/parser"

	"treue/rules/features"
)

// bound is a field with what it stands for.
type bound struct {
	features.Field
	expands *Node // of a formula; nil for a stored field
}

// vocabulary is built once and only read.
var vocabulary = sync.OnceValue(func() map[string]bound {
	b := binder{done: make(map[string]bound)}
	for _, f := range features.Fields() {
		b.field(f.Name)
	}
	return b.done
})

// binder compiles formulas. A formula may use other formulas, which are compiled on the way.
type binder struct{ done map[string]bound }

func (b *binder) field(name string) (bound, bool) {
	if f, found := b.done[name]; found {
		return f, true
	}
	f, found := features.Lookup(name)
	if !found {
		return bound{}, false
	}
	result := bound{Field: f}
	if f.Formula != "" {
		result.expands = b.formula(f)
		result.Field = accessible(f, build(result.expands))
	}
	b.done[name] = result
	return result, true
}

// formula compiles what the vocabulary itself defines. A fault in it is a fault of this program, which every test and
// every start would show.
func (b *binder) formula(f features.Field) *Node {
	tree, err := parser.ParseWithConfig(f.Formula, exprConfig(true))
	if err != nil {
		panic("field " + f.Name + ": " + err.Error())
	}
	c := checker{fields: b.field, inner: true}
	n := c.check(tree.Node)
	if n == nil || n.kind != kindOf(f.Type) {
		panic("field " + f.Name + ": its formula has a fault")
	}
	return n
}

// Fields returns the vocabulary in the order in which references list it, formulas included: every field has the
// accessor of its type.
func Fields() []features.Field {
	all := features.Fields()
	for i := range all {
		all[i] = vocabulary()[all[i].Name].Field
	}
	return all
}

// Lookup returns the field of that exact name with its accessor.
func Lookup(name string) (features.Field, bool) {
	f, found := vocabulary()[name]
	return f.Field, found && !f.Hidden
}

// publicField finds a field that rules may read.
func publicField(name string) (bound, bool) {
	f, found := vocabulary()[name]
	return f, found && !f.Hidden
}

// fieldNamed finds a field that rules may read, for what needs only its description.
func fieldNamed(name string) (features.Field, bool) {
	f, found := features.Lookup(name)
	return f, found && !f.Hidden
}

// Needs is what evaluating a rule reads.
type Needs struct {
	Columns []string          // of the snapshot, each once
	Events  []features.Events // of the history, each once
	Cuts    bool
	// Attributes says that the attributes of the products in LineEvents are read, too.
	Attributes bool
}

// Join returns what evaluating both needs.
func (n Needs) Join(other Needs) Needs {
	joined := Needs{
		Columns: slices.Clone(n.Columns), Events: slices.Clone(n.Events), Cuts: n.Cuts || other.Cuts, Attributes: n.Attributes || other.Attributes,
	}
	for _, c := range other.Columns {
		joined.column(c)
	}
	for _, e := range other.Events {
		joined.event(e)
	}
	return joined
}

func (n *Needs) column(name string) {
	if !slices.Contains(n.Columns, name) {
		n.Columns = append(n.Columns, name)
	}
}

func (n *Needs) event(e features.Events) {
	if !slices.Contains(n.Events, e) {
		n.Events = append(n.Events, e)
	}
}

// needsOf collects what a part reads.
func needsOf(root *Node) Needs {
	var needs Needs
	root.Walk(func(n *Node) {
		switch {
		case n.op == OpField && n.expands == nil:
			needs.column(n.field.Column)
		case n.op == OpCall && n.call.reads != "":
			f, _ := features.Lookup(n.call.reads)
			needs.column(f.Column)
		case n.op == OpMeasure:
			needs.event(n.measure.Of)
			needs.Attributes = needs.Attributes || n.measure.Attribute != ""
		case n.op == OpWasSegment:
			needs.event(features.OrderEvents)
			needs.Cuts = true
		}
	})
	return needs
}
