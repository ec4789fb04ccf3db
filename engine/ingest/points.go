package ingest

import (
	"time"

	"treue/rules/customer"
)

// pointDecimals is how many decimals of points are kept: shops give one point per euro and count cents.
const pointDecimals = 3

// points are lots, not balances: what expires next month is a part of what a customer has.
func points() table[customer.PointLot] {
	type l = customer.PointLot
	return table[l]{
		kind: "points",
		columns: []column[l]{
			{
				name: "lot_id", needed: true, also: []string{"points_id", "booking_id", "transaction_id", "punkte_id", "buchung_id", "buchungsnummer"},
				set: id(func(r *l) *string { return &r.ExternalID }),
			},
			{name: "customer_id", also: customerAliases(), needed: true, set: id(func(r *l) *string { return &r.CustomerExternalID })},
			{
				name: "points", needed: true, also: []string{"points_left", "remaining_points", "punkte", "restpunkte"},
				set: into((*parser).points, func(r *l) *int64 { return &r.Points }),
			},
			{
				name: "earned_at", also: []string{"issued_at", "gesammelt_am", "erworben_am", "gutgeschrieben_am"},
				set: maybeMoment(func(r *l) **time.Time { return &r.EarnedAt }),
			},
			{
				name: "expires_at", also: []string{"valid_until", "expiry_date", "expires", "gueltig_bis", "gültig_bis", "verfaellt_am", "verfällt_am", "ablaufdatum"},
				set: maybeMoment(func(r *l) **time.Time { return &r.ExpiresAt }),
			},
		},
		finish: func(p *parser, r *l) error {
			r.Source, r.ID = p.o.Source, customer.NewID(p.o.Source, r.ExternalID)
			r.CustomerID = customer.NewID(p.o.Source, r.CustomerExternalID)
			return nil
		},
	}
}

// points returns thousandths of a point.
func (p *parser) points(cell string) (int64, error) { return p.fixed(cell, pointDecimals) }
