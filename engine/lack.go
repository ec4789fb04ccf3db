package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"treue/campaigns"
	"treue/campaigns/assign"
)

// Lack says why there is nothing to judge a campaign by.
type Lack struct {
	Campaign *campaigns.Campaign
	Arm      string // without a customer: control, treated, or "" for all arms
	Others   int64  // customers in the other arms
}

// lacks returns what keeps campaigns that ran elsewhere from a verdict: their files alone decide on the arms. Of our own,
// those without a report lack customers.
func (e *Engine) lacks(ctx context.Context, now time.Time, all []*campaigns.Campaign, reports []Report) ([]Lack, error) {
	var found []Lack
	for _, c := range all {
		l := Lack{Campaign: c}
		switch i := slices.IndexFunc(reports, func(r Report) bool { return r.Campaign == c }); {
		case i < 0 && c.Kind == campaigns.External:
			outcomes, err := e.store.Arms(ctx, e.window(c, 1, reads(c)[0]), now)
			if err != nil {
				return nil, err
			}
			if l.Others = withArms(outcomes.Arms, string(assign.Control))[0].Assigned; l.Others > 0 {
				l.Arm = string(assign.Treated)
			}
		case i < 0: // nobody has been chosen
		case reports[i].External() && reports[i].Arms[0].Assigned == 0:
			l.Arm = string(assign.Control)
			for j := range reports {
				if reports[j].Campaign == c {
					l.Others += reports[j].Arms[1].Assigned
				}
			}
		default:
			continue
		}
		found = append(found, l)
	}
	return found, nil
}

// Sentence says it in words, with what would mend it: de or en.
func (l *Lack) Sentence(language string) string {
	key := l.Campaign.Key
	say := func(german, english string, args ...any) string {
		if language == "de" {
			return fmt.Sprintf(german, args...)
		}
		return fmt.Sprintf(english, args...)
	}
	switch {
	case l.Campaign.Kind != campaigns.External:
		return say("Die Kampagne %s hat noch niemanden ausgewählt: das tut `treue run`.", "The campaign %s has chosen nobody yet: `treue run` does.", key)
	case l.Arm == string(assign.Control):
		return say("%s: Unter den Kunden (%d) ist niemand im Arm control, also gibt es keinen Vergleich. `treue import exposures` nimmt auf, wer zum Vergleich keine Mail bekam: mit dem Arm control.",
			"%s: of its customers (%d) nobody is in the arm control, so there is no comparison. `treue import exposures` takes in who was left out for comparison: with the arm control.", key, l.Others)
	case l.Arm == string(assign.Treated):
		return say("%s: Alle Kunden (%d) sind im Arm control, also gibt es nichts zu vergleichen. `treue import exposures` nimmt auf, wer die Mail bekam: mit einem anderen Arm, etwa treated.",
			"%s: all of its customers (%d) are in the arm control, so there is nothing to compare. `treue import exposures` takes in who got the mail: with another arm, such as treated.", key, l.Others)
	}
	return say("%s: Bis dahin war niemand in einem Arm dieser Kampagne.", "%s: nobody was in an arm of this campaign by then.", key)
}
