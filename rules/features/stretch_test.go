package features

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// sinceDayByDay asks for the segment of every single day.
func sinceDayByDay(c Cuts, days []OrderDay, at Day) Day {
	segment := func(on Day) string {
		s := Snapshot{LastOrderOn: NoDay}
		for _, d := range days {
			if d.On <= on {
				s.Orders += int64(d.Orders)
				s.LastOrderOn = d.On
			}
		}
		return c.SegmentOf(&s, on)
	}
	present := segment(at)
	if present == "" {
		return NoDay
	}
	for at--; segment(at) == present; at-- {
	}
	return at + 1
}

func TestSegmentSince(t *testing.T) {
	t.Parallel()
	// Recency: 5 for up to 10 days, 4 to 30, 3 to 60, 2 to 90, then 1. Frequency: 1 for one order, 2 for two and so on.
	cuts := Cuts{Recency: [4]float64{-90, -60, -30, -10}, Frequency: [4]float64{2, 3, 4, 5}}
	for name, c := range map[string]struct {
		days []OrderDay
		at   Day
		want Day
	}{
		"no orders":                            {nil, 100, NoDay},
		"new since today":                      {[]OrderDay{{100, 1}}, 100, 100},
		"new since the order":                  {[]OrderDay{{100, 1}}, 110, 100},
		"promising since the eleventh day":     {[]OrderDay{{100, 1}}, 111, 111},
		"hibernating spans two scores":         {[]OrderDay{{100, 1}}, 300, 161},
		"an order does not break the stretch":  {[]OrderDay{{100, 2}, {105, 1}}, 110, 100},
		"an order that changes the name does":  {[]OrderDay{{100, 3}, {105, 1}}, 110, 105},
		"loyal spans two scores of each":       {[]OrderDay{{100, 4}, {155, 1}}, 200, 166},
		"back in an earlier segment":           {[]OrderDay{{100, 5}, {165, 1}}, 166, 165},
		"days after the moment do not count":   {[]OrderDay{{100, 1}, {120, 1}}, 111, 111},
		"the stretch before a loss is over":    {[]OrderDay{{100, 2}, {140, 1}}, 141, 140},
		"several orders on the deciding day":   {[]OrderDay{{100, 1}, {101, 4}}, 105, 101},
		"a stretch over three days of orders":  {[]OrderDay{{100, 4}, {104, 1}, {108, 9}}, 118, 100},
		"a customer who came back after years": {[]OrderDay{{100, 5}, {3000, 1}}, 5000, 3061},
	} {
		if got := cuts.SegmentSince(c.days, c.at); got != c.want {
			t.Errorf("%s: day %d, want %d", name, got, c.want)
		}
		if got := sinceDayByDay(cuts, c.days, c.at); got != c.want {
			t.Errorf("%s: day by day it is %d, the table says %d", name, got, c.want)
		}
	}
}

func TestSegmentSinceIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string, least, most int) [4]float64 {
			values := make([]float64, 8)
			for i := range values {
				values[i] = float64(rapid.IntRange(least, most).Draw(t, label))
			}
			return quintiles(values)
		}
		c := Cuts{Recency: draw("days away", -60, 0), Frequency: draw("orders", 1, 8)}
		if rapid.Bool().Draw(t, "between days") {
			for i := range c.Recency {
				c.Recency[i] += 0.5
			}
		}
		var days []OrderDay
		on := Day(rapid.IntRange(-200, 200).Draw(t, "first day"))
		for range rapid.IntRange(0, 6).Draw(t, "days with orders") {
			days = append(days, OrderDay{On: on, Orders: rapid.Int32Range(1, 3).Draw(t, "orders of a day")})
			on += Day(rapid.IntRange(1, 50).Draw(t, "gap"))
		}
		at := on + Day(rapid.IntRange(-30, 80).Draw(t, "until today"))
		if got, want := c.SegmentSince(days, at), sinceDayByDay(c, days, at); got != want {
			t.Fatalf("%v on day %d: since %d, day by day %d", days, at, got, want)
		}
	})
}

func TestGrade(t *testing.T) {
	t.Parallel()
	cuts := Cuts{
		Recency: [4]float64{-90, -60, -30, -10}, Frequency: [4]float64{2, 3, 4, 5}, Monetary: [4]float64{20, 50, 100, math.Inf(1)},
	}
	buyer := Snapshot{Orders: 3, Revenue: 70, LastOrderOn: 100}
	cuts.Grade(&buyer, 115)
	if buyer.RecencyScore != 4 || buyer.FrequencyScore != 3 || buyer.MonetaryScore != 3 || buyer.Segment != "potential_loyalist" {
		t.Errorf("%v %v %v %q", buyer.RecencyScore, buyer.FrequencyScore, buyer.MonetaryScore, buyer.Segment)
	}
	visitor := Snapshot{LastOrderOn: NoDay}
	cuts.Grade(&visitor, 115)
	if !math.IsNaN(visitor.RecencyScore) || !math.IsNaN(visitor.FrequencyScore) || !math.IsNaN(visitor.MonetaryScore) || visitor.Segment != "" {
		t.Errorf("without orders: %v %v %v %q", visitor.RecencyScore, visitor.FrequencyScore, visitor.MonetaryScore, visitor.Segment)
	}
	old := CutsFromMap(map[string][]float64{"recency": {-90, -60, -30, -10}, "frequency": {2, 3, 4, 5}, "tier": {90, 50, 10}})
	old.Grade(&buyer, 115)
	if old.Complete() || buyer.RecencyScore != 4 || buyer.FrequencyScore != 3 || !math.IsNaN(buyer.MonetaryScore) {
		t.Errorf("by a model without monetary cuts: %v %v %v", buyer.RecencyScore, buyer.FrequencyScore, buyer.MonetaryScore)
	}
}
