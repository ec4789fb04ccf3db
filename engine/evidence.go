package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"treue/campaigns/assign"
	"treue/campaigns/lift"
	"treue/engine/store"
)

// gather adds to a split's reports what stands beside their figures.
func (e *Engine) gather(ctx context.Context, w store.Window, now time.Time, reports []Report) error {
	if len(reports) == 0 {
		return nil
	}
	found, err := e.store.Evidence(ctx, w, reports[0].Basis == "margin", now)
	for i := range reports {
		reports[i].Evidence = found
	}
	return err
}

// Conduct returns how an arm was treated and how it behaved; all zero if nothing is known of it.
func (r *Report) Conduct(arm string) store.Conduct {
	for i := range r.Evidence.Conduct {
		if r.Evidence.Conduct[i].Arm == arm {
			return r.Evidence.Conduct[i]
		}
	}
	return store.Conduct{Arm: arm}
}

// SegmentLift is the effect among customers who were in one segment on the day of the draw. Many segments are looked at
// and none of them was planned, so it is for ideas and no verdict.
type SegmentLift struct {
	Segment          string
	Treated, Control int64
	Estimate         lift.Estimate
	Holm             float64 // p-value adjusted for the number of segments; 1 where there is no estimate
}

// Segments compares the arms within the segments of the day of the draw, by name.
func (r *Report) Segments() []SegmentLift {
	strata := map[string]lift.Stratum{}
	for arm := range r.Arms {
		for _, st := range r.Arms[arm].Strata {
			if st.Segment == "" {
				continue
			}
			s := strata[st.Segment]
			if arm == 0 {
				s.Control = s.Control.Merge(st.Joint.Linear(1))
			} else {
				s.Treated = s.Treated.Merge(st.Joint.Linear(1))
			}
			strata[st.Segment] = s
		}
	}
	var all []SegmentLift
	for name, s := range strata {
		all = append(all, SegmentLift{
			Segment: name, Treated: s.Treated.N, Control: s.Control.N, Holm: 1,
			Estimate: lift.Assess(s.Treated, s.Control, lift.Alpha(r.External())),
		})
	}
	slices.SortFunc(all, func(a, b SegmentLift) int { return cmp.Compare(a.Segment, b.Segment) })
	var p []float64
	for i := range all {
		if all[i].Estimate.Defined() {
			p = append(p, all[i].Estimate.PValue)
		}
	}
	adjusted, err := lift.Holm(p)
	if err != nil {
		return all
	}
	for i := range all {
		if all[i].Estimate.Defined() {
			all[i].Holm, adjusted = adjusted[0], adjusted[1:]
		}
	}
	return all
}

// Interaction is what another campaign of ours did to the effect of this one.
type Interaction struct {
	Campaign  string
	Split     int
	Customers int64 // in both
	Effect    *lift.Overlap
	Q         float64 // p-value adjusted for the number of campaigns (Benjamini-Hochberg); 1 where Effect is nil
}

// Interactions compares the effect between the arms of every other campaign that ran over the same customers. Effect is
// nil where a group has fewer than 500 of them.
func (r *Report) Interactions() []Interaction {
	type cell struct{ mine, other bool }
	groups := map[Interaction]map[cell]lift.Sums{}
	var keys []Interaction
	for _, o := range r.Evidence.Overlaps {
		if o.Arm != r.Arm && o.Arm != string(assign.Control) {
			continue
		}
		key := Interaction{Campaign: o.Campaign, Split: o.Split}
		if groups[key] == nil {
			groups[key], keys = map[cell]lift.Sums{}, append(keys, key)
		}
		at := cell{o.Arm == r.Arm, o.Other != string(assign.Control)}
		groups[key][at] = groups[key][at].Merge(o.Sums)
	}
	var p []float64
	for i := range keys {
		k := &keys[i]
		g := groups[*k]
		for _, s := range g {
			k.Customers += s.N
		}
		k.Q = 1
		found, err := lift.InteractionOf(g[cell{}], g[cell{false, true}], g[cell{true, false}], g[cell{true, true}])
		if err == nil {
			k.Effect, p = &found, append(p, found.P)
		}
	}
	if chosen, err := lift.Select(p, lift.FalseDiscoveryRate); err == nil {
		for i := range keys {
			if keys[i].Effect != nil {
				keys[i].Q, chosen.Q = chosen.Q[0], chosen.Q[1:]
			}
		}
	}
	return keys
}

// AnyDay is the interval that is valid on any day, however often somebody looks; false before its burn-in is over and
// for campaigns that ran elsewhere, which are read once.
func (r *Report) AnyDay() (lift.Sequence, bool) {
	in := &r.input
	if r.External() || in.Planned == 0 {
		return lift.Sequence{}, false
	}
	s, err := lift.AlwaysValid(in.Treated, in.Control, in.Planned, lift.AlphaAnyLook)
	return s, err == nil
}

// Attributable is the share of what the treated brought that the campaign caused, 0 where that has no meaning.
func (r *Report) Attributable() float64 {
	share, err := lift.Attributable(r.Arms[1].Sums, r.Arms[0].Sums)
	if err != nil {
		return 0
	}
	return share
}

// Guardrail is a thing that a campaign must not drive up: how many customers of an arm did it.
type Guardrail struct {
	Name string // unsubscribed, complained, returned or discounted
	Of   func(store.Conduct) int64
}

// Guardrails are all of them, the gravest first.
func Guardrails() []Guardrail {
	return []Guardrail{
		{"complained", func(c store.Conduct) int64 { return c.Complained }},
		{"unsubscribed", func(c store.Conduct) int64 { return c.Unsubscribed }},
		{"returned", func(c store.Conduct) int64 { return c.Returners }},
		{"discounted", func(c store.Conduct) int64 { return c.Couponers }},
	}
}

// Difference compares a guardrail between the arms, treated minus control, as a share of those assigned.
func (r *Report) Difference(g Guardrail) lift.Estimate {
	var sums [2]lift.Sums
	for i, arm := range []string{r.Arms[0].Arm, r.Arm} {
		c := r.Conduct(arm)
		n := float64(g.Of(c))
		sums[i] = lift.Sums{N: c.Customers, Y: n, Y2: n, Y3: n}
	}
	return lift.Assess(sums[1], sums[0], lift.Alpha(r.External()))
}
