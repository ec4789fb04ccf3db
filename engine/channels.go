package engine

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"treue/engine/store"
	"treue/rules/worth"
)

// Channel is what customers who came the same way are worth against what winning them cost. Money is in major units,
// per customer unless said otherwise; what is unknown is NaN.
type Channel struct {
	store.Origin

	CLV             float64 // historic plus predicted
	MailCost        float64 // of mail to them so far
	AcquisitionCost float64 // of those whose cost is known
	Ratio           float64 // CLV less mail cost, of those, to their acquisition cost
	Payback         int     // months after the first order until it is earned; -1: not within what was watched, or no cost
	Curve           []float64
	Small           bool // too few customers for the figures to be steady
}

// Channels are all ways in which customers came.
type Channels struct {
	Set      store.Set
	By       string // channel or category
	Basis    string // margin or revenue
	Channels []Channel
}

// fewCustomers of a channel are too few for steady figures.
const fewCustomers = 30

// Channels says on the day of now what customers are worth by acquisition channel or, by category, by the category of
// their first order; the most valuable channel first.
func (e *Engine) Channels(ctx context.Context, now time.Time, by string) (*Channels, error) {
	set, err := e.Snapshots(ctx, now)
	if err != nil {
		return nil, err
	}
	return e.channelsOf(ctx, set, by)
}

func (e *Engine) channelsOf(ctx context.Context, set store.Set, by string) (*Channels, error) {
	m, err := e.store.Model(ctx, set.ModelID)
	if err != nil {
		return nil, err
	}
	c := &Channels{Set: set, By: by, Basis: m.Basis()}
	origins, err := e.store.Origins(ctx, set, e.view(set.AsOf), e.terms(), by, c.Basis == "margin")
	if err != nil {
		return nil, err
	}
	for i := range origins {
		c.Channels = append(c.Channels, channelOf(&origins[i], e.CostPerMail))
	}
	slices.SortFunc(c.Channels, func(a, b Channel) int {
		return cmp.Or(cmp.Compare(b.Historic+b.Predicted, a.Historic+a.Predicted), strings.Compare(a.Name, b.Name))
	})
	return c, nil
}

func channelOf(o *store.Origin, costPerMail float64) Channel {
	n := float64(o.Customers)
	c := Channel{
		Origin: *o, CLV: (o.Historic + o.Predicted) / n, MailCost: float64(o.Mails) * costPerMail / n, AcquisitionCost: math.NaN(), Ratio: math.NaN(),
		Payback: -1, Small: o.Customers < fewCustomers,
	}
	cohort := worth.Cohort{Name: o.Name, Seen: o.Seen, Earned: o.Earned}
	c.Curve = cohort.Curve()
	if o.Priced == 0 {
		return c
	}
	priced := float64(o.Priced)
	c.AcquisitionCost = o.Cost / priced
	if o.Cost > 0 {
		c.Ratio = (o.PricedCLV - priced*c.MailCost) / o.Cost
	}
	if month, ok := cohort.Payback(c.AcquisitionCost); ok {
		c.Payback = month
	}
	return c
}
