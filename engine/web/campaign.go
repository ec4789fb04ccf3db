package web

import (
	"context"
	"html/template"
	"math"
	"net/http"
	"strconv"
	"time"

	"treue/campaigns"
	"treue/engine/store"
)

// campaignPage is a campaign in words and figures.
type campaignPage struct {
	frame

	Key, Name string
	Status    chip
	Next      time.Time
	Audience  string // the rule
	Exit      string // the rule that ends an entry early; "": none
	Words     []fact
	Steps     []string
	Funnel    []funnelStep // of the newest run that planned
	FunnelOf  time.Time
	Held      string // why the newest run was held; "": it was not
	States    []stateView
	Clicks    []store.LinkCount
	Runs      []runView
	Report    template.HTML // "": nobody has entered
}

// funnelStep is how many customers came to a point of a run.
type funnelStep struct {
	Label string // a key of the catalogue
	N     int64
	Width string // of its bar
	Tone  string // left, stopped, treated or control
}

// stateView is how many sends are in a state.
type stateView struct {
	State string // a key of the catalogue
	N     int
}

// campaign shows one campaign.
func (s *site) campaign(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	c, err := s.find(ctx, r.PathValue("key"))
	if err != nil {
		return err
	}
	p := campaignPage{
		frame: s.operatorFrame(r, nameOr(c.Name, c.Key), "start"), Key: c.Key, Name: nameOr(c.Name, c.Key), Status: statusChip(c.Status),
		Next: nextRun(c, s.Now()), Audience: c.Audience, Exit: c.ExitWhen,
	}
	l := s.locale(p.Lang)
	p.Words, p.Steps = l.definition(c), l.steps(c)
	if p.Runs, err = s.runs(ctx, c, runsShown); err != nil {
		return err
	}
	p.showRun()
	if p.States, err = s.states(ctx, c); err != nil {
		return err
	}
	if p.Clicks, err = s.Engine.Store().LinkClicks(ctx, c.Key); err != nil {
		return err
	}
	if p.Report, err = s.sections(ctx, p.Lang, c.Key); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, "campaign", p.Lang, p)
}

// showRun shows the newest run that planned, and says so when a newer one was held.
func (p *campaignPage) showRun() {
	for _, r := range p.Runs {
		if r.Held && p.Held == "" && p.Funnel == nil {
			p.Held = r.Reason
		}
		if r.State == "finished" && p.Funnel == nil {
			p.Funnel, p.FunnelOf = funnelOf(r.Run), r.AsOf
		}
	}
}

// gateOrder is the order in which gates are asked, and so the order in which customers fall away.
func gateOrder() []campaigns.Outcome {
	return []campaigns.Outcome{
		campaigns.GateConsent, campaigns.GateSuppressed, campaigns.GateObjection, campaigns.GatePaused, campaigns.GateTopic,
		campaigns.GateGlobalHoldout, campaigns.GateReentry, campaigns.GateCooldown, campaigns.GateFrequencyCap, campaigns.GateBudget, campaigns.GateCouponStock, campaigns.GateArbitration,
	}
}

// funnelOf follows a run's customers: matched, then stopped gate by gate, then divided.
func funnelOf(r store.Run) []funnelStep {
	width := func(n int64) string {
		if r.Matched == 0 {
			return "0%"
		}
		return strconv.FormatFloat(100*math.Min(1, float64(n)/float64(r.Matched)), 'f', 2, 64) + "%"
	}
	steps := []funnelStep{{"funnel.matched", r.Matched, width(r.Matched), "left"}}
	for _, g := range gateOrder() {
		if n := int64(r.Decisions[g]); n > 0 {
			steps = append(steps, funnelStep{"gate." + string(g), n, width(n), "stopped"})
		}
	}
	return append(steps,
		funnelStep{"funnel.control", r.Control, width(r.Control), "control"},
		funnelStep{"funnel.treated", r.ToSend, width(r.ToSend), "treated"})
}

// stateOrder is the order in which states are listed: the good end first, then what is on its way, then other ends.
func stateOrder() []campaigns.State {
	return []campaigns.State{
		campaigns.Accepted, campaigns.Ghost, campaigns.Planned, campaigns.Claimed, campaigns.Sending, campaigns.Deferred, campaigns.Unknown,
		campaigns.Held, campaigns.Bounced, campaigns.Suppressed, campaigns.Cancelled, campaigns.Expired, campaigns.Failed,
	}
}

// states counts a campaign's sends by state.
func (s *site) states(ctx context.Context, c *campaigns.Campaign) ([]stateView, error) {
	counts, err := s.Engine.Store().SendStates(ctx, c.Key)
	if err != nil {
		return nil, err
	}
	var views []stateView
	for _, state := range stateOrder() {
		if n := counts[state]; n > 0 {
			views = append(views, stateView{"state." + string(state), n})
		}
	}
	return views, nil
}

// locale returns how one language writes things in this shop.
func (s *site) locale(lang string) locale {
	return locale{language: lang, zone: s.Engine.Zone, currency: s.Engine.Currency}
}
