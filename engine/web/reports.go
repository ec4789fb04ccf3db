package web

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine"
)

// readings keeps the reports for a moment: judging looks at every assignment, and a page that is reloaded ten times
// a second should not do that ten times.
type readings struct {
	mu      sync.Mutex
	read    time.Time // by the wall clock
	reports []engine.Report
}

const (
	readingsKept = 5 * time.Second
	readingsTook = time.Minute // at most
)

// judged returns the reports of all campaigns as of now. Of several requests at once, one computes and all get it,
// even if the one who asked first has left.
func (s *site) judged(ctx context.Context) ([]engine.Report, error) {
	s.readings.mu.Lock()
	defer s.readings.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if time.Since(s.readings.read) < readingsKept {
		return s.readings.reports, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readingsTook)
	defer cancel()
	reports, err := s.Engine.Reports(ctx, s.Now(), nil)
	if err != nil {
		return nil, err
	}
	s.readings.read, s.readings.reports = time.Now(), reports
	return reports, nil
}

// reportViews prepares the reports of all campaigns, or of one.
func (s *site) reportViews(ctx context.Context, lang, key string) ([]reportView, error) {
	reports, err := s.judged(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]reportView, 0, len(reports))
	for i := range reports {
		if key == "" || reports[i].Campaign.Key == key {
			views = append(views, newReportView(s.locale(lang), &reports[i], s.truth(reports[i].Campaign.Key)))
		}
	}
	return views, nil
}

// truth returns the effect a campaign was given, NaN if nobody knows it.
func (s *site) truth(key string) float64 {
	if v, ok := s.Truth[key]; ok {
		return v
	}
	return math.NaN()
}

// reportsPage compares all campaigns on one axis.
type reportsPage struct {
	frame

	Reports []reportView
	Axis    axis
	Shown   bool // at least one has an interval
	Truth   bool // and at least one a known truth
	Kinds   []fact
	All     string // what all campaigns together are worth; "": nothing to say
	AllNote string
}

// reports shows the verdicts of all campaigns.
func (s *site) reports(w http.ResponseWriter, r *http.Request) error {
	p := reportsPage{frame: s.operatorFrame(r, "reports.title", "reports")}
	var err error
	if p.Reports, err = s.reportViews(r.Context(), p.Lang, ""); err != nil {
		return err
	}
	p.align(s.locale(p.Lang))
	judged, err := s.judged(r.Context())
	if err != nil {
		return err
	}
	if err := p.together(s.locale(p.Lang), judged); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, "reports", p.Lang, p)
}

// together says what several campaigns are worth as one programme.
func (p *reportsPage) together(l locale, reports []engine.Report) error {
	all, err := engine.Review(reports)
	if err != nil || len(all.Lines)-all.Undefined < 2 {
		return err
	}
	for i := range all.Kinds {
		k := &all.Kinds[i]
		p.Kinds = append(p.Kinds, fact{"kind." + string(k.Kind), "", unbroken(k.Sentence(l.language, l.currency))})
	}
	low, high := all.Portfolio.Shrunken.Limits(lift.Alpha(false))
	p.All = l.say("range", l.whole(low), l.whole(high))
	p.AllNote = l.say("reports.all.note", l.whole(all.Portfolio.Shrunken.Effect), l.whole(all.Raw.Effect))
	if n := len(all.LeftOut); n > 0 {
		p.AllNote += " " + l.say("reports.all.other", l.say("method.basis."+all.Basis), l.count(n))
	}
	return nil
}

// align draws all intervals on one axis, so that they can be compared.
func (p *reportsPage) align(l locale) {
	var amounts []float64
	for i := range p.Reports {
		if v := &p.Reports[i]; v.Shown {
			amounts = append(amounts, v.interval.Low, v.interval.High, v.truth)
			p.Shown, p.Truth = true, p.Truth || v.Truth != ""
		}
	}
	p.Axis = newAxis(l.label, amounts...)
	for i := range p.Reports {
		if p.Reports[i].Shown {
			p.Reports[i].draw(l, p.Axis)
			p.Reports[i].Plot.Labels = false
		}
	}
}

// reportPage shows one campaign's verdict and everything it rests on.
type reportPage struct {
	frame

	Key, Name string
	Reports   []reportView // one per split
}

// report shows one campaign's reports.
func (s *site) report(w http.ResponseWriter, r *http.Request) error {
	key := r.PathValue("key")
	name := key
	c, err := s.find(r.Context(), key)
	if err == nil {
		name = nameOr(c.Name, key)
	} else if !errors.Is(err, errNoPage) {
		return err
	}
	p := reportPage{frame: s.operatorFrame(r, name, "reports"), Key: key, Name: name}
	var problem error
	if p.Reports, problem = s.reportViews(r.Context(), p.Lang, key); problem != nil {
		return problem
	}
	if err != nil && len(p.Reports) == 0 { // one that ran elsewhere is known by its reports alone
		return err
	}
	return s.show(w, http.StatusOK, "report", p.Lang, p)
}

// find returns a campaign by its key.
func (s *site) find(ctx context.Context, key string) (*campaigns.Campaign, error) {
	all, err := s.Engine.Store().Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(c *campaigns.Campaign) bool { return c.Key == key })
	if i < 0 {
		return nil, errNoPage
	}
	return all[i], nil
}
