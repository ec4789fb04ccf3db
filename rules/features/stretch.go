package features

import "math"

// OrderDay is a day with orders.
type OrderDay struct {
	On     Day
	Orders int32
}

// SegmentSince returns the first day of the unbroken stretch up to the day at in which the buyer's segment, by these
// cuts, was what it is on that day; NoDay without orders. days ascend and end at or before at.
//
// Between two orders a segment changes only where the days since the last one reach a recency cut. So the walk back
// takes at most five steps per order day, however long the customer stayed away.
func (c Cuts) SegmentSince(days []OrderDay, at Day) Day {
	var orders int64
	for _, d := range days {
		orders += int64(d.Orders)
	}
	since, name := NoDay, ""
	for end, i := at, len(days)-1; i >= 0; i-- {
		for on := days[i].On; end >= on; end = since - 1 {
			segment := c.segment(-float64(end-on), orders)
			if !since.Known() {
				name = segment
			}
			if segment != name {
				return since
			}
			since = c.sameRecencySince(on, end)
		}
		orders -= int64(days[i].Orders)
	}
	return since
}

// sameRecencySince returns the first day on which the recency score, with the last order on the day on, was what it is
// on the day end.
func (c Cuts) sameRecencySince(on, end Day) Day {
	next := math.Inf(1) // the cut that was reached before
	for _, cut := range c.Recency {
		if cut > -float64(end-on) {
			next = min(next, cut)
		}
	}
	if first := math.Floor(float64(on)-next) + 1; first > float64(on) {
		return Day(first)
	}
	return on
}
