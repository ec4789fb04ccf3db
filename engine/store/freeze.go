package store

import (
	"context"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns/lift"
	"treue/rules/features"
)

// Buying is what a purchase model knows of a customer on a day.
type Buying struct {
	Repeats     int          // days with a purchase after the first; -1: never bought
	First, Last features.Day // of the purchases
	Spend       *float64     // mean revenue of a repeat day, major units; nil without one
	On          features.Day
}

// Residual is the revenue, in major units, that a model expects of a customer: in the year from the draw, in the year from
// the window's end, and in the days from there to the end of the last read.
type Residual struct{ Before, After, Until float64 }

// Valuer makes the function that values customers of a read by its frozen model. The days are those from the end of the
// read's window to that of the last one, 0 if there is none.
type Valuer func(m FrozenModel, days int) (func(before, after Buying) Residual, error)

// frozen is an outcome on its way into the database.
type frozen struct {
	customer                     int64
	version                      int
	arm                          string
	maturedAt                    time.Time
	orders                       int64
	revenue                      float64
	margin                       *float64
	cost                         float64
	ordersBefore                 int64
	revenueBefore                float64
	marginBefore                 *float64
	residualBefore, after, until *float64
}

// Freeze writes the outcomes that have matured at now and were not yet written, and corrects those whose orders turned out
// to be others: a correction is the next revision, the one before it stays. It returns how many it wrote. With the first
// ones it writes where the companion line cuts amounts. value may be nil: then nothing is projected.
func (s *Store) Freeze(ctx context.Context, w Window, now time.Time, value Valuer) (written int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		f := freezing{tx: tx, w: &w, now: now, value: value}
		written, err = f.run(ctx)
		return err
	})
	return written, wrap("measure "+w.CampaignKey, err)
}

// Refreeze writes all outcomes that have matured at now anew: those of a campaign that ran elsewhere, whose orders may
// come in after its exposures. What matures later than now, as a look at an earlier day finds it, stays.
func (s *Store) Refreeze(ctx context.Context, w Window, now time.Time, value Valuer) (written int64, err error) {
	const ripe = `FROM outcomes WHERE campaign_key = $1 AND split = $2 AND read_days = $3 AND matured_at <= $4`
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		for _, sql := range []string{
			`DELETE FROM outcome_caps WHERE campaign_key = $1 AND split = $2 AND read_days = $3 AND EXISTS (SELECT ` + ripe + `)`, `DELETE ` + ripe,
		} {
			if _, err := tx.Exec(ctx, sql, w.CampaignKey, w.Split, w.Days, now); err != nil {
				return err
			}
		}
		f := freezing{tx: tx, w: &w, now: now, value: value}
		written, err = f.run(ctx)
		return err
	})
	return written, wrap("measure "+w.CampaignKey, err)
}

// freezing is one read of one split on its way.
type freezing struct {
	tx      pgx.Tx
	w       *Window
	now     time.Time
	value   Valuer
	valuing func(before, after Buying) Residual // nil: nothing is projected
}

func (f *freezing) run(ctx context.Context) (int64, error) {
	if err := f.prepare(ctx); err != nil {
		return 0, err
	}
	fresh, err := f.stream(ctx, "matured_outcomes", outcomesSQL(matured), f.args(), f.insert)
	if err != nil {
		return 0, err
	}
	corrected, err := f.correct(ctx)
	if err != nil {
		return 0, err
	}
	_, err = f.tx.Exec(ctx, capsSQL(), append(f.w.Terms.args(f.w.args(f.now)...), lift.CapPercentile)...)
	return fresh + corrected, err
}

// prepare readies the frozen model.
func (f *freezing) prepare(ctx context.Context) error {
	if f.value == nil {
		return nil
	}
	m, err := freezeModel(ctx, f.tx, f.w)
	if err != nil || m.ID == 0 {
		return err
	}
	f.valuing, err = f.value(m, max(0, f.w.Last-f.w.Days))
	return err
}

func (f *freezing) args() []any {
	return append(f.w.Terms.args(f.w.args(f.now)...), f.w.CostPerMail, f.valuing != nil)
}

// stream computes outcomes in portions and hands each to write, which returns how many it wrote.
func (f *freezing) stream(ctx context.Context, name, sql string, args []any, write func(context.Context, []frozen) (int64, error)) (n int64, err error) {
	if _, err := f.tx.Exec(ctx, `DECLARE `+name+` NO SCROLL CURSOR FOR `+sql, args...); err != nil {
		return 0, err
	}
	for {
		// Cursors of one name may differ in shape, so the description is not kept.
		rows, err := f.tx.Query(ctx, `FETCH 4096 FROM `+name, pgx.QueryExecModeDescribeExec)
		if err != nil {
			return n, err
		}
		some, err := pgx.CollectRows(rows, f.read)
		if err != nil {
			return n, err
		}
		if len(some) == 0 {
			_, err = f.tx.Exec(ctx, `CLOSE `+name)
			return n, err
		}
		written, err := write(ctx, some)
		if n += written; err != nil {
			return n, err
		}
	}
}

// read takes a row of outcomesSQL and values its histories.
func (f *freezing) read(r pgx.CollectableRow) (o frozen, err error) {
	var before, after Buying
	var days [6]*time.Time
	err = r.Scan(&o.customer, &o.version, &o.arm, &o.maturedAt, &o.orders, &o.revenue, &o.margin, &o.cost, &o.ordersBefore, &o.revenueBefore, &o.marginBefore,
		&before.Repeats, &days[0], &days[1], &before.Spend, &days[2], &after.Repeats, &days[3], &days[4], &after.Spend, &days[5])
	if err != nil || f.valuing == nil {
		return o, err
	}
	for i, to := range []*features.Day{&before.First, &before.Last, &before.On, &after.First, &after.Last, &after.On} {
		if *to = features.NoDay; days[i] != nil {
			*to = features.DayOf(*days[i], time.UTC)
		}
	}
	value := f.valuing(before, after)
	o.residualBefore, o.after = finite(value.Before), finite(value.After)
	if f.w.Last > f.w.Days {
		o.until = finite(value.Until)
	}
	return o, nil
}

// finite is nil for what is not a number.
func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

const insertOutcomes = `
INSERT INTO outcomes (customer_id, campaign_key, split, read_days, revision, version, arm, matured_at, orders, revenue, margin, cost,
	orders_before, revenue_before, margin_before, residual_before, residual_after, residual_until)
SELECT x.customer_id, $1, $2, $3, $4 + coalesce((SELECT max(d.revision) FROM outcomes d WHERE d.customer_id = x.customer_id
		AND d.campaign_key = $1 AND d.split = $2 AND d.read_days = $3), 0), x.version, x.arm, x.matured_at, x.orders, x.revenue, x.margin, x.cost,
	x.orders_before, x.revenue_before, x.margin_before, x.residual_before, x.residual_after, x.residual_until
FROM unnest($5::bigint[], $6::int[], $7::text[], $8::timestamptz[], $9::bigint[], $10::float8[], $11::float8[], $12::float8[], $13::bigint[],
		$14::float8[], $15::float8[], $16::float8[], $17::float8[], $18::float8[])
	x(customer_id, version, arm, matured_at, orders, revenue, margin, cost, orders_before, revenue_before, margin_before, residual_before,
		residual_after, residual_until)
ON CONFLICT DO NOTHING`

// insert writes outcomes as the next revision of each.
func (f *freezing) insert(ctx context.Context, some []frozen) (int64, error) {
	column := func(of func(*frozen) *float64) []*float64 {
		values := make([]*float64, len(some))
		for i := range some {
			values[i] = of(&some[i])
		}
		return values
	}
	n := len(some)
	ids, versions, arms, matured := make([]int64, n), make([]int, n), make([]string, n), make([]time.Time, n)
	orders, before := make([]int64, n), make([]int64, n)
	for i, o := range some {
		ids[i], versions[i], arms[i], matured[i], orders[i], before[i] = o.customer, o.version, o.arm, o.maturedAt, o.orders, o.ordersBefore
	}
	tag, err := f.tx.Exec(ctx, insertOutcomes, f.w.CampaignKey, f.w.Split, f.w.Days, 1, ids, versions, arms, matured, orders,
		column(func(o *frozen) *float64 { return &o.revenue }), column(func(o *frozen) *float64 { return o.margin }),
		column(func(o *frozen) *float64 { return &o.cost }), before, column(func(o *frozen) *float64 { return &o.revenueBefore }),
		column(func(o *frozen) *float64 { return o.marginBefore }), column(func(o *frozen) *float64 { return o.residualBefore }),
		column(func(o *frozen) *float64 { return o.after }), column(func(o *frozen) *float64 { return o.until }))
	return tag.RowsAffected(), err
}

// correct computes the doubted outcomes again and writes those that differ.
func (f *freezing) correct(ctx context.Context) (int64, error) {
	const take = `DELETE FROM stale_outcomes WHERE campaign_key = $1 AND split = $2 AND read_days = $3 RETURNING customer_id`
	rows, err := f.tx.Query(ctx, take, f.w.CampaignKey, f.w.Split, f.w.Days)
	if err != nil {
		return 0, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return f.stream(ctx, "doubted_outcomes", outcomesSQL(doubted), append(f.args(), ids), f.replace)
}

// replace writes the outcomes that differ from those that stand by half a minor unit or more.
func (f *freezing) replace(ctx context.Context, some []frozen) (int64, error) {
	const retire = `
UPDATE outcomes d SET replaced_at = $4 FROM unnest($5::bigint[], $6::bigint[], $7::float8[], $8::float8[], $9::float8[]) x(customer_id, orders, revenue, margin, cost)
WHERE d.customer_id = x.customer_id AND d.campaign_key = $1 AND d.split = $2 AND d.read_days = $3 AND d.replaced_at IS NULL
	AND (d.orders <> x.orders OR abs(d.revenue - x.revenue) >= 0.005 OR (d.margin IS NULL) <> (x.margin IS NULL) OR abs(d.margin - x.margin) >= 0.005
		OR abs(d.cost - x.cost) >= 0.005)
RETURNING d.customer_id`
	n := len(some)
	ids, orders, revenue, margin, cost := make([]int64, n), make([]int64, n), make([]float64, n), make([]*float64, n), make([]float64, n)
	at := make(map[int64]int, n)
	for i, o := range some {
		ids[i], orders[i], revenue[i], margin[i], cost[i], at[o.customer] = o.customer, o.orders, o.revenue, o.margin, o.cost, i
	}
	rows, err := f.tx.Query(ctx, retire, f.w.CampaignKey, f.w.Split, f.w.Days, f.now, ids, orders, revenue, margin, cost)
	if err != nil {
		return 0, err
	}
	changed, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(changed) == 0 {
		return 0, err
	}
	news := make([]frozen, len(changed))
	for i, id := range changed {
		news[i] = some[at[id]]
	}
	return f.insert(ctx, news)
}
