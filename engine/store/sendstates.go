package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
)

// SendStates counts a campaign's sends by state.
func (s *Store) SendStates(ctx context.Context, campaignKey string) (map[campaigns.State]int, error) {
	rows, err := s.pool.Query(ctx, `SELECT state, count(*) FROM sends WHERE campaign_key = $1 GROUP BY state`, campaignKey)
	if err != nil {
		return nil, fmt.Errorf("count the sends of %s: %w", campaignKey, err)
	}
	states := map[campaigns.State]int{}
	_, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (struct{}, error) {
		var state campaigns.State
		var n int
		err := r.Scan(&state, &n)
		states[state] = n
		return struct{}{}, err
	})
	return states, wrap("count the sends of "+campaignKey, err)
}

// DueCount counts what is due at now, by whether a mail or a ghost.
func (s *Store) DueCount(ctx context.Context, campaignKey string, now time.Time) (treated, ghost int, err error) {
	const sql = `SELECT count(*) FILTER (WHERE s.arm <> 'control'), count(*) FILTER (WHERE s.arm = 'control')
		FROM outbox o JOIN sends s USING (customer_id, campaign_key, entry, step_key) WHERE o.campaign_key = $1 AND o.due_at <= $2`
	err = s.pool.QueryRow(ctx, sql, campaignKey, now).Scan(&treated, &ghost)
	return treated, ghost, wrap("count what is due", err)
}
