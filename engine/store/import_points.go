package store

import (
	"context"
	"iter"

	"treue/rules/customer"
)

const stagePoints = `CREATE TEMP TABLE staged (line integer, customer_id bigint, customer_external_id text, lot_id bigint,
	external_id text, points bigint, earned_at timestamptz, expires_at timestamptz) ON COMMIT DROP`

var stagePointsColumns = []string{"line", "customer_id", "customer_external_id", "lot_id", "external_id", "points", "earned_at", "expires_at"}

// ImportPoints merges lots of loyalty points. A lot that arrives under another customer moves; one that a file no longer
// names stays as it is, so that files must name what was used up with 0 points.
func (s *Store) ImportPoints(ctx context.Context, in Import, rows iter.Seq2[Numbered[customer.PointLot], error]) (Counts, error) {
	return importRows(ctx, s, in, stagePoints, stagePointsColumns, rows, stagedPoints, mergePoints)
}

func stagedPoints(n Numbered[customer.PointLot]) []any {
	l := n.Record
	return []any{n.Line, l.CustomerID, l.CustomerExternalID, l.ID, l.ExternalID, l.Points, l.EarnedAt, l.ExpiresAt}
}

func mergePoints(ctx context.Context, t *intake) (Counts, error) {
	return t.mergeBelongings(ctx, belonging{
		table: "points", id: "lot_id",
		keep: `UPDATE staged s SET earned_at = coalesce(s.earned_at, p.earned_at), expires_at = coalesce(s.expires_at, p.expires_at)
			FROM points p WHERE p.lot_id = s.lot_id AND (s.earned_at IS NULL OR s.expires_at IS NULL)`,
		update: `UPDATE points p SET points = s.points, earned_at = s.earned_at, expires_at = s.expires_at FROM staged s
			WHERE p.customer_id = s.customer_id AND p.lot_id = s.lot_id
				AND (p.points, p.earned_at, p.expires_at) IS DISTINCT FROM (s.points, s.earned_at, s.expires_at)`,
		insert: `INSERT INTO points (customer_id, lot_id, external_id, points, earned_at, expires_at)
			SELECT customer_id, lot_id, external_id, points, earned_at, expires_at FROM staged ON CONFLICT DO NOTHING`,
	})
}
