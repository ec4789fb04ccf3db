package campaigns

import (
	"cmp"
	"slices"
	"time"
)

// Contest is one campaign's candidates on their way through the gates.
type Contest struct {
	Campaign   *Campaign
	Candidates []Candidate
	Spent      Spent
}

// Plan is what a run decided: nothing is written yet, so that a preview and a run are the same code.
type Plan struct {
	Campaign  *Campaign
	Matched   int
	Decisions []Decision // one per candidate, ordered by customer
	Entering  []*Candidate
}

// Count returns how many candidates had the outcome.
func (p *Plan) Count(o Outcome) int {
	n := 0
	for i := range p.Decisions {
		if p.Decisions[i].Outcome == o {
			n++
		}
	}
	return n
}

// Stopped returns the number of candidates per gate that stopped any.
func (p *Plan) Stopped() map[Outcome]int {
	counts := map[Outcome]int{}
	for i := range p.Decisions {
		if o := p.Decisions[i].Outcome; o != OutcomeTreated && o != OutcomeControl {
			counts[o]++
		}
	}
	return counts
}

// turn is a candidate whose turn comes in the arbitration.
type turn struct {
	contest, candidate int
	stake              float64 // the candidate's: to look it up for each comparison takes longer than to compare
}

// Decide sends every candidate of every contest through the gates. Campaigns of one local day compete for a customer:
// higher priority first, then the larger value at stake, then the campaign key; an exhausted campaign passes the turn
// on. Plans come in the order of the contests.
func Decide(contests []Contest, now time.Time, s Settings) []Plan {
	taken := map[int64]string{}
	plans := make([]Plan, len(contests))
	lines := make([][]Gate, len(contests))
	var turns []turn
	for i, c := range contests {
		plans[i] = Plan{Campaign: c.Campaign, Matched: len(c.Candidates), Decisions: make([]Decision, len(c.Candidates))}
		lines[i] = gates(c.Campaign, now, s, c.Spent, taken)
		for j := range c.Candidates {
			turns = append(turns, turn{i, j, c.Candidates[j].Stake})
		}
	}
	slices.SortFunc(turns, func(a, b turn) int { return rightOfWay(contests, a, b) })
	for _, t := range turns {
		candidate := &contests[t.contest].Candidates[t.candidate]
		d := decide(contests[t.contest].Campaign, lines[t.contest], candidate)
		if d.Outcome == OutcomeTreated || d.Outcome == OutcomeControl {
			taken[candidate.CustomerID] = contests[t.contest].Campaign.Key
			plans[t.contest].Entering = append(plans[t.contest].Entering, candidate)
		}
		plans[t.contest].Decisions[t.candidate] = d
	}
	for i := range plans {
		slices.SortFunc(plans[i].Decisions, func(a, b Decision) int { return cmp.Compare(a.CustomerID, b.CustomerID) })
		slices.SortFunc(plans[i].Entering, func(a, b *Candidate) int { return cmp.Compare(a.CustomerID, b.CustomerID) })
	}
	return plans
}

// decide asks the gates in order and, when all let the candidate pass, draws the arm.
func decide(c *Campaign, line []Gate, candidate *Candidate) Decision {
	for _, g := range line {
		if why := g.Stop(candidate); why != "" {
			return Decision{candidate.CustomerID, g.Outcome(), why}
		}
	}
	for _, g := range line {
		if a, counts := g.(admitter); counts {
			a.admit(candidate)
		}
	}
	return Decision{CustomerID: candidate.CustomerID, Outcome: Outcome(c.arm(candidate))}
}

func rightOfWay(contests []Contest, a, b turn) int {
	ca, cb := contests[a.contest].Campaign, contests[b.contest].Campaign
	if c := cmp.Compare(cb.Priority, ca.Priority); c != 0 {
		return c
	}
	if c := cmp.Compare(b.stake, a.stake); c != 0 {
		return c
	}
	x, y := &contests[a.contest].Candidates[a.candidate], &contests[b.contest].Candidates[b.candidate]
	return cmp.Or(cmp.Compare(ca.Key, cb.Key), cmp.Compare(x.CustomerID, y.CustomerID))
}
