package engine

import (
	"context"

	"treue/campaigns"
	"treue/campaigns/assign"
	"treue/engine/store"
)

// ExternalWindow is the window of a campaign that ran elsewhere, unless somebody asks for another.
const ExternalWindow campaigns.Days = 30

// external returns the campaigns that ran elsewhere, with a window of so many days and no grace: their returns are in
// the orders that came with them.
func (e *Engine) external(ctx context.Context, window campaigns.Days) ([]*campaigns.Campaign, error) {
	found, err := e.store.ExternalCampaigns(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]*campaigns.Campaign, len(found))
	for i, x := range found {
		all[i] = &campaigns.Campaign{
			Definition: campaigns.Definition{Key: x.Key, Kind: campaigns.External, Name: x.Key, Timezone: e.Zone.String(), Measure: window},
			Version:    1, Split: 1, Status: campaigns.Archived, Zone: e.Zone,
		}
	}
	return all, nil
}

// treatedArms are the names of all arms but control.
func treatedArms(arms []store.ArmOutcome) []string {
	var names []string
	for i := range arms {
		if arms[i].Arm != string(assign.Control) {
			names = append(names, arms[i].Arm)
		}
	}
	return names
}
