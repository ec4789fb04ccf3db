package campaigns

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawContests invents up to four campaigns that compete for up to 40 customers in all situations.
func drawContests(t *rapid.T) []Contest {
	contests := make([]Contest, rapid.IntRange(1, 4).Draw(t, "campaigns"))
	for i := range contests {
		contests[i].Campaign = campaignOf(t, func(d *Definition) {
			d.Key = fmt.Sprintf("c%d", i)
			d.Priority = rapid.IntRange(1, 3).Draw(t, "priority")
			d.Holdout = rapid.SampledFrom([]float64{0, 0.33, 0.9}).Draw(t, "holdout")
			d.Entry.PerDay = rapid.SampledFrom([]int{0, 0, 3, 10}).Draw(t, "per day")
			d.Cooldown = rapid.SampledFrom([]Days{0, 30}).Draw(t, "cooldown")
			if rapid.Bool().Draw(t, "budget") {
				d.Budget = Budget{Mails: rapid.IntRange(1, 12).Draw(t, "mails"), Per: "day"}
			}
		})
		for id := range int64(40) {
			if rapid.Bool().Draw(t, "matches") {
				contests[i].Candidates = append(contests[i].Candidates, drawCandidate(t, id))
			}
		}
		contests[i].Spent = Spent{
			Mails:        map[string]int{"reminder": rapid.IntRange(0, 8).Draw(t, "spent")},
			EntriesToday: rapid.IntRange(0, 4).Draw(t, "entries"),
		}
	}
	return contests
}

func drawCandidate(t *rapid.T, id int64) Candidate {
	c := willing(id)
	c.Stake = float64(rapid.IntRange(0, 3).Draw(t, "stake"))
	switch rapid.IntRange(0, 14).Draw(t, "situation") {
	case 0:
		c.Consent.WithdrawnAt = when("2026-01-01T00:00:00Z")
	case 1:
		c.Suppressed = true
	case 2:
		c.Consent.ProfilingObjectedAt = when("2026-01-01T00:00:00Z")
	case 3:
		c.Entries, c.EntryOpen = 1, true
	case 4:
		c.Entries, c.LastEntryAt = 1, when("2026-04-20T09:00:00Z")
	case 5:
		c.Contacts7d = 2
	case 6:
		c.EnteredToday = "c0"
	case 7:
		c.Arm = rapid.SampledFrom([]string{"treated", "control"}).Draw(t, "arm")
	}
	return c
}

func enters(d Decision) bool { return d.Outcome == OutcomeTreated || d.Outcome == OutcomeControl }

// TestDecideProperties holds what a plan promises whatever the campaigns and customers are.
func TestDecideProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		contests := drawContests(t)
		plans := Decide(contests, noon, generous)
		by := map[int64]string{}
		for i, p := range plans {
			same(t, "campaign", p.Campaign.Key, contests[i].Campaign.Key)
			checkPlan(t, &p, contests[i])
			for _, d := range p.Decisions {
				if !enters(d) {
					continue
				}
				if other, taken := by[d.CustomerID]; taken {
					t.Fatalf("customer %d is taken by %s and %s", d.CustomerID, other, p.Campaign.Key)
				}
				by[d.CustomerID] = p.Campaign.Key
			}
		}
		checkArbitration(t, contests, plans)
	})
}

// checkPlan: every candidate has exactly one decision, counts add up, budgets hold, an arm once assigned stays.
func checkPlan(t *rapid.T, p *Plan, c Contest) {
	ids := make([]int64, len(p.Decisions))
	entered := 0
	for i, d := range p.Decisions {
		ids[i] = d.CustomerID
		if enters(d) {
			entered++
		} else if d.Detail == "" {
			t.Fatalf("customer %d is stopped by %s without a reason", d.CustomerID, d.Outcome)
		}
	}
	want := make([]int64, len(c.Candidates))
	for i := range c.Candidates {
		want[i] = c.Candidates[i].CustomerID
		if arm := c.Candidates[i].Arm; arm != "" && enters(p.Decisions[i]) && string(p.Decisions[i].Outcome) != arm {
			t.Fatalf("customer %d was %s and is now %s", want[i], arm, p.Decisions[i].Outcome)
		}
	}
	same(t, "customers decided", ids, want)
	same(t, "entering", len(p.Entering), entered)
	sum := p.Count(OutcomeTreated) + p.Count(OutcomeControl)
	for _, n := range p.Stopped() {
		sum += n
	}
	same(t, "sum of the counts", sum, p.Matched)
	if limit := c.Campaign.Entry.PerDay; limit > 0 && entered > max(0, limit-c.Spent.EntriesToday) {
		t.Fatalf("%d entered on a day for %d", entered, limit)
	}
	if limit := c.Campaign.Budget.Mails; limit > 0 && entered > 0 {
		expected := float64(c.Spent.Mails["reminder"]) + float64(entered)*(1-c.Campaign.Holdout)
		if expected > float64(limit)+1e-9 {
			t.Fatalf("%g mails expected of %d", expected, limit)
		}
	}
}

// checkArbitration: who is stopped by arbitration was taken by the campaign named, which has the right of way.
func checkArbitration(t *rapid.T, contests []Contest, plans []Plan) {
	for i, p := range plans {
		for j, d := range p.Decisions {
			if d.Outcome != GateArbitration || contests[i].Candidates[j].EnteredToday != "" {
				continue
			}
			k := slices.IndexFunc(plans, func(o Plan) bool { return "taken by "+o.Campaign.Key == d.Detail })
			winner := plans[k].Campaign
			if winner.Priority < p.Campaign.Priority || k == i {
				t.Fatalf("%s (priority %d) lost customer %d to %s (%d)", p.Campaign.Key, p.Campaign.Priority, d.CustomerID, winner.Key, winner.Priority)
			}
			at, _ := slices.BinarySearchFunc(plans[k].Decisions, d, func(a, b Decision) int { return int(a.CustomerID - b.CustomerID) })
			if !enters(plans[k].Decisions[at]) {
				t.Fatalf("%s is said to have taken customer %d, but decided %s", winner.Key, d.CustomerID, plans[k].Decisions[at].Outcome)
			}
		}
	}
}

// TestDecideIgnoresOrder shuffles campaigns and candidates: every decision stays.
func TestDecideIgnoresOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		contests := drawContests(t)
		want := map[string][]Decision{}
		for _, p := range Decide(contests, noon, generous) {
			want[p.Campaign.Key] = p.Decisions
		}
		shuffle := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		shuffle.Shuffle(len(contests), func(i, j int) { contests[i], contests[j] = contests[j], contests[i] })
		for _, c := range contests {
			shuffle.Shuffle(len(c.Candidates), func(i, j int) { c.Candidates[i], c.Candidates[j] = c.Candidates[j], c.Candidates[i] })
		}
		for _, p := range Decide(contests, noon, generous) {
			same(t, p.Campaign.Key, p.Decisions, want[p.Campaign.Key])
		}
	})
}

// TestGatesCannotSeeTheArm draws everybody anew with another split: who passes the gates stays the same.
func TestGatesCannotSeeTheArm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		contests := drawContests(t)
		passed := func() (passed []string) {
			for _, p := range Decide(contests, noon, generous) {
				for _, d := range p.Decisions {
					passed = append(passed, fmt.Sprint(p.Campaign.Key, d.CustomerID, enters(d), d.Detail))
				}
			}
			return passed
		}
		before := passed()
		for i := range contests {
			contests[i].Campaign.Split = rapid.IntRange(2, 1000).Draw(t, "split")
			for j := range contests[i].Candidates {
				contests[i].Candidates[j].Arm = ""
			}
		}
		same(t, "who passes", passed(), before)
	})
}

// TestRightOfWay spells the order out: priority, then what is at stake, then the key.
func TestRightOfWay(t *testing.T) {
	t.Parallel()
	compete := func(change func(a, b *Contest)) string {
		one := func(key string) Contest {
			return Contest{Campaign: campaignOf(t, func(d *Definition) { d.Key = key }), Candidates: []Candidate{willing(7)}}
		}
		a, b := one("a"), one("b")
		change(&a, &b)
		for _, p := range Decide([]Contest{b, a}, noon, generous) {
			if len(p.Entering) == 1 {
				return p.Campaign.Key
			}
		}
		return ""
	}
	same(t, "key", compete(func(_, _ *Contest) {}), "a")
	same(t, "stake", compete(func(_, b *Contest) { b.Candidates[0].Stake = 1 }), "b")
	same(t, "priority before stake", compete(func(a, b *Contest) { a.Campaign.Priority, b.Candidates[0].Stake = 1, 99 }), "a")
	same(t, "an exhausted campaign passes the turn on", compete(func(a, _ *Contest) {
		a.Campaign.Priority, a.Campaign.Entry.PerDay, a.Spent.EntriesToday = 9, 5, 5
	}), "b")
	same(t, "who is in the first already is free for the second", compete(func(a, _ *Contest) {
		a.Campaign.Priority, a.Candidates[0].EntryOpen = 9, true
	}), "b")
	same(t, "nobody", compete(func(a, b *Contest) { a.Candidates[0].Suppressed, b.Candidates[0].HasAddress = true, false }), "")
}
