package ingest

import (
	"fmt"
	"time"

	"treue/rules/customer"
)

// maxScore is the best score. Other scales are for the shop to convert: whether 5 is the best of five stars or the
// middle of ten cannot be seen in a file.
const maxScore = 10

// feedback is what a customer said of the shop, so that nobody praises it to someone who is angry.
func feedback() table[customer.Feedback] {
	type f = customer.Feedback
	return table[f]{
		kind: "feedback",
		columns: []column[f]{
			{
				name: "feedback_id", needed: true, also: []string{"response_id", "survey_id", "review_id", "feedback_nr", "bewertung_id", "bewertungsnummer", "umfrage_id"},
				set: id(func(r *f) *string { return &r.ExternalID }),
			},
			{name: "customer_id", also: customerAliases(), needed: true, set: id(func(r *f) *string { return &r.CustomerExternalID })},
			{
				name: "given_at", needed: true, also: []string{"responded_at", "submitted_at", "date", "datum", "abgegeben_am", "bewertet_am", "beantwortet_am"},
				set: moment(func(r *f) *time.Time { return &r.GivenAt }),
			},
			{
				name: "score", needed: true, also: []string{"rating", "nps", "nps_score", "bewertung"},
				set: into((*parser).score, func(r *f) *float64 { return &r.Score }),
			},
			{
				name: "comment", also: []string{"remark", "text", "kommentar", "anmerkung", "bemerkung"},
				set: text(func(r *f) *string { return &r.Comment }),
			},
		},
		finish: func(p *parser, r *f) error {
			r.Source, r.ID = p.o.Source, customer.NewID(p.o.Source, r.ExternalID)
			r.CustomerID = customer.NewID(p.o.Source, r.CustomerExternalID)
			return nil
		},
	}
}

// customerAliases are the headers under which exports of other tools name the customer.
func customerAliases() []string {
	return []string{"customer_number", "customer_no", "kunden_id", "kundennummer", "kunden_nr", "kunde"}
}

// score returns a number from 0 to maxScore.
func (p *parser) score(cell string) (float64, error) {
	value, err := p.number(cell, maxScore)
	if err != nil {
		return 0, fmt.Errorf("%s is not a number from 0 (worst) to %d (best)", quote(cell), maxScore)
	}
	return value, nil
}
