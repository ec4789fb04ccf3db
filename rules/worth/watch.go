package worth

import (
	"fmt"
	"math"
	"slices"

	"treue/rules/features"
)

// State is what the customers were worth on one day.
type State struct {
	On     features.Day
	Buyers int64
	Groups map[Key]Sum
	// Due are the buyers who were expected to order in the month that began then, Reordered those of them who did; Due is
	// negative while the month is not over.
	Due, Reordered int64
}

// Key names a group of customers: of the kind segment, tier or stage.
type Key struct{ Kind, Name string }

// Sum is what a group adds up to, in major units.
type Sum struct {
	Customers           int64
	Historic, Predicted float64
	Predicted2          float64 // sum of the squares of the predicted values
}

// Signal is what is watched.
type Signal string

// The signals.
const (
	SegmentCLV  Signal = "segment_clv"  // predicted value of all customers of a segment
	TierSize    Signal = "tier_size"    // share of the buyers who are in a tier
	ReorderRate Signal = "reorder_rate" // share of the buyers due in a month who ordered in it
)

// Alert is a quantity that has left its band.
type Alert struct {
	Signal Signal
	Name   string // of the segment or tier
	Up     bool
	Worry  bool // it is bad news
	Value  float64
	Band
	Months int          // of history behind the band
	Since  features.Day // when it was first seen outside, without a break since
	Rule   string       // whom it is about, in the rule language
}

// Change returns the relative distance from what was expected.
func (a Alert) Change() float64 { return a.Value/a.Expected - 1 }

// Watched is the result of a look at all signals.
type Watched struct {
	Alerts  []Alert // worries first, the largest change first
	Signals int     // that had enough history for a band
	Months  int     // of history that a band looks back on
	Young   int     // months that are remembered and too young for that
}

const (
	daysPerMonth = 365.0 / 12
	// apart is how many days a past state must lie before the present one to say something about it.
	apart = 14
	// reach is how many days a band looks back: what is older tells nothing of today, be it the last that is known.
	reach = 31 * (BandLongest + 1)
	// leastDue buyers make a reorder rate worth looking at.
	leastDue = 20
)

// Watch compares the present state with the past ones, which must ascend. A signal needs [BandMonths] past states and
// looks at the last [BandLongest]; see [NewBand]. The reorder rate is that of the last month that is over.
func Watch(now State, past []State) Watched {
	known := len(past)
	past = Past(now.On, past)
	w := Watched{Young: known - len(past)}
	for _, s := range past {
		if s.On > now.On-reach {
			w.Months++
		}
	}
	w.Months = min(w.Months, BandLongest)
	for _, s := range features.Segments() {
		w.look(SegmentCLV, s, series(now, past, Key{"segment", s}.value))
	}
	for _, t := range []string{"a", "b", "c", "d"} {
		w.look(TierSize, t, series(now, past, Key{"tier", t}.share))
	}
	rates := slices.DeleteFunc(series(State{Due: -1}, past, reorders), func(m measured) bool { return m.size < leastDue || m.on <= now.On-reach })
	if len(rates) > 0 {
		w.look(ReorderRate, "", rates)
	}
	slices.SortStableFunc(w.Alerts, func(a, b Alert) int {
		if a.Worry != b.Worry {
			if a.Worry {
				return -1
			}
			return 1
		}
		return sign(math.Abs(b.Change()) - math.Abs(a.Change()))
	})
	return w
}

// Past returns the states that are long enough before a day to be its history.
func Past(on features.Day, states []State) []State {
	return slices.DeleteFunc(slices.Clone(states), func(s State) bool { return s.On > on-apart })
}

// measured is a signal at one time. noise is the standard deviation that counting alone gives it at an expected value,
// most the greatest value there can be.
type measured struct {
	on                features.Day
	value, size, most float64
	noise             func(expected float64) float64
}

// series measures a signal in the past states and the present one, which comes last.
func series(now State, past []State, of func(State) measured) []measured {
	var all []measured
	for _, s := range append(slices.Clone(past), now) {
		m := of(s)
		m.on = s.On
		if m.noise != nil {
			all = append(all, m)
		}
	}
	return all
}

// value is the predicted value of a group. Customers come and go by themselves: the sum varies like one over a Poisson
// number of them.
func (k Key) value(s State) measured {
	g := s.Groups[k]
	deviation := math.Sqrt(g.Predicted2)
	return measured{value: g.Predicted, size: float64(g.Customers), most: math.Inf(1), noise: func(float64) float64 { return deviation }}
}

// share is the share of the buyers who are in the group.
func (k Key) share(s State) measured {
	if s.Buyers == 0 {
		return measured{}
	}
	return rate(s.Groups[k].Customers, s.Buyers)
}

func reorders(s State) measured {
	if s.Due <= 0 {
		return measured{}
	}
	return rate(s.Reordered, s.Due)
}

// rate varies like a binomial share; two of each kind are added (Agresti and Coull 1998), since none in ten is no proof
// of never.
func rate(of, n int64) measured {
	size := float64(n)
	return measured{value: float64(of) / size, size: size, most: 1, noise: func(expected float64) float64 {
		p := (math.Max(0, math.Min(1, expected))*size + 2) / (size + 4)
		return math.Sqrt(p * (1 - p) / size)
	}}
}

// look judges the last value of a signal by those before it, and goes back to when it left its band.
func (w *Watched) look(s Signal, name string, all []measured) {
	last := len(all) - 1
	band, months := bandAt(all, last)
	if math.IsNaN(band.Expected) {
		return
	}
	w.Signals++
	side := band.Side(all[last].value)
	if side == 0 {
		return
	}
	since := last
	for since > 0 {
		earlier, _ := bandAt(all, since-1)
		if earlier.Side(all[since-1].value) != side {
			break
		}
		since--
	}
	a := Alert{Signal: s, Name: name, Up: side > 0, Value: all[last].value, Band: band, Months: months, Since: all[since].on}
	a.Worry = worries(s, name, a.Up)
	a.Rule = rule(s, name, a.Up, int(all[last].on-all[since].on))
	w.Alerts = append(w.Alerts, a)
}

// bandAt is the band of the i-th value by those before it.
func bandAt(all []measured, i int) (b Band, months int) {
	if i < 0 {
		return NewBand(nil, 0, nil), 0
	}
	var points []Point
	least := 0.0
	for _, m := range all[max(0, i-BandLongest):i] {
		if m.on > all[i].on-reach {
			points = append(points, Point{float64(m.on-all[0].on) / daysPerMonth, m.value})
			least = min(least, m.value)
		}
	}
	b = NewBand(points, float64(all[i].on-all[0].on)/daysPerMonth, all[i].noise)
	// A line that is continued may leave what there can be.
	return b.within(least, all[i].most), len(points)
}

// sinking are the segments that grow when customers leave.
func sinking(segment string) bool {
	return slices.Contains([]string{"needs_attention", "about_to_sleep", "at_risk", "cant_lose", "hibernating"}, segment)
}

// worries tells bad news from good: less value among the good customers, more among those about to leave, fewer in the
// upper tiers, fewer reorders.
func worries(s Signal, name string, up bool) bool {
	switch s {
	case SegmentCLV:
		return up == sinking(name)
	case TierSize:
		return up == (name == "c" || name == "d")
	}
	return !up
}

// Bounds of the days that a rule looks back.
const shortestLook, longestLook = 31, 180

// rule names the customers behind an alert: those who moved, as far as the rule language knows where they were.
func rule(s Signal, name string, up bool, days int) string {
	days = max(shortestLook, min(days+shortestLook, longestLook))
	switch {
	case s == SegmentCLV && up:
		return fmt.Sprintf(`segment == %q && days_in_segment <= %d`, name, days)
	case s == SegmentCLV && sinking(name):
		return fmt.Sprintf(`was_in_segment(%q, %d) && segment != %q`, name, days, name)
	case s == SegmentCLV:
		return fmt.Sprintf(`(segment == %q || was_in_segment(%q, %d)) && clv_change_90d < 0`, name, name, days)
	case s == TierSize && up == (name == "c" || name == "d"):
		return fmt.Sprintf(`tier == %q && clv_change_90d < 0`, below(name, up))
	case s == TierSize:
		return fmt.Sprintf(`tier == %q && clv_change_90d > 0`, above(name, up))
	case up:
		return fmt.Sprintf(`orders >= 2 && days_since_last_order <= %d`, shortestLook)
	}
	return `orders >= 1 && overdue_factor > 1 && overdue_factor <= 2`
}

// below is where customers slid: into a lower tier that grew, or out of an upper one that shrank into the next.
func below(tier string, grew bool) string {
	if grew {
		return tier
	}
	return map[string]string{"a": "b", "b": "c"}[tier]
}

// above is where customers rose: into an upper tier that grew, or out of a lower one that shrank.
func above(tier string, grew bool) string {
	if grew {
		return tier
	}
	return map[string]string{"c": "b", "d": "c"}[tier]
}

func sign(v float64) int {
	switch {
	case v < 0:
		return -1
	case v > 0:
		return 1
	}
	return 0
}
