package ingest

import (
	"time"

	"treue/rules/customer"
)

// customers needs nothing but the id: a customer who is only known by number still has orders to count.
func customers() table[customer.Customer] {
	type c = customer.Customer
	return table[c]{
		kind: "customers",
		columns: []column[c]{
			{name: "customer_id", needed: true, set: id(func(r *c) *string { return &r.ExternalID })},
			{name: "email", set: into((*parser).address, func(r *c) *string { return &r.Email })},
			{name: "first_name", set: text(func(r *c) *string { return &r.FirstName })},
			{name: "last_name", set: text(func(r *c) *string { return &r.LastName })},
			{name: "language", set: into((*parser).language, func(r *c) *string { return &r.Language })},
			{name: "country", set: into((*parser).country, func(r *c) *string { return &r.Country })},
			{name: "timezone", set: into((*parser).timezone, func(r *c) *string { return &r.Timezone })},
			{name: "birthday", set: optional((*parser).date, func(r *c) **time.Time { return &r.Birthday })},
			{name: "signed_up_at", set: maybeMoment(func(r *c) **time.Time { return &r.SignedUpAt })},
			{name: "postcode", set: text(func(r *c) *string { return &r.Postcode })},
			{name: "city", set: text(func(r *c) *string { return &r.City })},
			{name: "customer_group", set: text(func(r *c) *string { return &r.Group })},
			{name: "acquisition_channel", set: text(func(r *c) *string { return &r.Channel })},
			{name: "acquisition_cost", set: maybeMoney(func(r *c) **int64 { return &r.AcquisitionCost })},
			{name: "subscription_started_at", set: maybeMoment(func(r *c) **time.Time { return &r.SubscriptionStartedAt })},
			{name: "subscription_ended_at", set: maybeMoment(func(r *c) **time.Time { return &r.SubscriptionEndedAt })},
			{name: "tags", nested: true, set: into((*parser).tags, func(r *c) *[]string { return &r.Tags })},
			{name: "consent", set: optional((*parser).bool, func(r *c) **bool { return &r.Consent })},
			{name: "consent_at", set: maybeMoment(func(r *c) **time.Time { return &r.ConsentAt })},
			{name: "consent_source", set: text(func(r *c) *string { return &r.ConsentSource })},
			{name: "notice_at", set: maybeMoment(func(r *c) **time.Time { return &r.NoticeAt })},
			{name: "basis_order_id", set: id(func(r *c) *string { return &r.BasisOrderID })},
			{name: "basis_category", set: text(func(r *c) *string { return &r.BasisCategory })},
		},
		finish: func(p *parser, r *c) error {
			r.Source, r.ID = p.o.Source, customer.NewID(p.o.Source, r.ExternalID)
			return nil
		},
		// A withdrawal counts even if the birthday beside it is not a date.
		insist: func(r *c) bool { return r.ExternalID != "" && r.Consent != nil && !*r.Consent },
	}
}
