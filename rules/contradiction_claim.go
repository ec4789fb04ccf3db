package rules

// claim is one condition on one subject: it holds exactly for the values allowed.
type claim struct {
	subject  subject
	allowed  domain
	node     *Node // the condition, before negation
	negated  bool
	from, to int // of the condition in the rule's text
	term     int // of the rule, from 0
	order    int // among the rule's claims
}

// junction is a condition with its negations pushed down to its claims.
type junction struct {
	op    Operation // OpAnd, OpOr; OpCompare for a single claim, OpConstant for a truth
	parts []junction
	claim claim
	truth bool

	written bool // of OpOr: a || of the rule, not a && or a choice turned round
}

// analyst turns checked conditions into junctions and numbers their claims.
type analyst struct {
	term   int
	claims int
	place  *Node // whose place in the text stands for what it expands to; nil: each part's own
	chosen bool  // within the condition of a choice
}

func analyse(roots []*Node) junction {
	var a analyst
	return a.whole(roots)
}

// whole joins the terms of a rule.
func (a *analyst) whole(roots []*Node) junction {
	whole := junction{op: OpAnd}
	for i, root := range roots {
		a.term = i
		whole.parts = append(whole.parts, a.junction(root, false))
	}
	return whole
}

func (a *analyst) junction(n *Node, negated bool) junction {
	switch n.op {
	case OpNot:
		return a.junction(n.args[0], !negated)
	case OpAnd, OpOr:
		op := n.op
		if negated {
			op = OpAnd + OpOr - op
		}
		parts := []junction{a.junction(n.args[0], negated), a.junction(n.args[1], negated)}
		return junction{op: op, parts: parts, written: !negated}
	case OpChoice:
		if !a.chosen {
			return a.choice(n, negated)
		}
	case OpConstant:
		return junction{op: OpConstant, truth: n.truth != negated}
	case OpCompare:
		if x, truth, found := comparedTruth(n); found {
			return a.junction(x, negated == truth)
		}
	case OpCall:
		if n.expands != nil {
			return a.expanded(n, negated)
		}
	}
	return a.single(n, negated)
}

// choice is either the condition and then, or its opposite and else. A choice within the condition stays one claim: taken
// apart, too, the work would double with every level.
func (a *analyst) choice(n *Node, negated bool) junction {
	branch := func(fails bool, then *Node) junction {
		a.chosen = true
		condition := a.junction(n.args[0], fails)
		a.chosen = false
		return junction{op: OpAnd, parts: []junction{condition, a.junction(then, negated)}}
	}
	return junction{op: OpOr, parts: []junction{branch(false, n.args[1]), branch(true, n.args[2])}}
}

// comparedTruth reads consent == true and its likes.
func comparedTruth(n *Node) (x *Node, truth, found bool) {
	x, c := n.args[0], n.args[1]
	if x.isConstant() {
		x, c = c, x
	}
	return x, c.truth == (n.symbol == "=="), c.isConstant() && c.kind == KindBool && !x.isConstant()
}

// expanded gives the parts of a composed function its own place in the text.
func (a *analyst) expanded(n *Node, negated bool) junction {
	if a.place == nil {
		a.place = n
		defer func() { a.place = nil }()
	}
	return a.junction(n.expands, negated)
}

func (a *analyst) single(n *Node, negated bool) junction {
	c := claim{node: n, negated: negated, from: n.from, to: n.to, term: a.term, order: a.claims}
	a.claims++
	if a.place != nil {
		c.node, c.from, c.to = a.place, a.place.from, a.place.to
	}
	c.subject, c.allowed = meaning(n)
	if negated {
		c.allowed = c.allowed.not(c.subject.node.kind)
	}
	return junction{op: OpCompare, claim: c}
}

// meaning returns the subject of a condition and the values for which it holds. What cannot be read as a range is a
// subject of its own that must be true.
func meaning(n *Node) (subject, domain) {
	switch n.op {
	case OpCompare:
		x, c, symbol := n.args[0], n.args[1], n.symbol
		if x.isConstant() {
			x, c, symbol = c, x, Mirrored(symbol)
		}
		if c.isConstant() && !x.isConstant() {
			return subjectOf(x), constantDomain(symbol, c)
		}
	case OpOneOf:
		if n.args[0].kind == KindText {
			return subjectOf(n.args[0]), domain{texts: points(n.texts...)}
		}
		return subjectOf(n.args[0]), domain{numbers: points(n.numbers...)}
	case OpBetween:
		return subjectOf(n.args[0]), domain{numbers: comparedTo(">=", n.numbers[0]).common(comparedTo("<=", n.numbers[1]))}
	case OpText:
		if n.symbol == "startsWith" && n.args[1].isConstant() {
			return subjectOf(n.args[0]), domain{texts: prefixed(n.args[1].text)}
		}
	case OpWasSegment:
		return subjectThen(n), domain{texts: points(n.text)}
	case OpCall:
		if x := n.args; n.symbol == "known" && x[0].kind != KindBool && x[0].kind != KindList {
			return subjectOf(x[0]), startOf(x[0]).known()
		}
	}
	return subjectOf(n), domain{numbers: points(1.0)}
}

// known leaves out the unknown.
func (d domain) known() domain {
	if len(d.texts) > 0 {
		return domain{texts: everything[string]()}
	}
	return domain{numbers: everything[float64]()}
}

func constantDomain(symbol string, c *Node) domain {
	if c.kind == KindText {
		return domain{texts: comparedTo(symbol, c.text)}
	}
	return domain{numbers: comparedTo(symbol, c.number)}
}

// subjectThen is the segment on an earlier day.
func subjectThen(n *Node) subject {
	then := &Node{op: OpWasSegment, kind: KindText, number: n.number}
	return subjectOf(then)
}
