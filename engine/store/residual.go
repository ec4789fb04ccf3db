package store

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns/lift"
)

// Cell are the customers of one arm and version, with two amounts each, the others being 0.
type Cell struct {
	Arm     string
	Version int
	Joint   lift.Joint
}

// amountsSQL sums up two amounts per customer by arm and version.
func amountsSQL(first, second, from string) string {
	amounts := []string{first, second}
	var sums []string
	for _, product := range lift.Products() {
		factors := []string{}
		for _, i := range product {
			if i >= len(amounts) {
				factors = []string{"0"}
				break
			}
			factors = append(factors, amounts[i])
		}
		sums = append(sums, "coalesce(sum("+strings.Join(factors, " * ")+"), 0)")
	}
	return `SELECT d.arm, d.version, count(*), ARRAY[` + strings.Join(sums, ", ") + `]::float8[] ` + from + ` GROUP BY 1, 2 ORDER BY 1, 2`
}

func basisColumn(w *Window) string {
	if w.Revenue {
		return "revenue"
	}
	return "margin"
}

// Projected sums up what customers brought, less the cost of mail, and what the window changed of their predicted residual,
// times scale; with the model that predicted it, whose ID is 0 if there is none. Of a scale that is not a number there are
// no sums.
func (s *Store) Projected(ctx context.Context, w Window, scale func(FrozenModel) float64, now time.Time) (m FrozenModel, cells []Cell, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if m, err = frozenModel(ctx, tx, &w); err != nil || m.ID == 0 || math.IsNaN(scale(m)) {
			return err
		}
		sql := amountsSQL("(d."+basisColumn(&w)+" - d.cost)", "(d.residual_after - d.residual_before) * $5::float8", `FROM outcomes d
			WHERE d.campaign_key = $1 AND d.split = $2 AND d.read_days = $3 AND d.matured_at <= $4 AND d.replaced_at IS NULL AND d.residual_after IS NOT NULL`)
		cells, err = readCells(ctx, tx, sql, w.CampaignKey, w.Split, w.Days, now, scale(m))
		return err
	})
	return m, cells, wrap("read what is projected of "+w.CampaignKey, err)
}

// Realised sums up what customers brought between the ends of the read's window and of a later one of so many days, and what
// the change that the model predicted for that time, times scale: the amounts of [lift.KappaOf].
func (s *Store) Realised(ctx context.Context, w Window, scale func(FrozenModel) float64, now time.Time) (cells []Cell, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		m, err := frozenModel(ctx, tx, &w)
		if err != nil || m.ID == 0 || math.IsNaN(scale(m)) {
			return err
		}
		y := basisColumn(&w)
		sql := amountsSQL("(l."+y+" - l.cost - d."+y+" + d.cost)", "d.residual_until * $6::float8", `FROM outcomes d
			JOIN outcomes l USING (customer_id, campaign_key, split)
			WHERE d.campaign_key = $1 AND d.split = $2 AND d.read_days = $3 AND d.replaced_at IS NULL AND d.residual_until IS NOT NULL AND d.`+y+` IS NOT NULL
				AND l.read_days = $4 AND l.matured_at <= $5 AND l.replaced_at IS NULL AND l.`+y+` IS NOT NULL`)
		cells, err = readCells(ctx, tx, sql, w.CampaignKey, w.Split, w.Days, w.Last, now, scale(m))
		return err
	})
	return cells, wrap("read what came true of "+w.CampaignKey, err)
}

func readCells(ctx context.Context, tx pgx.Tx, sql string, args ...any) ([]Cell, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (c Cell, err error) {
		var n int64
		var sums []float64
		if err = r.Scan(&c.Arm, &c.Version, &n, &sums); err != nil {
			return c, err
		}
		if c.Joint, err = lift.JointOf(n, [lift.Amounts]float64{}, sums); err != nil {
			return c, fmt.Errorf("sums of %s: %w", c.Arm, err)
		}
		return c, nil
	})
}
