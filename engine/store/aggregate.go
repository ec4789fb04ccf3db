package store

import (
	"context"
	"strings"
	"time"

	"treue/rules/customer"
	"treue/rules/features"
)

// Terms are the shop-wide figures that turn an order into money.
type Terms struct {
	Zone        *time.Location
	MarginShare *float64 // of the net value, for orders without a cost; nil: their margin is unknown
	TaxRate     *float64 // taken out where an order has no tax; nil: such orders stay gross

	AcquisitionCosts map[string]float64 // by channel, major units: of customers without a cost of their own

	CostPerOrder float64 // parcel, payment and the like, major units: taken off the margin of every order, refunded or not
}

// Aggregate is what one pass over a customer's history gives: the observed part of a snapshot, and what only serves
// to compute the rest of it.
type Aggregate struct {
	features.Snapshot
	ConsentDates customer.ConsentDates
	HasAddress   bool
	OrderDays    []features.OrderDay // ascending
	Before       Before

	dates [consentDatesRead]time.Time // where ConsentDates points to: a row needs no room of its own
}

const consentDatesRead = 5

// BeforeDays is how many days ago a customer's earlier history ends.
const BeforeDays = 90

// Before is the history up to the day that lies [BeforeDays] ago; without orders until then its day is
// [features.NoDay]. Refunds count as known today.
type Before struct {
	LastOrderOn features.Day
	Revenue     float64
	Margin      float64 // NaN: unknown of one of all the customer's orders
	RepeatDays  int64
	RepeatSpend float64 // NaN without a repeat day
}

// consentDates are the newest consent events per customer as known at $1, in the order of consentTargets.
const consentDates = consentMaxima + ` FROM consents WHERE effective_at <= $1`

const consentMaxima = `
	max(effective_at) FILTER (WHERE kind = 'grant' AND proven AND effective_at <= $1) AS granted_at,
	max(effective_at) FILTER (WHERE kind = 'withdraw') AS withdrawn_at,
	max(effective_at) FILTER (WHERE kind = 'object_marketing') AS objected_at,
	max(effective_at) FILTER (WHERE kind = 'object_profiling') AS profiling_objected_at,
	max(effective_at) FILTER (WHERE kind = 'allow_profiling' AND effective_at <= $1) AS profiling_allowed_at,
	max(effective_at) FILTER (WHERE kind = 'allow_tracking' AND proven AND effective_at <= $1) AS tracking_allowed_at,
	max(effective_at) FILTER (WHERE kind = 'withdraw_tracking') AS tracking_withdrawn_at`

// consentTargets are where the columns of consentDates go.
func consentTargets(k *customer.ConsentDates) []any {
	return []any{
		&k.GrantedAt, &k.WithdrawnAt, &k.ObjectedAt, &k.ProfilingObjectedAt, &k.ProfilingAllowedAt, &k.TrackingAllowedAt, &k.TrackingWithdrawnAt,
	}
}

// Days of contacts are 24 hours each: a day of the calendar would depend on the session's time zone.

// Mails are contacts that a customer got or, in a control group, would have got. Once attempted, a contact counts
// whatever the server said.

// columnsRead are the statistics that a row brings along as they are.
func columnsRead() [][2]string {
	return [][2]string{
		{"source", "c.source"},
		{"external_id", "c.external_id"},
		{"country", "c.country"},
		{"language", "c.language"},
		{"city", "c.city"},
		{"postcode", "c.postcode"},
		{"customer_group", "c.customer_group"},
		{"channel", "c.acquisition_channel"},
		{"tags", "c.tags"},
		{"acquisition_cost", "c.acquisition_cost::float8 / 100"},
		{"born_on", "c.birthday"},
		{"signed_up_on", "(c.signed_up_at AT TIME ZONE $2)::date"},
		{"subscribed_on", "(c.subscription_started_at AT TIME ZONE $2)::date"},
		{"subscription_ends_on", "(c.subscription_ended_at AT TIME ZONE $2)::date"},
		{"categories", "coalesce(l.categories, '{}')"},
		{"last_category", "l.last_category"},
		{"favourite_category", "l.favourite_category"},
		{"mails_7d", "coalesce(m.mails_7d, 0)"},
		{"mails_30d", "coalesce(m.mails_30d, 0)"},
		{"last_mail_on", "(m.last_at AT TIME ZONE $2)::date"},
		{"last_campaign", "m.last_campaign"},
		{"feedback_score", "f.score"},
		{"last_feedback_on", "(f.given_at AT TIME ZONE $2)::date"},
		{"open_complaint", "x.customer_id IS NOT NULL"},
	}
}

// datesRead come behind those columns: what consent and the days after mails are derived from.
const datesRead = `c.email IS NOT NULL AS has_address, k.granted_at, k.withdrawn_at, k.objected_at, k.profiling_objected_at, k.profiling_allowed_at, m.campaign_mails`

// ordersRead are what the statistics of a buyer's orders are derived from.
const ordersRead = `p.ordered_at, p.revenue, p.margin, p.refunded, p.discounted_at, p.delivered_at`

// aggregatesSQL reads every customer who was not erased, or the listed ones, as known at $1 in the zone $2. Where orders
// are known already it takes of them only the times of those that may have come after a mail.
func aggregatesSQL(somebodys string, ordersKnown bool) string {
	orders, whose := ordersRead, `c.customer_id`
	if ordersKnown {
		orders, whose = `p.ordered_at`, `m.customer_id AND m.campaign_mails IS NOT NULL`
	}
	var columns strings.Builder
	for _, c := range columnsRead() {
		columns.WriteString(c[1] + " AS " + c[0] + ", ")
	}
	return `
WITH k AS (SELECT customer_id, ` + consentDates + somebodys + ` GROUP BY customer_id),
m AS (
	SELECT customer_id, count(*) FILTER (WHERE at > $1 - interval '168 hours') AS mails_7d,
		count(*) FILTER (WHERE at > $1 - interval '720 hours') AS mails_30d, max(at) AS last_at,
		(array_agg(campaign_key ORDER BY at DESC, campaign_key COLLATE "C") FILTER (WHERE campaign_key IS NOT NULL))[1] AS last_campaign,
		array_agg(at) FILTER (WHERE campaign_key IS NOT NULL) AS campaign_mails
	FROM (
		SELECT customer_id, first_attempt_at AS at, campaign_key FROM sends WHERE first_attempt_at <= $1` + somebodys + `
		UNION ALL SELECT customer_id, sent_at, NULL FROM foreign_mails WHERE sent_at <= $1` + somebodys + `
	) x GROUP BY customer_id
),
f AS (
	SELECT DISTINCT ON (customer_id) customer_id, given_at, score FROM feedback WHERE given_at <= $1` + somebodys + `
	ORDER BY customer_id, given_at DESC, feedback_id DESC
),
x AS (SELECT DISTINCT customer_id FROM cases WHERE opened_at <= $1 AND (closed_at IS NULL OR closed_at > $1)` + somebodys + `)
SELECT c.customer_id, ` + columns.String() + datesRead + `, ` + orders + `
FROM customers c
LEFT JOIN {categories} l USING (customer_id)
LEFT JOIN k USING (customer_id)
LEFT JOIN m USING (customer_id)
LEFT JOIN f USING (customer_id)
LEFT JOIN x USING (customer_id)
LEFT JOIN {orders} p (buyer_id) ON p.buyer_id = ` + whose + `
WHERE c.erased_at IS NULL` + somebodys + `
ORDER BY c.customer_id`
}

// Aggregates reads the history of every customer who was not erased, as known at asOf; ordered by customer. Predictions,
// ranks and segments are left unknown.
func (s *Store) Aggregates(ctx context.Context, asOf time.Time, t Terms) ([]Aggregate, error) {
	var all []Aggregate
	err := s.Preview(ctx, asOf, t, func(r *Refreshing) error {
		if err := r.RenewAll(ctx); err != nil {
			return err
		}
		rows, err := r.Customers(ctx, false, false)
		if err != nil {
			return err
		}
		for {
			portion := make([]Aggregate, portion)
			n, err := rows.Next(ctx, portion)
			all = append(all, portion[:n]...)
			if n == 0 || err != nil {
				return err
			}
		}
	})
	return all, wrap("read the histories", err)
}
