package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"treue/campaigns"
	"treue/engine/store"
)

// startPage says what was done and how every campaign stands.
type startPage struct {
	frame

	Story     []StoryLine
	Alarms    []alarmView     // what keeps mail from leaving
	Stopped   []store.Stopped // campaigns whose mail cannot be delivered as it is
	Campaigns []campaignCard
	Runs      []runView // the latest of all campaigns, newest first
}

// campaignCard is a campaign at a glance.
type campaignCard struct {
	Key, Name, Kind string
	Status          chip
	Next            time.Time // zero: by hand, or not running
	Sent            int       // accepted by a mail server
	Open            int
	Ghosts          int
	Report          *briefView // of the newest split; nil: nobody has entered
}

// alarmView is a provider to which mail does not leave as usual.
type alarmView struct {
	store.RateOf

	Paused bool
}

// Phrase is what is said of it.
func (a alarmView) Phrase() string {
	switch a.Kind {
	case campaigns.RateFault:
		return "alarm.fault"
	case campaigns.RatePolicy:
		return "alarm.policy"
	}
	return "alarm.rate"
}

// Told is the server's own words, without our name for them.
func (a alarmView) Told() string {
	return strings.TrimPrefix(a.Reason, string(campaigns.ResultSenderFault)+": ")
}

// runView is one run of a campaign's planner.
type runView struct {
	store.Run

	Name string
	Held bool
}

// runsShown is how many runs a page lists.
const runsShown = 8

// start shows the start page.
func (s *site) start(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p := startPage{frame: s.operatorFrame(r, "start.title", "start"), Story: s.Story}
	all, err := s.Engine.Store().Campaigns(ctx)
	if err != nil {
		return err
	}
	if p.Alarms, err = s.alarms(ctx); err != nil {
		return err
	}
	if p.Stopped, err = s.Engine.Stopped(ctx); err != nil {
		return err
	}
	reports, _, err := s.briefs(ctx, p.Lang)
	if err != nil {
		return err
	}
	for _, c := range all {
		card, err := s.card(ctx, c)
		if err != nil {
			return err
		}
		if b, ok := reports[c.Key]; ok {
			card.Report = &b
		}
		p.Campaigns = append(p.Campaigns, card)
		runs, err := s.runs(ctx, c, runsShown)
		if err != nil {
			return err
		}
		p.Runs = append(p.Runs, runs...)
	}
	slices.SortStableFunc(p.Runs, func(a, b runView) int { return b.AsOf.Compare(a.AsOf) })
	p.Runs = p.Runs[:min(len(p.Runs), runsShown)]
	return s.show(w, http.StatusOK, "start", p.Lang, p)
}

func (s *site) alarms(ctx context.Context) ([]alarmView, error) {
	troubles, err := s.Engine.Troubles(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]alarmView, len(troubles))
	for i, t := range troubles {
		views[i] = alarmView{t, t.PausedUntil.After(s.Now())}
	}
	return views, nil
}

// card gathers what the start page says of a campaign.
func (s *site) card(ctx context.Context, c *campaigns.Campaign) (campaignCard, error) {
	card := campaignCard{Key: c.Key, Name: nameOr(c.Name, c.Key), Kind: "kind." + string(c.Kind), Status: statusChip(c.Status), Next: nextRun(c, s.Now())}
	states, err := s.Engine.Store().SendStates(ctx, c.Key)
	for state, n := range states {
		switch {
		case state == campaigns.Accepted:
			card.Sent += n
		case state == campaigns.Ghost:
			card.Ghosts += n
		case !state.Final():
			card.Open += n
		}
	}
	return card, err
}

// nextRun returns when a campaign runs next by its schedule, or the zero time.
func nextRun(c *campaigns.Campaign, now time.Time) time.Time {
	if c.Status != campaigns.Active || c.Schedule == "" {
		return time.Time{}
	}
	return c.Cron.Next(now)
}

func statusChip(s campaigns.Status) chip {
	tone := "calm"
	if s == campaigns.Active {
		tone = "accent"
	}
	return chip{"status." + string(s), tone}
}

// runs returns a campaign's latest runs.
func (s *site) runs(ctx context.Context, c *campaigns.Campaign, limit int) ([]runView, error) {
	runs, err := s.Engine.Store().Runs(ctx, c.Key, limit)
	if err != nil {
		return nil, err
	}
	views := make([]runView, len(runs))
	for i, r := range runs {
		views[i] = runView{Run: r, Name: nameOr(c.Name, c.Key), Held: r.State == "held"}
	}
	return views, nil
}
