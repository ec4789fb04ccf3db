package rules

import "slices"

// within reports whether every value of d is one that c allows.
func (d domain) within(c claim) bool {
	return d.and(c.allowed.not(c.subject.node.kind), c.subject.whole).empty()
}

// possible is what a claim leaves of its subject's values.
func (c claim) possible() domain { return c.subject.start.and(c.allowed, c.subject.whole) }

// asksKnown reports whether the claim only asks whether something is known: people add it to say what they mean.
func (c claim) asksKnown() bool { return c.node.op == OpCall && c.node.symbol == "known" }

// inSegment reports whether the claim is a part of a named rule.
func (c claim) inSegment() bool { return c.node.op == OpCall && c.node.symbol == "in_segment" }

// always reports a condition that holds for everyone, or for everyone of whom its subject is known.
func (l *linter) always(c claim) bool {
	name := written(c.subject.node)
	known := c.subject.start
	known.unknown = false
	switch {
	case c.asksKnown():
		return false
	case c.subject.start.within(c):
		l.add(c, NoEffect, say("%s holds for every customer", l.text.quoted(c)), say("take it out"))
	case name != "" && known.within(c):
		l.add(c, NoEffect, say("%s holds for everyone whose %s is known", l.text.quoted(c), name), say("write known(%s) if that is meant", name))
	default:
		return false
	}
	return true
}

// redundant reports conditions that the others, taken together, imply. Of two equal ones the later is named.
func (l *linter) redundant(own, around []claim) {
	left := slices.Concat(around, own)
	for _, c := range slices.Backward(own) {
		if c.asksKnown() || c.inSegment() || c.subject.start.within(c) {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(left), func(o claim) bool { return o.order == c.order || o.subject.key != c.subject.key })
		if partner, implied := implies(rest, c); implied && partner.node != c.node {
			l.add(c, Redundant, say("%s adds nothing to %s", l.text.quoted(c), l.text.quoted(partner)), say("take it out"))
			left = slices.DeleteFunc(left, func(o claim) bool { return o.order == c.order })
		}
	}
}

// implies reports whether conditions on the subject of c leave only what c allows, and names one of them.
func implies(others []claim, c claim) (partner claim, implied bool) {
	if len(others) == 0 {
		return claim{}, false
	}
	left := c.subject.start
	for _, o := range others {
		if o.possible().within(c) {
			return o, true
		}
		left = left.and(o.possible(), c.subject.whole)
	}
	return others[0], left.within(c)
}

// redundantBranches reports a branch of || that holds only where another one does.
func (l *linter) redundantBranches(branches []junction) {
	left := slices.DeleteFunc(slices.Clone(branches), func(p junction) bool { return p.op != OpCompare || p.claim.asksKnown() })
	for i, branch := range slices.Backward(left) {
		c := branch.claim
		for j, other := range left {
			o := other.claim
			if j == i || o.subject.key != c.subject.key || o.node == c.node || !c.possible().within(o) {
				continue
			}
			l.add(c, Redundant, say("%s adds nothing beside %s", l.text.quoted(c), l.text.quoted(o)), say("take it out; of what || joins, one is enough"))
			left = slices.Delete(left, i, i+1)
			break
		}
	}
}

// never reports a branch of || that the rest of the rule rules out.
func (l *linter) never(c conflict) {
	if c.with == nil {
		l.add(c.claim, NoEffect, say("no customer satisfies %s", l.text.quoted(c.claim)), say("take it out"))
		return
	}
	l.add(c.claim, Redundant, say("%s never holds beside %s", l.text.quoted(c.claim), l.text.quoted(*c.with)), say("take this branch of || out"))
}
