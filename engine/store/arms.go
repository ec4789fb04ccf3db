package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns/lift"
)

// ArmOutcome is one arm of a campaign's split, as far as it has matured. Those who have left since count as they stood
// then: neither arm loses by it.
type ArmOutcome struct {
	Arm         string
	Assigned    int64 // matured, pending and departed
	Matured     int64
	Departed    int64
	Buyers      int64 // of matured and departed, like all that follows
	Orders      int64
	Value       float64 // margin, or revenue where the basis is that; before costs; major units; of the matured alone
	Sums        lift.Sums
	Strata      []Stratum
	FirstAt     time.Time // first and last assignment, and when the last one matures
	LastAt      time.Time
	LastMatures time.Time
	NextMatures *time.Time // the next of those not yet matured; nil: none
}

// Pending returns how many windows are still open.
func (a *ArmOutcome) Pending() int64 { return a.Assigned - a.Matured - a.Departed }

// Stratum are the matured customers of an arm who can be compared with those of the other arms: the same version of the
// campaign, the same segment on the day of the draw, and covariates known or not.
type Stratum struct {
	Version    int
	Segment    string // "" if unknown
	Covariates bool   // amounts 1 to 3 of Joint are known
	Departed   bool   // of those who have left; Segment and covariates are unknown
	Joint      lift.Joint
	Capped     lift.Sums // of outcomes cut at the cap; of the departed uncut
	Cut        int64     // customers
}

// The covariates of a stratum's Joint, each from before the draw; amount 0 is the outcome.
const (
	PredictedBefore = 1 // residual CLV predicted at the draw
	ValueBefore     = 2 // margin (or revenue) of 365 days, cut at a cap of its own
	OrdersBefore    = 3 // orders of as many days as the window has
)

// Outcomes are all arms of a split on one read.
type Outcomes struct {
	Arms   []ArmOutcome // by name
	Margin bool         // the basis is margin: every order has one
	Cap    *float64     // of the companion line; nil: nobody had brought anything before the first draw
}

// armsSQL sums up the arms at $1 in one pass over assignments and frozen outcomes. The basis is margin where every order
// counted has one. OFFSET 0 keeps the amounts from being computed anew in each of their sums.
var armsSQL = `
WITH basis AS MATERIALIZED (
	SELECT coalesce(bool_and(margin IS NOT NULL), false) AS margin FROM outcomes
	WHERE campaign_key = $2 AND split = $3 AND read_days = $4 AND matured_at <= $1 AND orders > 0
), caps AS MATERIALIZED (
	SELECT b.margin, CASE WHEN b.margin THEN c.margin ELSE c.revenue END AS cap,
		CASE WHEN b.margin THEN coalesce(c.margin_before, c.revenue_before) ELSE c.revenue_before END AS before_cap
	FROM basis b LEFT JOIN outcome_caps c ON c.campaign_key = $2 AND c.split = $3 AND c.read_days = $4
)
SELECT k.margin, k.cap, g.*, ` + maturesAt("g.last_at") + `, ` + maturesAt("g.next_at") + `
FROM (
	SELECT arm, version, segment, known, count(*) AS assigned, count(y) AS matured, count(*) FILTER (WHERE orders > 0) AS buyers,
		coalesce(sum(orders), 0)::bigint AS orders, coalesce(sum(value), 0) AS value, ` + jointSums() + ` AS joint,
		ARRAY[coalesce(sum(c), 0), coalesce(sum(c * c), 0), coalesce(sum(c * c * c), 0)] AS capped, count(*) FILTER (WHERE y > c) AS cut,
		min(assigned_at) AS first_at, max(assigned_at) AS last_at, min(assigned_at) FILTER (WHERE y IS NULL) AS next_at
	FROM (
		SELECT a.arm, a.version, coalesce(a.segment, '') AS segment, d.orders_before IS NOT NULL AS known, a.assigned_at, d.orders, v.value,
			v.value - d.cost AS y, least(v.value - d.cost, CASE WHEN d.cost IS NOT NULL THEN k.cap END) AS c,
			CASE WHEN d.orders_before IS NULL THEN 0 ELSE coalesce(a.clv_predicted, 0) END AS x1,
			CASE WHEN d.orders_before IS NULL THEN 0 ELSE least(CASE WHEN k.margin THEN coalesce(d.margin_before, d.revenue_before) ELSE d.revenue_before END, k.before_cap) END AS x2,
			coalesce(d.orders_before, 0)::float8 AS x3
		FROM assignments a
		CROSS JOIN caps k
		LEFT JOIN outcomes d ON d.customer_id = a.customer_id AND d.campaign_key = a.campaign_key AND d.split = a.split
			AND d.read_days = $4 AND d.matured_at <= $1
		CROSS JOIN LATERAL (SELECT CASE WHEN k.margin THEN d.margin ELSE d.revenue END AS value) v
		WHERE a.campaign_key = $2 AND a.split = $3 AND a.assigned_at <= $1
		OFFSET 0
	) x
	GROUP BY arm, version, segment, known
) g
CROSS JOIN caps k
ORDER BY g.arm, g.version, g.segment, g.known`

// maturesAt is when the assignment at a time matures; see maturity.
func maturesAt(at string) string {
	return `((((` + at + ` AT TIME ZONE $5) + make_interval(days => $4)) AT TIME ZONE $5 AT TIME ZONE $5) + make_interval(days => $6)) AT TIME ZONE $5`
}

// jointSums are the sums that lift.JointOf takes, of y and x1 to x3.
func jointSums() string {
	amounts := []string{"y", "x1", "x2", "x3"}
	var sums []string
	for _, product := range lift.Products() {
		factors := make([]string, len(product))
		for i, amount := range product {
			factors[i] = amounts[amount]
		}
		sums = append(sums, "coalesce(sum("+strings.Join(factors, " * ")+"), 0)")
	}
	return "ARRAY[" + strings.Join(sums, ", ") + "]::float8[]"
}

// Arms reads the arms of a campaign's split from the frozen outcomes: margin when every order has one, else revenue.
func (s *Store) Arms(ctx context.Context, w Window, now time.Time) (Outcomes, error) {
	var o Outcomes
	rows, err := s.pool.Query(ctx, armsSQL, w.args(now)...)
	if err == nil {
		_, err = pgx.CollectRows(rows, o.read)
	}
	if err == nil {
		rows, err = s.pool.Query(ctx, `SELECT arm, version, n, orders, buyers, y, y2, y3 FROM departed
			WHERE campaign_key = $1 AND split = $2 AND read_days = $3 ORDER BY arm, version`, w.CampaignKey, w.Split, w.Days)
	}
	if err == nil {
		_, err = pgx.CollectRows(rows, o.readDeparted)
	}
	if err != nil {
		return Outcomes{}, fmt.Errorf("read the outcomes of %s: %w", w.CampaignKey, err)
	}
	return o, nil
}

// arm returns the arm of that name, which it adds if it is new.
func (o *Outcomes) arm(name string) *ArmOutcome {
	for i := range o.Arms {
		if o.Arms[i].Arm == name {
			return &o.Arms[i]
		}
	}
	o.Arms = append(o.Arms, ArmOutcome{Arm: name})
	return &o.Arms[len(o.Arms)-1]
}

// read adds a stratum to its arm.
func (o *Outcomes) read(r pgx.CollectableRow) (none struct{}, err error) {
	var a ArmOutcome
	var st Stratum
	var joint, capped []float64
	var nextAt *time.Time
	err = r.Scan(&o.Margin, &o.Cap, &a.Arm, &st.Version, &st.Segment, &st.Covariates, &a.Assigned, &a.Matured, &a.Buyers, &a.Orders, &a.Value,
		&joint, &capped, &st.Cut, &a.FirstAt, &a.LastAt, &nextAt, &a.LastMatures, &a.NextMatures)
	if err != nil {
		return none, err
	}
	if st.Joint, err = lift.JointOf(a.Matured, [lift.Amounts]float64{}, joint); err != nil {
		return none, err
	}
	st.Capped = lift.Sums{N: a.Matured, Y: capped[0], Y2: capped[1], Y3: capped[2]}
	o.arm(a.Arm).add(a, st)
	return none, nil
}

// readDeparted adds those of an arm and version who have left.
func (o *Outcomes) readDeparted(r pgx.CollectableRow) (none struct{}, err error) {
	var a ArmOutcome
	st := Stratum{Departed: true}
	err = r.Scan(&a.Arm, &st.Version, &a.Departed, &a.Orders, &a.Buyers, &st.Capped.Y, &st.Capped.Y2, &st.Capped.Y3)
	a.Assigned, st.Capped.N = a.Departed, a.Departed
	st.Joint.N = a.Departed
	st.Joint.First[0], st.Joint.Second[0], st.Joint.Third[0] = st.Capped.Y, st.Capped.Y2, st.Capped.Y3
	o.arm(a.Arm).add(a, st)
	return none, err
}

// add counts a stratum.
func (a *ArmOutcome) add(part ArmOutcome, st Stratum) {
	a.Assigned += part.Assigned
	a.Matured += part.Matured
	a.Departed += part.Departed
	a.Buyers += part.Buyers
	a.Orders += part.Orders
	a.Value += part.Value
	a.Sums = a.Sums.Merge(st.Joint.Linear(1))
	if st.Joint.N > 0 {
		a.Strata = append(a.Strata, st)
	}
	if part.FirstAt.IsZero() {
		return // the departed have no days of their own
	}
	if a.FirstAt.IsZero() || part.FirstAt.Before(a.FirstAt) {
		a.FirstAt = part.FirstAt
	}
	if part.LastAt.After(a.LastAt) {
		a.LastAt, a.LastMatures = part.LastAt, part.LastMatures
	}
	if part.NextMatures != nil && (a.NextMatures == nil || part.NextMatures.Before(*a.NextMatures)) {
		a.NextMatures = part.NextMatures
	}
}
