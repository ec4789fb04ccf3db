package campaigns

import "testing"

// entering returns how many of n candidates all gates let pass.
func entering(t *testing.T, c *Campaign, s Settings, spent Spent, n int) int {
	t.Helper()
	all := make([]Candidate, n)
	for i := range all {
		all[i] = willing(int64(i + 1))
	}
	p := Decide([]Contest{{Campaign: c, Candidates: all, Spent: spent}}, noon, s)[0]
	stopped := 0
	for _, count := range p.Stopped() {
		stopped += count
	}
	same(t, "decisions", stopped+len(p.Entering), n)
	return len(p.Entering)
}

func TestBudgetGate(t *testing.T) {
	t.Parallel()
	cost := 0.5
	two := []Step{{Key: "a", Template: "a"}, {Key: "b", Template: "b", Wait: 7, Offer: &Offer{Amount: 4.5}}}
	for _, c := range []struct {
		name   string
		change func(*Definition)
		spent  Spent
		want   int
	}{
		{"unlimited", nil, Spent{}, 100},
		{"per day", func(d *Definition) { d.Entry.PerDay = 10 }, Spent{}, 10},
		{"rest of the day", func(d *Definition) { d.Entry.PerDay = 10 }, Spent{EntriesToday: 7}, 3},
		{"day is full", func(d *Definition) { d.Entry.PerDay = 10 }, Spent{EntriesToday: 12}, 0},
		{"mails at the treated share", func(d *Definition) { d.Budget = Budget{Mails: 10, Per: "day"} }, Spent{}, 20},
		{"mails spent", func(d *Definition) { d.Budget = Budget{Mails: 10, Per: "day"} }, Spent{Mails: map[string]int{"reminder": 5}}, 10},
		{"mails of a step that is gone", func(d *Definition) { d.Budget = Budget{Mails: 10, Per: "day"} }, Spent{Mails: map[string]int{"gone": 9}}, 2},
		{"two steps", func(d *Definition) { d.Budget, d.Steps = Budget{Mails: 10, Per: "day"}, two }, Spent{}, 10},
		{"money", func(d *Definition) {
			d.Budget, d.Steps, d.CostPerMail = Budget{Money: 27.5, Per: "month"}, two, &cost
		}, Spent{}, 10}, // half of 0.50 + 0.50 + 4.50 each
		{"money spent by step", func(d *Definition) {
			d.Budget, d.Steps, d.CostPerMail = Budget{Money: 27.5, Per: "month"}, two, &cost
		}, Spent{Mails: map[string]int{"a": 12, "b": 1}}, 6}, // 12 x 0.50 + 5.00 are gone
		{"everybody is treated", func(d *Definition) { d.Budget, d.Holdout = Budget{Mails: 10, Per: "week"}, 0 }, Spent{}, 10},
	} {
		same(t, c.name, entering(t, campaignOf(t, c.change), generous, c.spent, 100), c.want)
	}
	shopCost := generous
	shopCost.CostPerMail = 1
	byShop := campaignOf(t, func(d *Definition) { d.Budget = Budget{Money: 5, Per: "day"} })
	same(t, "the shop's cost per mail", entering(t, byShop, shopCost, Spent{}, 100), 10)
	free := campaignOf(t, func(d *Definition) {
		zero := 0.0
		d.Budget, d.CostPerMail = Budget{Money: 5, Per: "day"}, &zero
	})
	same(t, "the campaign's own cost counts, zero too", entering(t, free, shopCost, Spent{}, 100), 100)
}

// TestBudgetGoesToTheStake checks that a short budget takes those who may lose most.
func TestBudgetGoesToTheStake(t *testing.T) {
	t.Parallel()
	c := campaignOf(t, func(d *Definition) { d.Entry.PerDay = 2 })
	all := []Candidate{willing(1), willing(2), willing(3), willing(4)}
	for i, stake := range []float64{10, 40, 20, 40} {
		all[i].Stake = stake
	}
	p := Decide([]Contest{{Campaign: c, Candidates: all}}, noon, generous)[0]
	same(t, "entering", []int64{p.Entering[0].CustomerID, p.Entering[1].CustomerID}, []int64{2, 4})
	same(t, "stopped", p.Stopped(), map[Outcome]int{GateBudget: 2})
}

func TestCouponGate(t *testing.T) {
	t.Parallel()
	unique := campaignOf(t, func(d *Definition) { d.Steps[0].Offer = &Offer{Percent: 10, Unique: true} })
	shared := campaignOf(t, func(d *Definition) { d.Steps[0].Offer = &Offer{Percent: 10} })
	stock := func(n int) Settings {
		s := generous
		s.CouponStock = map[string]int{"winback": n}
		return s
	}
	same(t, "our own codes never run out", entering(t, unique, generous, Spent{}, 50), 50)
	same(t, "a stock runs out", entering(t, unique, stock(20), Spent{}, 50), 20)
	same(t, "an empty stock", entering(t, unique, stock(0), Spent{}, 50), 0)
	same(t, "without codes of one's own no stock is needed", entering(t, shared, stock(0), Spent{}, 50), 50)
	p := Decide([]Contest{{Campaign: unique, Candidates: []Candidate{willing(1)}}}, noon, stock(0))[0]
	same(t, "reason", p.Decisions[0], Decision{1, GateCouponStock, "no coupon code left"})
}
