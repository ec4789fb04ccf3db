package rules

import "treue/rules/features"

// Matcher returns the term's evaluator. It is safe for concurrent use.
func (t Term) Matcher() func(*features.Snapshot, features.Day) bool { return build(t.Root).truth }

// Needs returns what evaluating the term reads.
func (t Term) Needs() Needs { return needsOf(t.Root) }

// Unknown returns the term that holds where a value that this one reads is unknown, and the names of these values. There
// are none, and the term has no Root, if all of them are always known.
func (t Term) Unknown() (unknown Term, names []string) {
	known := functionTable()["known"]
	for _, n := range doubtful(t.Root) {
		names = append(names, nameOf(n))
		missing := &Node{op: OpNot, kind: KindBool, args: []*Node{called(known, n)}}
		if unknown.Root == nil {
			unknown.Root = missing
			continue
		}
		unknown.Root = &Node{op: OpOr, kind: KindBool, args: []*Node{unknown.Root, missing}}
	}
	return unknown, names
}

// doubtful returns the values that a part reads and that may be unknown, each once: fields and composed functions as
// their author named them. What a composed condition reads is looked for inside it.
func doubtful(root *Node) []*Node {
	var found []*Node
	seen := make(map[string]bool)
	var walk func(*Node)
	walk = func(n *Node) {
		named := n.op == OpField || n.op == OpCall && n.expands != nil || n.op == OpMeasure
		switch {
		case named && n.kind != KindBool:
			if name := nameOf(n); uncertain(n) && !seen[name] {
				seen[name] = true
				found = append(found, n)
			}
			return
		case n.op == OpField:
			return
		case n.expands != nil:
			walk(n.expands)
			return
		}
		for _, arg := range n.args {
			walk(arg)
		}
	}
	walk(root)
	return found
}

// uncertain reports whether a value may be unknown.
func uncertain(n *Node) bool {
	switch {
	case n.kind == KindBool || n.kind == KindList || n.op == OpConstant:
		return false
	case n.op == OpField:
		return n.field.UnknownWhen != "never"
	case n.op == OpMeasure:
		take := n.measure.Take
		return take == features.TakeFirstDay || take == features.TakeLastDay || take == features.TakeLastUnits
	case n.expands != nil:
		return uncertain(n.expands)
	}
	return true
}

func nameOf(n *Node) string {
	switch n.op {
	case OpField:
		return n.field.Name
	case OpCall:
		return callText(n)
	}
	return "what was bought"
}

// FieldNeeds returns what all fields together read.
func FieldNeeds() Needs {
	var needs Needs
	for _, f := range features.Fields() {
		n := &Node{op: OpField, field: f, expands: vocabulary()[f.Name].expands}
		needs = needs.Join(needsOf(n))
	}
	return needs
}
