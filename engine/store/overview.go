package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
)

// SendCount is how many sends of a campaign are in a state.
type SendCount struct {
	CampaignKey string
	State       campaigns.State
	N           int64
}

// SendCounts counts all sends by campaign and state.
func (s *Store) SendCounts(ctx context.Context) ([]SendCount, error) {
	rows, err := s.pool.Query(ctx, `SELECT campaign_key, state, count(*) FROM sends GROUP BY 1, 2 ORDER BY 1, 2`)
	if err != nil {
		return nil, fmt.Errorf("count the sends: %w", err)
	}
	counts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[SendCount])
	return counts, wrap("count the sends", err)
}

// Backlog is what waits in the outbox.
type Backlog struct {
	Due    int64      // due at the moment asked for and not in anybody's hand
	Oldest *time.Time // since when the longest-waiting of them is due; nil: none
	Later  int64      // due later; held sends included
}

// Backlog counts what waits at now.
func (s *Store) Backlog(ctx context.Context, now time.Time) (Backlog, error) {
	const sql = `SELECT count(*) FILTER (WHERE due_at <= $1), min(due_at) FILTER (WHERE due_at <= $1), count(*) FILTER (WHERE due_at > $1)
		FROM outbox WHERE worker IS NULL`
	var b Backlog
	err := s.pool.QueryRow(ctx, sql, now).Scan(&b.Due, &b.Oldest, &b.Later)
	return b, wrap("count what waits", err)
}

// TickCounts counts ticks by what became of them; "running" are those without an end.
func (s *Store) TickCounts(ctx context.Context) (map[string]int64, error) {
	rows, err := s.pool.Query(ctx, `SELECT CASE WHEN finished_at IS NULL THEN 'running' ELSE outcome END, count(*) FROM ticks GROUP BY 1`)
	if err != nil {
		return nil, fmt.Errorf("count the ticks: %w", err)
	}
	counts := map[string]int64{}
	_, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (struct{}, error) {
		var outcome string
		var n int64
		err := r.Scan(&outcome, &n)
		counts[outcome] = n
		return struct{}{}, err
	})
	return counts, wrap("count the ticks", err)
}

// TickDelay returns how long after its time the newest tick was taken, 0 if there was none.
func (s *Store) TickDelay(ctx context.Context) (time.Duration, error) {
	var planned, started time.Time
	err := notFound(s.pool.QueryRow(ctx, `SELECT scheduled_for, started_at FROM ticks ORDER BY scheduled_for DESC LIMIT 1`).Scan(&planned, &started))
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return started.Sub(planned), wrap("read the newest tick", err)
}
