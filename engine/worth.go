package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"treue/engine/store"
	"treue/rules"
	"treue/rules/clv"
	"treue/rules/features"
	"treue/rules/worth"
)

// Value is what the customers of a shop are worth on a day, and who carries it.
type Value struct {
	Set      store.Set
	Basis    string // margin or revenue
	Model    store.Model
	All      worth.Holding
	Groups   []ValueGroup
	CLV      worth.Concentration // of historic plus predicted value over the buyers
	Revenue  worth.Concentration
	Previous *store.Month // the last one remembered two weeks or more before; nil: none
	Segments []store.Move // since then
	Tiers    []store.Move
}

// ValueGroup is a segment, stage or tier.
type ValueGroup struct {
	Kind, Name string
	worth.Holding
	Rule   string           // whom it means, in the rule language
	Before store.TrendGroup // at the previous month; Name is "" where that is unknown
}

// sampledPerSegment buyers of each segment, at least, are looked at for the range of sums; smaller segments are looked at whole.
const sampledPerSegment = 2000

// Value adds up what the customers are worth on the day of now, by segment, life-cycle stage and tier.
func (e *Engine) Value(ctx context.Context, now time.Time) (*Value, error) {
	set, err := e.Snapshots(ctx, now)
	if err != nil {
		return nil, err
	}
	return e.valueOf(ctx, set)
}

// valueOf adds up what the customers of a set are worth.
func (e *Engine) valueOf(ctx context.Context, set store.Set) (*Value, error) {
	m, err := e.store.Model(ctx, set.ModelID)
	if err != nil {
		return nil, err
	}
	v := &Value{Set: set, Model: m, Basis: m.Basis(), Groups: valueGroups()}
	if err := e.addUp(ctx, v); err != nil {
		return nil, err
	}
	return v, e.compare(ctx, v)
}

// valueGroups are all groups in the order in which they are shown.
func valueGroups() []ValueGroup {
	var all []ValueGroup
	for _, s := range features.Segments() {
		all = append(all, ValueGroup{Kind: "segment", Name: s, Rule: `segment == "` + s + `"`})
	}
	for _, s := range worth.Stages() {
		all = append(all, ValueGroup{Kind: "stage", Name: s.Name, Rule: s.Rule})
	}
	for _, t := range []string{"a", "b", "c", "d"} {
		all = append(all, ValueGroup{Kind: "tier", Name: t, Rule: `tier == "` + t + `"`})
	}
	return all
}

// addUp reads every customer once.
func (e *Engine) addUp(ctx context.Context, v *Value) error {
	doubt, err := doubtOf(&v.Model)
	if err != nil {
		return err
	}
	p, err := worth.NewPortfolio(len(v.Groups)+1, doubt)
	if err != nil {
		return err
	}
	s := sorter{groups: v.Groups, day: v.Set.Day, samples: map[string]*sample{}}
	if s.stages, err = stages(); err != nil {
		return err
	}
	view := e.view(v.Set.AsOf)
	view.Needs = rules.Needs{Columns: []string{
		"orders", "revenue", "last_order_on", "first_order_on", "p_alive", "clv_historic", "clv_predicted", "segment", "tier", "rhythm", "repeat_days", "repeat_spend",
	}}
	for _, stage := range s.stages {
		view.Needs = view.Needs.Join(stage.Rule.Needs())
	}
	var values, revenues []float64
	err = e.store.EachSnapshot(ctx, v.Set, view, func(c *features.Snapshot) error {
		position := s.sort(c)
		p.Add(&position)
		if position.Buyer {
			values, revenues = append(values, c.CLV()), append(revenues, c.Revenue)
		}
		return nil
	})
	if err != nil {
		return err
	}
	// In one order, so that sums have the same digits every time.
	for _, segment := range slices.Sorted(maps.Keys(s.samples)) {
		s.samples[segment].measure(p)
	}
	p.Close()
	for i := range v.Groups {
		v.Groups[i].Holding = p.Holdings[i]
	}
	v.All = p.Holdings[len(v.Groups)]
	v.CLV, v.Revenue = worth.Concentrate(values), worth.Concentrate(revenues)
	return nil
}

// doubtOf restores what the range of a sum is computed from.
func doubtOf(m *store.Model) (worth.Doubt, error) {
	purchases, money, err := models(*m)
	// Fits that note their outcome keep their covariances; one without has none to keep.
	return worth.Doubt{
		Model: purchases, ModelCovariance: clv.Covariance(m.Covariance), Money: money, MoneyCovariance: clv.Covariance(m.SpendCovariance),
		Share: m.MarginShare(), CovariancesUnknown: m.Outcome == "",
	}, err
}

// sorter puts customers into their groups.
type sorter struct {
	groups  []ValueGroup
	stages  []store.NamedRule
	day     features.Day
	samples map[string]*sample // of buyers, by segment
	in      []int              // groups of the customer at hand
}

func (s *sorter) sort(c *features.Snapshot) worth.Position {
	s.in = append(s.in[:0], len(s.groups))
	p := worth.Position{Buyer: c.Orders > 0, Revenue: c.Revenue, Historic: c.CLVHistoric, Predicted: c.CLVPredicted}
	stage := ""
	for _, st := range s.stages {
		if st.Rule.Match(c, s.day) {
			stage = st.Name
			break
		}
	}
	for i := range s.groups {
		g := &s.groups[i]
		if g.Kind == "segment" && g.Name == c.Segment || g.Kind == "stage" && g.Name == stage || g.Kind == "tier" && g.Name == c.Tier {
			s.in = append(s.in, i)
		}
	}
	p.Groups = s.in
	if p.Buyer {
		p.Spend = clv.Spend{X: int(c.RepeatDays), Mean: c.RepeatSpend}
		p.History = clv.History{
			X: int(c.RepeatDays), Tx: clv.Days(int(c.LastOrderOn - c.FirstOrderOn)), T: clv.Days(int(s.day - c.FirstOrderOn)),
		}
		if s.samples[c.Segment] == nil {
			s.samples[c.Segment] = &sample{stride: 1}
		}
		s.samples[c.Segment].offer(p)
	}
	return p
}

// sample keeps evenly spaced buyers: the doubt of a sum is a smooth figure of many, and looking at everybody would take a
// large shop most of a minute.
type sample struct {
	kept            []worth.Position
	offered, stride int
}

// offer keeps every stride-th buyer, and doubles the stride when too many are kept. The groups are copied.
func (s *sample) offer(p worth.Position) {
	s.offered++
	if (s.offered-1)%s.stride != 0 {
		return
	}
	p.Groups = slices.Clone(p.Groups)
	s.kept = append(s.kept, p)
	if len(s.kept) > 2*sampledPerSegment {
		half := s.kept[:0]
		for i := 0; i < len(s.kept); i += 2 {
			half = append(half, s.kept[i])
		}
		s.kept, s.stride = half, 2*s.stride
	}
}

func (s *sample) measure(p *worth.Portfolio) {
	for i := range s.kept {
		p.Doubt(&s.kept[i], float64(s.offered)/float64(len(s.kept)))
	}
}

// compare adds what was remembered of an earlier month.
func (e *Engine) compare(ctx context.Context, v *Value) error {
	const apart = 14
	months, err := e.store.Months(ctx, v.Set.Day, 3)
	if err != nil {
		return err
	}
	months = slices.DeleteFunc(months, func(m store.Month) bool { return m.Day > v.Set.Day-apart || m.Basis != v.Basis })
	if len(months) == 0 {
		return nil
	}
	v.Previous = &months[len(months)-1]
	for i := range v.Groups {
		g := &v.Groups[i]
		if g.Kind == "stage" && v.Previous.Stages != worth.StageVersion {
			continue
		}
		g.Before = store.TrendGroup{Kind: g.Kind, Name: g.Name}
		for _, b := range v.Previous.Groups {
			if b.Kind == g.Kind && b.Name == g.Name {
				g.Before = b
			}
		}
	}
	if v.Segments, err = e.store.Moves(ctx, v.Set, "segment", v.Previous.Month); err != nil {
		return err
	}
	v.Tiers, err = e.store.Moves(ctx, v.Set, "tier", v.Previous.Month)
	return err
}
