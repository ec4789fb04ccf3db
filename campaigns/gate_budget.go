package campaigns

// Spent is what a campaign has used of its budget in the current period, and how many entered today.
type Spent struct {
	Mails        map[string]int // real mails by step key, planned ones included
	EntriesToday int
}

// admitter is a gate that counts whom the last gate let pass.
type admitter interface{ admit(c *Candidate) }

// budgetGate keeps customers for whom no budget is left: mails and money per period, entries per day. It must not
// see the arm, so an entry is charged at the share that will be treated. Money is mail cost and fixed amounts offered;
// what a discount in per cent costs depends on an order that nobody knows yet.
type budgetGate struct {
	budget    Budget
	perDay    int
	mailsEach float64 // expected real mails per entry
	moneyEach float64 // expected money per entry
	mails     float64
	money     float64
	entries   int
}

func newBudgetGate(c *Campaign, s Settings, spent Spent) *budgetGate {
	cost := s.CostPerMail
	if c.CostPerMail != nil {
		cost = *c.CostPerMail
	}
	g := &budgetGate{budget: c.Budget, perDay: c.Entry.PerDay, entries: spent.EntriesToday}
	amounts := map[string]float64{}
	treated := 1 - c.Holdout
	for _, step := range c.Steps {
		if step.Offer != nil {
			amounts[step.Key] = step.Offer.Amount
		}
		g.mailsEach += treated
		g.moneyEach += treated * (cost + amounts[step.Key])
	}
	for key, mails := range spent.Mails { // a step of an earlier version costs its mails
		g.mails += float64(mails)
		g.money += float64(mails) * (cost + amounts[key])
	}
	return g
}

func (*budgetGate) Outcome() Outcome { return GateBudget }

func (g *budgetGate) Stop(*Candidate) string {
	switch {
	case g.perDay > 0 && g.entries >= g.perDay:
		return "as many entries as a day may have"
	case g.budget.Mails > 0 && g.mails+g.mailsEach > float64(g.budget.Mails):
		return "no mails left in the budget of the " + g.budget.Per
	case g.budget.Money > 0 && g.money+g.moneyEach > g.budget.Money:
		return "no money left in the budget of the " + g.budget.Per
	}
	return ""
}

func (g *budgetGate) admit(*Candidate) {
	g.entries++
	g.mails += g.mailsEach
	g.money += g.moneyEach
}

// couponGate keeps customers for whom no code is left. Codes that we make ourselves never run out.
type couponGate struct {
	limited bool
	left    int
}

func newCouponGate(c *Campaign, s Settings) *couponGate {
	left, limited := s.CouponStock[c.Key]
	return &couponGate{limited: limited && c.UsesCoupons(), left: left}
}

func (*couponGate) Outcome() Outcome { return GateCouponStock }

func (g *couponGate) Stop(*Candidate) string {
	if g.limited && g.left <= 0 {
		return "no coupon code left"
	}
	return ""
}

func (g *couponGate) admit(*Candidate) { g.left-- }
