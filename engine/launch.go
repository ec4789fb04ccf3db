package engine

import (
	"context"
	"math"
	"time"

	"treue/campaigns"
	"treue/campaigns/lift"
)

// Launch is what a campaign's control share would give and cost before it starts.
type Launch struct {
	lift.Launch

	From    time.Time // of the past window
	Margin  bool      // the amounts are margin; else revenue
	Choices []lift.Choice
	Missing lift.Reason // why there are no choices; "" if there are
}

// PlanLaunch says for three control shares, the campaign's own among them, when a verdict would come, what it would see
// and what it would cost if the mail brought gain per customer; nil once anybody is assigned.
//
// It looks at those who matched the audience one window ago, and at what they have brought since: those who match today
// have often been chosen for having bought nothing.
func (e *Engine) PlanLaunch(ctx context.Context, now time.Time, p *Planned, gain float64) (*Launch, error) {
	c := p.Campaign
	launched, err := e.store.Launched(ctx, c.Key, c.Split)
	if err != nil || launched {
		return nil, err
	}
	window := reads(c)[0]
	l := &Launch{From: campaigns.SameLocalTime(now, -window, c.Zone)}
	then, err := e.audience(ctx, l.From, c)
	if err != nil {
		return nil, err
	}
	today, err := e.audience(ctx, now, c)
	if err != nil {
		return nil, err
	}
	w := e.window(c, c.Split, window)
	past, err := e.store.Past(ctx, then, w.Terms, l.From, now, now)
	if err != nil {
		return nil, err
	}
	waiting := p.ToSend() + p.Control() + p.Stopped()[campaigns.GateBudget]
	reachable := 0.0
	if p.Matched > 0 {
		reachable = float64(waiting) / float64(p.Matched)
	}
	l.Margin = past.Margin
	l.Launch = lift.Launch{
		History: past.Sums, HistoryBuyers: past.Buyers, Waiting: int64(waiting), PerDay: int64(c.Entry.PerDay),
		NewPerDay: reachable * float64(newcomers(then, today)) / float64(window), WindowDays: int(window), GraceDays: int(c.Grace),
		On: now.In(c.Zone), Alpha: lift.Alpha(false), Gain: gain, Effect: gain,
	}
	if l.Choices, err = lift.Plan(l.Launch, controlShares(c.Holdout)); err != nil {
		l.Missing = lift.ReasonOf(err)
	}
	return l, nil
}

// controlShares are the shares to choose from; the campaign's own takes the place of the nearest.
func controlShares(own float64) []float64 {
	shares := []float64{0.5, 0.33, 0.2}
	if !(own > 0 && own < 1) {
		return shares
	}
	nearest := 0
	for i, s := range shares {
		if math.Abs(s-own) < math.Abs(shares[nearest]-own) {
			nearest = i
		}
	}
	shares[nearest] = own
	return shares
}

// audience are the customers who match the campaign on the day of now.
func (e *Engine) audience(ctx context.Context, now time.Time, c *campaigns.Campaign) ([]int64, error) {
	set, err := e.Snapshots(ctx, now)
	if err != nil {
		return nil, err
	}
	matched, err := e.match(ctx, now, set, []*campaigns.Campaign{c})
	if err != nil {
		return nil, err
	}
	return customersOf(matched[0]), nil
}

// newcomers counts those of today who did not match then.
func newcomers(then, today []int64) (n int) {
	matched := make(map[int64]bool, len(then))
	for _, id := range then {
		matched[id] = true
	}
	for _, id := range today {
		if !matched[id] {
			n++
		}
	}
	return n
}
