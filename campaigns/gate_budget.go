package campaigns

// Spent is what a campaign has used of its budget in the current period, and how many entered today.
type Spent struct {
	Mails        int     // real mails, planned ones included
	Money        float64 // major units: mail cost and offers handed out
	EntriesToday int
}

// admitter is a gate that counts whom the last gate let pass.
type admitter interface{ admit(c *Candidate) }

// budgetGate keeps customers for whom no budget is left: mails and money per period, entries per day. It must not
// see the arm, so an entry is charged at the share that will be treated.
type budgetGate struct {
	budget      Budget
	perDay      int
	mailsEach   float64 // expected real mails per entry
	moneyEach   float64 // expected money per entry
	mails       float64
	money       float64
	entries     int
	costPerMail float64
}

func newBudgetGate(c *Campaign, s Settings, spent Spent) *budgetGate {
	cost := s.CostPerMail
	if c.CostPerMail != nil {
		cost = *c.CostPerMail
	}
	g := &budgetGate{
		budget: c.Budget, perDay: c.Entry.PerDay, costPerMail: cost,
		mails: float64(spent.Mails), money: spent.Money, entries: spent.EntriesToday,
	}
	treated := 1 - c.Holdout
	for _, step := range c.Steps {
		g.mailsEach += treated
		g.moneyEach += treated * cost
		if step.Offer != nil {
			g.moneyEach += treated * step.Offer.Amount
		}
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
