package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Stopped is a campaign that the engine paused by itself.
type Stopped struct {
	Key, Reason string
	At          time.Time
}

// StopCampaign pauses an active campaign, with the reason why a person should look at it, and reports whether it was
// active. Activating or archiving it is proof that somebody has.
func (s *Store) StopCampaign(ctx context.Context, key, reason string, now time.Time) (bool, error) {
	const sql = `UPDATE campaigns SET status = 'paused', stopped = $2, updated_at = $3 WHERE campaign_key = $1 AND status = 'active'`
	tag, err := s.pool.Exec(ctx, sql, key, reason, now)
	return tag.RowsAffected() == 1, wrap("stop campaign "+key, err)
}

// StoppedCampaigns returns the campaigns that wait for a person, by key.
func (s *Store) StoppedCampaigns(ctx context.Context) ([]Stopped, error) {
	rows, err := s.pool.Query(ctx, `SELECT campaign_key, stopped, updated_at FROM campaigns WHERE stopped IS NOT NULL ORDER BY campaign_key`)
	if err != nil {
		return nil, fmt.Errorf("read the stopped campaigns: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Stopped])
	return all, wrap("read the stopped campaigns", err)
}
