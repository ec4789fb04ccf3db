package engine

import (
	"context"
	"errors"
	"time"

	"treue/campaigns"
	"treue/engine/store"
	"treue/rules"
	"treue/rules/features"
)

// PersonalData is everything on record about one person (GDPR 15), in a form that machines read, too (GDPR 20).
type PersonalData struct {
	AsOf         time.Time           `json:"as_of"`
	Customer     store.Choices       `json:"-"`
	Declarations []store.Declaration `json:"-"`
	Mails        []PersonalMail      `json:"mails"`
	Scores       []Score             `json:"scores"` // none of a customer who objected to profiling
	Records      store.Records       `json:"records"`
}

// PersonalMail is a mail that was sent, with the rule that chose its reader.
type PersonalMail struct {
	store.MailRecord
	Rule    string
	Reading map[string]string `json:"-"` // of the rule in words, by language
}

// Score is one thing that is computed about a customer.
type Score struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Unit    string `json:"unit,omitempty"`
	Meaning string `json:"meaning"`
	// Words are the value by language where it is the name of something.
	Words map[string]string `json:"-"`
}

// PersonalDataBy returns the data of the customer whom a link to the preferences names. ErrBadToken: it is not ours;
// ErrOtherMailbox: it went elsewhere.
func (e *Engine) PersonalDataBy(ctx context.Context, token string, now time.Time) (PersonalData, error) {
	c, _, err := e.reader(ctx, token, now)
	if err != nil {
		return PersonalData{}, err
	}
	return e.PersonalData(ctx, c.ID, now)
}

// PersonalData collects everything on record about a customer.
func (e *Engine) PersonalData(ctx context.Context, customerID int64, now time.Time) (PersonalData, error) {
	d := PersonalData{AsOf: now, Mails: []PersonalMail{}, Scores: []Score{}}
	var err error
	if d.Customer, err = e.store.ChoicesOf(ctx, customerID, now); err != nil {
		return d, err
	}
	id := d.Customer.ID
	if d.Records, err = e.store.RecordsOf(ctx, id); err != nil {
		return d, err
	}
	if d.Declarations, err = e.store.Declarations(ctx, id); err != nil {
		return d, err
	}
	if d.Mails, err = e.mailsTo(ctx, id); err != nil {
		return d, err
	}
	if !d.Customer.Consent.ObjectedToProfiling() {
		d.Scores, err = e.scores(ctx, id, now)
	}
	return d, err
}

func (e *Engine) mailsTo(ctx context.Context, id int64) ([]PersonalMail, error) {
	mails, err := e.store.MailsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	known := versions{e.store, map[versionKey]*campaigns.Campaign{}}
	all := make([]PersonalMail, len(mails))
	for i, m := range mails {
		c, err := known.get(ctx, m.Key, m.Version)
		if err != nil {
			return nil, err
		}
		all[i] = PersonalMail{m, c.Audience, said(c.AudienceRule().Reading)}
	}
	return all, nil
}

// said is what in gives, by the languages of the customers' pages.
func said(in func(language string) string) map[string]string {
	return map[string]string{"de": in("de"), "en": in("en")}
}

// ignoreNotFound lets what was not computed yet be absent.
func ignoreNotFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// scores reads the published snapshot: it looks nothing up anew, so that a customer's page costs no refresh.
func (e *Engine) scores(ctx context.Context, id int64, now time.Time) ([]Score, error) {
	scores := []Score{}
	set, err := e.store.CurrentSet(ctx)
	if err != nil {
		return scores, ignoreNotFound(err)
	}
	view := e.view(now)
	view.Needs = store.EverythingStored().Join(rules.FieldNeeds())
	s, err := e.store.SnapshotOf(ctx, set, view, id)
	if err != nil {
		return scores, ignoreNotFound(err)
	}
	day := features.DayOf(now, e.Zone)
	for _, f := range rules.Fields() {
		if value, known := f.Format(&s, day); known {
			score := Score{Name: f.Name, Value: value, Unit: f.Unit, Meaning: f.Description}
			if f.Name == "segment" {
				score.Words = said(func(language string) string { return rules.SegmentName(s.Segment, language) })
			}
			scores = append(scores, score)
		}
	}
	return scores, nil
}
