package web

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"time"

	"treue/campaigns"
	"treue/engine"
	"treue/engine/report"
)

const (
	reportsKept   = 5 * time.Second
	programmeKept = 10 * time.Minute // of a quarter that is over
)

// judged returns the newest kept reports of all campaigns.
func (s *site) judged(ctx context.Context) ([]engine.Report, error) {
	return s.readings.get(ctx, reportsKept, func(ctx context.Context) ([]engine.Report, error) { return s.Engine.Current(ctx, s.Now()) })
}

// against is what the global holdout confirms of the campaigns' sum.
func (s *site) against(ctx context.Context, reports []engine.Report) (engine.Programme, error) {
	return s.programme.get(ctx, programmeKept, func(ctx context.Context) (engine.Programme, error) { return s.Engine.Programme(ctx, s.Now(), reports) })
}

// reportOptions are what documents in a language need.
func (s *site) reportOptions(lang string) report.Options {
	l := report.Locale{Language: lang, Zone: s.Engine.Zone, Currency: s.Engine.Currency}
	return report.Options{Locale: l, Shop: s.Engine.Shop.Name, Truth: s.Truth}
}

// togetherOptions are what a document on all campaigns needs: there, the holdout stands against their sum.
func (s *site) togetherOptions(ctx context.Context, lang string, reports []engine.Report) (report.Options, error) {
	o := s.reportOptions(lang)
	against, err := s.against(ctx, reports)
	o.Programme = &against
	return o, err
}

// briefs are all reports in a few words, by campaign; of several draws the newest.
func (s *site) briefs(ctx context.Context, lang string) (map[string]briefView, []briefView, error) {
	reports, err := s.judged(ctx)
	if err != nil {
		return nil, nil, err
	}
	byKey := map[string]briefView{}
	all := make([]briefView, len(reports))
	for i := range reports {
		all[i] = briefView{Brief: report.BriefOf(&reports[i], s.reportOptions(lang))}
		if all[i].Shown {
			all[i].Plot = report.Drawing(all[i].Brief.Plot.Draw)
		}
		byKey[all[i].Key] = all[i]
	}
	return byKey, all, nil
}

// briefView is a report in a few words with its drawing.
type briefView struct {
	report.Brief

	Plot template.HTML
}

// sections are a campaign's reports in full, as a part of a page; "" if nobody has entered.
func (s *site) sections(ctx context.Context, lang, key string) (template.HTML, error) {
	reports, portfolio, err := s.of(ctx, key)
	if err != nil || len(reports) == 0 {
		return "", err
	}
	o := s.reportOptions(lang)
	pool := func(r *engine.Report) string { return portfolio.Pool(r, lang) }
	sections := report.Campaigns(reports, pool, o)
	if len(sections) == 1 && sections[0].Title == nameOr(reports[0].Campaign.Name, key) {
		sections[0].Title = "" // the page's own heading says it
	}
	return report.Body(lang, sections)
}

// of returns a campaign's reports, and all campaigns read together; "" stands for all.
func (s *site) of(ctx context.Context, key string) ([]engine.Report, *engine.Portfolio, error) {
	all, err := s.judged(ctx)
	if err != nil {
		return nil, nil, err
	}
	portfolio, err := engine.Review(all)
	if err != nil {
		return nil, nil, err
	}
	if key == "" {
		return all, &portfolio, nil
	}
	var some []engine.Report
	for i := range all {
		if all[i].Campaign.Key == key {
			some = append(some, all[i])
		}
	}
	return some, &portfolio, nil
}

// reportsPage reads all campaigns together.
type reportsPage struct {
	frame

	Body    template.HTML
	Reports []briefView
}

// reports shows all campaigns side by side.
func (s *site) reports(w http.ResponseWriter, r *http.Request) error {
	p := reportsPage{frame: s.operatorFrame(r, "reports.title", "reports")}
	reports, portfolio, err := s.of(r.Context(), "")
	if err != nil {
		return err
	}
	if len(reports) > 0 {
		o, err := s.togetherOptions(r.Context(), p.Lang, reports)
		if err != nil {
			return err
		}
		together := report.Together(reports, portfolio, o)
		if p.Body, err = report.Body(p.Lang, []report.Section{together}); err != nil {
			return err
		}
	}
	if _, p.Reports, err = s.briefs(r.Context(), p.Lang); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, "reports", p.Lang, p)
}

// reportPage shows one campaign's verdict and everything it rests on.
type reportPage struct {
	frame

	Key, Name string
	Body      template.HTML // "": nobody has entered
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
	if p.Body, problem = s.sections(r.Context(), p.Lang, key); problem != nil {
		return problem
	}
	if err != nil && p.Body == "" { // one that ran elsewhere is known by its reports alone
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
