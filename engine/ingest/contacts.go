package ingest

import (
	"strings"
	"time"

	"treue/rules/customer"
)

// mails are those of other tools. They count in the frequency caps, so that two tools together do not write
// more often than one may.
func mails() table[customer.Mail] {
	type m = customer.Mail
	return table[m]{
		kind: "mails",
		columns: []column[m]{
			{name: "customer_id", needed: true, set: id(func(r *m) *string { return &r.CustomerExternalID })},
			{name: "sent_at", needed: true, set: moment(func(r *m) *time.Time { return &r.SentAt })},
			{name: "kind", set: id(func(r *m) *string { return &r.Kind })},
		},
		finish: func(p *parser, r *m) error {
			r.Source, r.CustomerID = p.o.Source, customer.NewID(p.o.Source, r.CustomerExternalID)
			return nil
		},
	}
}

// cases keep advertising away from customers who are waiting for an answer.
func cases() table[customer.Case] {
	type c = customer.Case
	return table[c]{
		kind: "cases",
		columns: []column[c]{
			{name: "case_id", needed: true, set: id(func(r *c) *string { return &r.ExternalID })},
			{name: "customer_id", needed: true, set: id(func(r *c) *string { return &r.CustomerExternalID })},
			{name: "opened_at", needed: true, set: moment(func(r *c) *time.Time { return &r.OpenedAt })},
			{name: "closed_at", set: maybeMoment(func(r *c) **time.Time { return &r.ClosedAt })},
			{name: "reason", set: text(func(r *c) *string { return &r.Reason })},
		},
		finish: func(p *parser, r *c) error {
			r.Source, r.ID = p.o.Source, customer.NewID(p.o.Source, r.ExternalID)
			r.CustomerID = customer.NewID(p.o.Source, r.CustomerExternalID)
			return nil
		},
	}
}

// suppressions belong to addresses, not to customers: an old tool often knows nothing but the address, and it must
// stay unwanted when it comes back under another customer number.
func suppressions() table[customer.Suppression] {
	type s = customer.Suppression
	return table[s]{
		kind: "suppressions",
		columns: []column[s]{
			{name: "email", needed: true, set: into((*parser).address, func(r *s) *string { return &r.Email })},
			{name: "reason", needed: true, set: id(func(r *s) *string { return &r.Reason })},
			{name: "since", set: maybeMoment(func(r *s) **time.Time { return &r.Since })},
		},
		finish: func(_ *parser, r *s) error {
			r.Reason = strings.ToLower(r.Reason)
			return nil
		},
		// An address that is known to be unwanted stays so, whatever is wrong beside it.
		insist: func(r *s) bool { return r.Email != "" },
	}
}

// exposures are what a lift needs besides orders: who was in which arm from when on.
func exposures() table[customer.Exposure] {
	type e = customer.Exposure
	return table[e]{
		kind: "exposures",
		columns: []column[e]{
			{name: "campaign", needed: true, set: id(func(r *e) *string { return &r.Campaign })},
			{name: "customer_id", needed: true, set: id(func(r *e) *string { return &r.CustomerExternalID })},
			{name: "arm", needed: true, set: into(arm, func(r *e) *string { return &r.Arm })},
			{name: "assigned_at", needed: true, set: moment(func(r *e) *time.Time { return &r.AssignedAt })},
		},
		finish: func(p *parser, r *e) error {
			r.Source, r.CustomerID = p.o.Source, customer.NewID(p.o.Source, r.CustomerExternalID)
			return nil
		},
	}
}

// arm returns an arm's name. Control and treated are lower case, however the file writes them: a second
// spelling would be a third arm.
func arm(p *parser, cell string) (string, error) {
	name, err := p.id(cell)
	if lower := strings.ToLower(name); lower == "control" || lower == "treated" {
		name = lower
	}
	return name, err
}
