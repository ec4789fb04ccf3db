package lift

import "math"

// Line is one campaign of a portfolio.
type Line struct {
	Estimate          // at the level of a single campaign
	Q        float64  // p-value adjusted for the number of campaigns, 1 if undefined
	Selected bool     // called effective at the portfolio's false discovery rate
	FCR      Interval // of the selected: at the level that counts how many were selected; else zero
	Shrunken Measured // per customer; zero if undefined
}

// Portfolio are all campaigns of a review period read together.
type Portfolio struct {
	Lines           []Line // in the order given
	Selection       Selection
	Raw             Measured // sum of all effects, for all treated customers
	Shrunken        Measured // the same with shrunken effects: what the programme can claim
	RawWinners      float64  // sum of the raw effects of all that work on their own, which luck has helped to pick
	ShrunkenWinners float64  // the same with shrunken effects
	Undefined       int      // campaigns without an estimate, in no sum
}

// Review reads all campaigns of a period: Benjamini-Hochberg on their decision p-values, intervals of the selected at
// the false coverage rate, and sums of shrunken effects. Alpha is that of each line's own interval.
//
// A campaign without an estimate stands in its line with its reason, is in no sum and does not count among those looked
// at. Undefined with OutOfRange for an alpha or a rate outside 0 to 1.
func Review(campaigns []Stratum, alpha, rate float64) (Portfolio, error) {
	if err := checkShare("alpha", alpha); err != nil {
		return Portfolio{}, err
	}
	p := Portfolio{Lines: make([]Line, len(campaigns))}
	var defined []int
	var values []float64
	for i, c := range campaigns {
		p.Lines[i] = Line{Estimate: Assess(c.Treated, c.Control, alpha), Q: 1}
		if !p.Lines[i].Defined() {
			p.Undefined++
			continue
		}
		defined = append(defined, i)
		values = append(values, p.Lines[i].PValue)
	}
	var err error
	if p.Selection, err = Select(values, rate); err != nil || len(defined) == 0 {
		return p, err
	}
	if err := p.selectLines(campaigns, defined); err != nil {
		return p, err
	}
	return p, p.sum(defined)
}

// selectLines gives the selected their wider intervals.
func (p *Portfolio) selectLines(campaigns []Stratum, defined []int) (err error) {
	for at, i := range defined {
		line := &p.Lines[i]
		line.Q, line.Selected = p.Selection.Q[at], p.Selection.Selected[at]
		if !line.Selected {
			continue
		}
		if line.FCR, err = DecisionInterval(campaigns[i].Treated, campaigns[i].Control, 1-p.Selection.Level); err != nil {
			return err
		}
	}
	return nil
}

// sum adds up the effects of all and of the winners.
func (p *Portfolio) sum(defined []int) error {
	effects, customers := make([]Measured, len(defined)), make([]int64, len(defined))
	for at, i := range defined {
		line := p.Lines[i]
		// The larger standard error: Welch's own would trust a small control that has not seen its big spenders most.
		effects[at], customers[at] = Measured{line.Diff, line.widest()}, line.Treated
	}
	s, err := Shrink(effects)
	if err != nil {
		return err
	}
	p.Shrunken = s.Total(customers)
	for at, i := range defined {
		line, n := &p.Lines[i], float64(customers[at])
		line.Shrunken = s.Shrunken[at]
		p.Raw.Effect += n * line.Diff
		p.Raw.SE = math.Hypot(p.Raw.SE, n*effects[at].SE)
		if line.Works() {
			p.RawWinners += n * line.Diff
			p.ShrunkenWinners += n * line.Shrunken.Effect
		}
	}
	return nil
}

// widest is the standard error of the skewed side.
func (e Estimate) widest() float64 { return math.Max(e.SEPooled, e.SEWelch) }

// Gap is what the campaigns claim together beyond what the global holdout confirms: campaigns that take each other's
// sales, and luck.
type Gap struct {
	Claimed   Measured // shrunken total of the campaigns
	Confirmed Measured // total of everybody outside the holdout against the holdout
	Value, SE float64  // claimed minus confirmed; the two are read as independent, which errs towards no gap
	Low, High float64
	Shown     bool // the interval excludes 0
}

// GapTo compares a portfolio's total with the global holdout's of the same period at level 1 - alpha.
//
// Everybody outside the holdout counts as treated, mailed or not: the holdout confirms the programme, not the mails.
// Undefined with FewerThanTwo if either side has no estimate.
func (p Portfolio) GapTo(holdout Estimate, alpha float64) (Gap, error) {
	if err := checkShare("alpha", alpha); err != nil {
		return Gap{}, err
	}
	if !holdout.Defined() || p.Undefined == len(p.Lines) {
		return Gap{}, &Undefined{FewerThanTwo, "the holdout or the campaigns have no estimate"}
	}
	n := float64(holdout.Treated)
	g := Gap{Claimed: p.Shrunken, Confirmed: Measured{n * holdout.Diff, n * holdout.widest()}}
	g.Value, g.SE = g.Claimed.Effect-g.Confirmed.Effect, math.Hypot(g.Claimed.SE, g.Confirmed.SE)
	half := normalQuantile(alpha) * g.SE
	g.Low, g.High = g.Value-half, g.Value+half
	g.Shown = g.Low > 0 || g.High < 0
	return g, nil
}
