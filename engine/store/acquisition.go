package store

import (
	"math"
	"strings"

	"treue/rules/features"
)

// price gives a customer without an acquisition cost of their own that of their channel, if it is set. A setting in
// lower case serves a channel in any case.
func (t *Terms) price(s *features.Snapshot) {
	if !math.IsNaN(s.AcquisitionCost) || len(t.AcquisitionCosts) == 0 {
		return
	}
	for _, channel := range []string{s.Channel, strings.ToLower(s.Channel)} {
		if cost, set := t.AcquisitionCosts[channel]; set {
			s.AcquisitionCost = cost
			return
		}
	}
}
