package store

import (
	"context"
	"fmt"
	"slices"
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

// basisSQL says whether the basis is margin, which it is where every order counted has one, and where amounts are cut.
const basisSQL = `
SELECT b.margin, CASE WHEN b.margin THEN c.margin ELSE c.revenue END, CASE WHEN b.margin THEN c.margin_before ELSE c.revenue_before END
FROM (
	SELECT coalesce(bool_and(margin IS NOT NULL), false) AND NOT $7::bool AS margin FROM outcomes
	WHERE campaign_key = $2 AND split = $3 AND read_days = $4 AND matured_at <= $1 AND replaced_at IS NULL AND orders > 0 AND $5::text <> '' AND $6::int >= 0
) b LEFT JOIN outcome_caps c ON c.campaign_key = $2 AND c.split = $3 AND c.read_days = $4`

// armsSQL sums up the arms at $1 in one pass over assignments and frozen outcomes, with amounts cut at $7 and those of
// before at $8. The names of the basis stand in the text: a CASE in each of the forty sums would double their price.
func armsSQL(basis string) string {
	before := "d." + basis + "_before"
	if basis == "margin" {
		before = "coalesce(d.margin_before, d.revenue_before)" // of orders long ago the cost is often not known
	}
	return `SELECT arm, version, segment, known, assigned, matured, buyers, orders, value, joint, capped, cut, first_at, last_at, next_at, ` +
		maturesAt("last_at") + `, ` + maturesAt("next_at") + `
FROM (
	SELECT a.arm, a.version, coalesce(a.segment, '') AS segment, d.orders_before IS NOT NULL AS known, count(*) AS assigned,
		count(d.customer_id) AS matured, count(*) FILTER (WHERE d.orders > 0) AS buyers, coalesce(sum(d.orders), 0)::bigint AS orders,
		coalesce(sum(d.` + basis + `), 0) AS value, ` + jointSums("(d."+basis+" - d.cost)", before) + ` AS joint,
		ARRAY[coalesce(sum(c.over), 0), coalesce(sum(c.over * c.over), 0), coalesce(sum(c.over * c.over * c.over), 0)] AS capped, count(c.over) AS cut,
		min(a.assigned_at) AS first_at, max(a.assigned_at) AS last_at, min(a.assigned_at) FILTER (WHERE d.customer_id IS NULL) AS next_at
	FROM assignments a
	LEFT JOIN outcomes d ON d.customer_id = a.customer_id AND d.campaign_key = a.campaign_key AND d.split = a.split
		AND d.read_days = $4 AND d.matured_at <= $1 AND d.replaced_at IS NULL
	CROSS JOIN LATERAL (SELECT CASE WHEN d.` + basis + ` - d.cost > $7::float8 THEN d.` + basis + ` - d.cost END AS over) c
	WHERE a.campaign_key = $2 AND a.split = $3 AND a.assigned_at <= $1
	GROUP BY 1, 2, 3, 4
) g
ORDER BY arm, version, segment, known`
}

// maturesAt is when the assignment at a time matures; see maturity.
func maturesAt(at string) string {
	return `((((` + at + ` AT TIME ZONE $5) + make_interval(days => $4)) AT TIME ZONE $5 AT TIME ZONE $5) + make_interval(days => $6)) AT TIME ZONE $5`
}

// jointSums are the sums that lift.JointOf takes, of the outcome and its covariates.
func jointSums(outcome, before string) string {
	amounts := []string{outcome, "coalesce(a.clv_predicted, 0)", "least(" + before + ", $8::float8)", "d.orders_before"}
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

// Arms reads the arms of a campaign's split from the frozen outcomes: margin when every order has one and the window does
// not ask for revenue, else revenue.
func (s *Store) Arms(ctx context.Context, w Window, now time.Time) (Outcomes, error) {
	var o Outcomes
	asOneSees := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.pool, asOneSees, func(tx pgx.Tx) error { return o.load(ctx, tx, &w, now) })
	if err != nil {
		return Outcomes{}, fmt.Errorf("read the outcomes of %s: %w", w.CampaignKey, err)
	}
	return o, nil
}

func (o *Outcomes) load(ctx context.Context, tx pgx.Tx, w *Window, now time.Time) error {
	var beforeCap *float64
	if err := tx.QueryRow(ctx, basisSQL, append(w.args(now), w.Revenue)...).Scan(&o.Margin, &o.Cap, &beforeCap); err != nil {
		return err
	}
	basis := "revenue"
	if o.Margin {
		basis = "margin"
	}
	rows, err := tx.Query(ctx, armsSQL(basis), append(w.args(now), o.Cap, beforeCap)...)
	if err == nil {
		_, err = pgx.CollectRows(rows, o.read)
	}
	if err == nil {
		rows, err = tx.Query(ctx, `SELECT arm, version, n, orders, buyers, y, y2, y3 FROM departed
			WHERE campaign_key = $1 AND split = $2 AND read_days = $3 ORDER BY arm, version`, w.CampaignKey, w.Split, w.Days)
	}
	if err == nil {
		_, err = pgx.CollectRows(rows, o.readDeparted)
	}
	return err
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
	var joint, over []float64
	var nextAt *time.Time
	err = r.Scan(&a.Arm, &st.Version, &st.Segment, &st.Covariates, &a.Assigned, &a.Matured, &a.Buyers, &a.Orders, &a.Value,
		&joint, &over, &st.Cut, &a.FirstAt, &a.LastAt, &nextAt, &a.LastMatures, &a.NextMatures)
	if err != nil {
		return none, err
	}
	if !st.Covariates { // the prediction alone may be known, even of those who are not matured
		for i, product := range lift.Products() {
			if slices.Max(product) > 0 {
				joint[i] = 0
			}
		}
	}
	if st.Joint, err = lift.JointOf(a.Matured, [lift.Amounts]float64{}, joint); err != nil {
		return none, err
	}
	st.Capped = st.Joint.Linear(1)
	if o.Cap != nil {
		st.Capped = st.Capped.Cut(*o.Cap, lift.Sums{N: st.Cut, Y: over[0], Y2: over[1], Y3: over[2]})
	}
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
