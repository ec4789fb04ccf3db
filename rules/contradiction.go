package rules

import "slices"

// conflict is a claim that no customer satisfies, beside another one or, if there is none, at all.
type conflict struct {
	claim claim
	with  *claim
}

// world is what the claims made so far leave possible.
type world struct {
	states map[string]state
	trail  []step     // to go back on leaving a branch
	dead   []conflict // branches of || that other parts of the rule exclude
}

// state is what is left of a subject, and the claims that left it. They are a chain, since going back on a branch
// must not cost a copy of them.
type state struct {
	left   domain
	claims *link
}

type link struct {
	claim  claim
	before *link
}

type step struct {
	key    string
	before state
	known  bool
}

// contradiction looks for claims that no customer satisfies together. It misses some, as those of values that depend
// on each other, and never finds one that is none.
func contradiction(whole junction) (found conflict, clash bool, dead []conflict) {
	w := world{states: make(map[string]state)}
	found, clash = w.all(whole.parts)
	return found, clash, w.dead
}

// all adds conditions that must hold together: single claims first, since they bound every branch.
func (w *world) all(parts []junction) (conflict, bool) {
	flat := conjuncts(parts)
	for _, p := range flat {
		if p.op == OpCompare {
			if found, clash := w.add(p.claim); clash {
				return found, true
			}
		}
	}
	for _, p := range flat {
		if p.op == OpOr {
			if found, clash := w.some(p); clash {
				return found, true
			}
		}
	}
	return conflict{}, false
}

// conjuncts takes nested conjunctions apart.
func conjuncts(parts []junction) []junction {
	return apart(nil, parts, func(p junction) bool { return p.op == OpAnd })
}

// alternatives takes nested disjunctions of one origin apart.
func alternatives(p junction) []junction {
	return apart(nil, p.parts, func(q junction) bool { return q.op == OpOr && q.written == p.written })
}

// apart appends parts, and for those to be opened what they are made of.
func apart(flat, parts []junction, opens func(junction) bool) []junction {
	for _, p := range parts {
		if opens(p) {
			flat = apart(flat, p.parts, opens)
		} else {
			flat = append(flat, p)
		}
	}
	return flat
}

// some tries each branch of a disjunction. A branch at odds with itself is a fault where its author wrote ||, as are
// branches that are all at odds with the rest of the rule.
func (w *world) some(p junction) (conflict, bool) {
	branches := alternatives(p)
	var dead []conflict
	for _, branch := range branches {
		found, clash := w.branch(branch)
		switch {
		case !clash:
		case p.written && (found.with == nil || found.with.order >= branch.first()):
			return found, true
		default:
			dead = append(dead, found)
		}
	}
	if len(dead) == len(branches) {
		return dead[0], true
	}
	w.dead = append(w.dead, dead...)
	return conflict{}, false
}

// branch adds conditions and takes them back.
func (w *world) branch(p junction) (conflict, bool) {
	mark := len(w.trail)
	found, clash := w.all([]junction{p})
	for _, s := range slices.Backward(w.trail[mark:]) {
		if s.known {
			w.states[s.key] = s.before
		} else {
			delete(w.states, s.key)
		}
	}
	w.trail = w.trail[:mark]
	return found, clash
}

// first returns the place of the junction's first claim among all.
func (p junction) first() int {
	switch {
	case p.op == OpCompare:
		return p.claim.order
	case len(p.parts) == 0:
		return 0
	}
	return p.parts[0].first()
}

func (w *world) add(c claim) (conflict, bool) {
	s, known := w.states[c.subject.key]
	w.trail = append(w.trail, step{c.subject.key, s, known})
	left := c.subject.start.and(c.allowed, c.subject.whole)
	if left.empty() {
		return conflict{claim: c}, true
	}
	if known {
		if left = left.and(s.left, c.subject.whole); left.empty() {
			partner := s.partner(c)
			return conflict{claim: c, with: &partner}, true
		}
	}
	w.states[c.subject.key] = state{left, &link{c, s.claims}}
	return conflict{}, false
}

// partner finds the first claim that c is at odds with; where it takes several to rule c out, the last one.
func (s state) partner(c claim) claim {
	found := s.claims.claim
	for l := s.claims; l != nil; l = l.before {
		if c.subject.start.and(l.claim.allowed, c.subject.whole).and(c.allowed, c.subject.whole).empty() {
			found = l.claim
		}
	}
	return found
}
