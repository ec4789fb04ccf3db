package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// AcceptedSend is a mail that reached a server, with when its customer was assigned.
type AcceptedSend struct {
	SendKey
	AcceptedAt time.Time
	AssignedAt time.Time
	CouponCode string     // "" without one
	ValidUntil *time.Time // of the coupon
}

// AcceptedSince returns the mails accepted at or after since, ordered by customer, campaign, entry and step.
func (s *Store) AcceptedSince(ctx context.Context, since time.Time) ([]AcceptedSend, error) {
	const sql = `SELECT s.customer_id, s.campaign_key, s.entry, s.step_key, s.finished_at, a.assigned_at, coalesce(s.coupon_code, ''), s.valid_until
		FROM sends s CROSS JOIN LATERAL (SELECT assigned_at FROM entries JOIN assignments USING (customer_id, campaign_key, split)
			WHERE (customer_id, campaign_key, entry) = (s.customer_id, s.campaign_key, s.entry) OFFSET 0) a
		WHERE s.state = 'accepted' AND s.finished_at >= $1 ORDER BY 1, 2, 3, 4`
	rows, err := s.pool.Query(ctx, sql, since)
	if err != nil {
		return nil, fmt.Errorf("read the accepted mails: %w", err)
	}
	sends, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (AcceptedSend, error) {
		var a AcceptedSend
		return a, r.Scan(&a.CustomerID, &a.CampaignKey, &a.Entry, &a.StepKey, &a.AcceptedAt, &a.AssignedAt, &a.CouponCode, &a.ValidUntil)
	})
	return sends, wrap("read the accepted mails", err)
}
