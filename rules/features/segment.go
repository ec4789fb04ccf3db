package features

import (
	"math"
	"slices"
)

// Cuts are the points at which a population is cut into scores and tiers. They are computed at a full fit and stay
// frozen until the next one, so that nobody changes segment because others did.
type Cuts struct {
	Recency   [4]float64 // of minus the days since the last order: score 1 + number of cuts reached
	Frequency [4]float64 // of the number of orders
	Monetary  [4]float64 // of the revenue; NaN: not computed
	Tier      [3]float64 // smallest CLV of tiers a, b and c
}

// tierShares are the shares of all CLV that the customers above a tier's end carry together.
var tierShares = [3]float64{0.50, 0.80, 0.95}

// NewCuts computes the cut points of a population of buyers.
func NewCuts(buyers []*Snapshot, at Day) Cuts {
	cuts, _ := Survey(len(buyers), func(i int) (float64, int64, float64, float64) {
		b := buyers[i]
		return b.recency(at), b.Orders, b.Revenue, b.CLV()
	})
	return cuts
}

// Survey computes the cut points of n buyers and how their CLV is spread. buyer tells of the i-th one minus the days
// since the last order, the number of orders, the revenue and the CLV, which may be NaN. It takes room for one number per
// buyer at a time.
func Survey(n int, buyer func(i int) (recency float64, orders int64, revenue, clv float64)) (Cuts, Distribution) {
	column := make([]float64, n)
	for i := range column {
		column[i], _, _, _ = buyer(i)
	}
	c := Cuts{Recency: quintiles(column)}
	for i := range column {
		_, orders, _, _ := buyer(i)
		column[i] = float64(orders)
	}
	c.Frequency = quintiles(column)
	for i := range column {
		_, _, column[i], _ = buyer(i)
	}
	c.Monetary = quintiles(column)
	for i := range column {
		_, _, _, column[i] = buyer(i)
	}
	values := slices.DeleteFunc(column, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	slices.Sort(values)
	c.Tier = tierCuts(values)
	return c, thinned(values)
}

// recency grows with how recently a buyer ordered.
func (s *Snapshot) recency(at Day) float64 { return -float64(at - s.LastOrderOn) }

// quintiles returns the smallest values below which at least 1/5, 2/5, 3/5 and 4/5 of all values strictly lie.
// Equal values share a score, so that ties never depend on the order of rows; +Inf marks a score nobody has.
func quintiles(values []float64) [4]float64 {
	slices.Sort(values)
	n := len(values)
	var cuts [4]float64
	for k := range cuts {
		i := ((k+1)*n + 4) / 5 // the first position with k+1 fifths before it
		for i > 0 && i < n && values[i] == values[i-1] {
			i++
		}
		cuts[k] = math.Inf(1)
		if i < n {
			cuts[k] = values[i]
		}
	}
	return cuts
}

// tierCuts walks from the highest CLV down: a tier ends where those above carry its share of the total. values ascend.
func tierCuts(values []float64) [3]float64 {
	total := 0.0
	for _, v := range slices.Backward(values) {
		total += max(v, 0)
	}
	var cuts [3]float64
	for k, share := range tierShares {
		sum := 0.0
		cuts[k] = math.Inf(1)
		for _, v := range slices.Backward(values) {
			if sum >= share*total {
				break
			}
			cuts[k] = v
			sum += max(v, 0)
		}
	}
	return cuts
}

// score is 1 plus the number of cuts that v reaches: 1 to 5.
func score(v float64, cuts [4]float64) int {
	s := 1
	for _, c := range cuts {
		if v >= c {
			s++
		}
	}
	return s
}

// TierOf returns the tier of a CLV: a for those who together carry the first half of all value, then b, c and d.
func (c Cuts) TierOf(clv float64) string {
	if math.IsNaN(clv) {
		return ""
	}
	for i, cut := range c.Tier {
		if clv >= cut {
			return string(rune('a' + i))
		}
	}
	return "d"
}

// Segments returns the names of all segments, the best customers first.
func Segments() []string {
	return []string{
		"champions", "loyal", "potential_loyalist", "new", "promising",
		"needs_attention", "about_to_sleep", "at_risk", "cant_lose", "hibernating",
	}
}

// segmentGrid names every pair of recency (rows, 1 to 5) and frequency score (columns, 1 to 5); version 1.
var segmentGrid = [5][5]string{
	{"hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"},
	{"hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"},
	{"about_to_sleep", "about_to_sleep", "needs_attention", "loyal", "loyal"},
	{"promising", "potential_loyalist", "potential_loyalist", "loyal", "loyal"},
	{"new", "potential_loyalist", "potential_loyalist", "champions", "champions"},
}

// SegmentOf returns the segment of a buyer on the day at, or "" for a customer without orders.
func (c Cuts) SegmentOf(s *Snapshot, at Day) string {
	if s.Orders == 0 || !s.LastOrderOn.Known() {
		return ""
	}
	return c.segment(s.recency(at), s.Orders)
}

func (c Cuts) segment(recency float64, orders int64) string {
	return segmentGrid[score(recency, c.Recency)-1][score(float64(orders), c.Frequency)-1]
}

// Grade sets a buyer's scores, 1 to 5, and the segment on the day at; a customer without orders keeps none.
func (c Cuts) Grade(s *Snapshot, at Day) {
	s.Segment = c.SegmentOf(s, at)
	s.RecencyScore, s.FrequencyScore, s.MonetaryScore = math.NaN(), math.NaN(), math.NaN()
	if s.Segment == "" {
		return
	}
	s.RecencyScore = float64(score(s.recency(at), c.Recency))
	s.FrequencyScore = float64(score(float64(s.Orders), c.Frequency))
	if c.Complete() {
		s.MonetaryScore = float64(score(s.Revenue, c.Monetary))
	}
}

// Map returns the cuts by name, as they are stored; infinite ones are left out of their list.
func (c Cuts) Map() map[string][]float64 {
	m := map[string][]float64{"recency": leading(c.Recency[:]), "frequency": leading(c.Frequency[:]), "tier": leading(c.Tier[:])}
	if c.Complete() {
		m["monetary"] = leading(c.Monetary[:])
	}
	return m
}

// CutsFromMap reads what Map returned. Of a model that was fitted before revenue was scored, the monetary cuts are not
// computed.
func CutsFromMap(m map[string][]float64) Cuts {
	nan := math.NaN()
	c := Cuts{Monetary: [4]float64{nan, nan, nan, nan}}
	fill(c.Recency[:], m["recency"])
	fill(c.Frequency[:], m["frequency"])
	fill(c.Tier[:], m["tier"])
	if monetary, computed := m["monetary"]; computed {
		fill(c.Monetary[:], monetary)
	}
	return c
}

// Complete reports whether all cuts of this version are there.
func (c Cuts) Complete() bool { return !math.IsNaN(c.Monetary[0]) }

// leading keeps the leading finite values: infinite cuts are always the last ones.
func leading(v []float64) []float64 {
	out := []float64{}
	for _, x := range v {
		if !math.IsInf(x, 0) {
			out = append(out, x)
		}
	}
	return out
}

func fill(into, from []float64) {
	for i := range into {
		into[i] = math.Inf(1)
		if i < len(from) {
			into[i] = from[i]
		}
	}
}
