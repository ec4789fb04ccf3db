package engine

import (
	"encoding/json"
	"fmt"
	"math"

	"treue/engine/store"
	"treue/rules/features"
)

// norms are what all customers together say. A refresh that computes every customer anew computes them, too; until the
// next one they stay frozen, so that nobody's snapshot changes because others ordered.
type norms struct {
	Gap      float64               `json:"gap"` // mean days between two days with an order; 0: nobody ordered twice
	Affinity *features.Affinity    `json:"affinity"`
	Values   features.Distribution `json:"values"`   // CLV of the buyers
	Orders   int64                 `json:"orders"`   // of all buyers, as it stands now
	Unpriced int64                 `json:"unpriced"` // buyers whose margin is unknown, as it stands now
}

func readNorms(text []byte) (n norms, known bool, err error) {
	if text == nil {
		return n, false, nil
	}
	if err := json.Unmarshal(text, &n); err != nil {
		return n, false, fmt.Errorf("read the norms of the snapshots: %w", err)
	}
	return n, true, nil
}

// apply fills in what follows for a buyer from the norms: the rhythm, which draws the mean gap between two days with an
// order towards the shop's, as if one more gap of the shop's length had been seen; the category that buyers like this one
// buy next; and the place among all. Where nobody ordered twice there is no rhythm.
func (n *norms) apply(s *features.Snapshot) {
	if n.Gap > 0 {
		s.Rhythm = (float64(s.LastOrderOn-s.FirstOrderOn) + n.Gap) / float64(s.RepeatDays+1)
		s.NextOrderOn = s.LastOrderOn + features.Day(math.Round(s.Rhythm))
	}
	s.NextCategory = n.Affinity.Next(s.Categories)
	s.CLVPercentile = n.Values.Below(s.CLV())
}

// basis is what values of the buyers can be counted in.
func (n *norms) basis() string {
	if n.Unpriced > 0 {
		return "revenue"
	}
	return "margin"
}

// change counts rows that went and customers that came in their place.
func (n *norms) change(gone store.Listed, came tally) {
	n.Orders += came.orders - gone.Orders
	n.Unpriced += came.unpriced - gone.Unpriced
}

// tally counts the snapshots that a refresh writes.
type tally struct{ customers, buyers, mailable, orders, unpriced int64 }

func (t *tally) add(s *features.Snapshot) {
	t.customers++
	if s.Consent {
		t.mailable++
	}
	if s.Orders == 0 {
		return
	}
	t.buyers++
	t.orders += s.Orders
	if math.IsNaN(s.Margin) {
		t.unpriced++
	}
}

func (t *tally) join(u tally) {
	t.customers += u.customers
	t.buyers += u.buyers
	t.mailable += u.mailable
	t.orders += u.orders
	t.unpriced += u.unpriced
}
