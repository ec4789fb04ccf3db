package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
)

// Run is one run of a campaign's planner.
type Run struct {
	CampaignKey string
	No          int
	Version     int
	AsOf        time.Time
	StartedAt   time.Time
	FinishedAt  *time.Time
	State       string // running, finished or held
	Reason      string // of a held run
	Matched     int64
	Control     int64
	ToSend      int64
	Decisions   map[campaigns.Outcome]int
}

// BeginRun numbers the next run of a campaign.
func (s *Store) BeginRun(ctx context.Context, c *campaigns.Campaign, now time.Time) (Run, error) {
	const insert = `INSERT INTO runs (campaign_key, run_no, version, as_of, started_at, state, reason, matched, control, to_send, decisions)
		SELECT $1, coalesce(max(run_no), 0) + 1, $2, $3, $3, 'running', '', 0, 0, 0, '{}' FROM runs WHERE campaign_key = $1 RETURNING run_no`
	r := Run{CampaignKey: c.Key, Version: c.Version, AsOf: now, StartedAt: now}
	if err := s.pool.QueryRow(ctx, insert, c.Key, c.Version, now).Scan(&r.No); err != nil {
		return r, fmt.Errorf("begin a run of %s: %w", c.Key, err)
	}
	return r, nil
}

// FinishRun notes what a run came to: finished, or held with the reason.
func (s *Store) FinishRun(ctx context.Context, r Run, now time.Time) error {
	const update = `UPDATE runs SET finished_at = $3, state = $4, reason = $5, matched = $6, control = $7, to_send = $8, decisions = $9
		WHERE campaign_key = $1 AND run_no = $2`
	_, err := s.pool.Exec(ctx, update, r.CampaignKey, r.No, now, r.State, r.Reason, r.Matched, r.Control, r.ToSend, r.Decisions)
	if err != nil {
		return fmt.Errorf("finish the run of %s: %w", r.CampaignKey, err)
	}
	return nil
}

// Runs returns the newest runs of a campaign, newest first.
func (s *Store) Runs(ctx context.Context, key string, limit int) ([]Run, error) {
	const query = `SELECT campaign_key, run_no, version, as_of, started_at, finished_at, state, reason, matched, control, to_send, decisions
		FROM runs WHERE campaign_key = $1 ORDER BY run_no DESC LIMIT $2`
	rows, err := s.pool.Query(ctx, query, key, limit)
	if err != nil {
		return nil, fmt.Errorf("read the runs of %s: %w", key, err)
	}
	defer rows.Close()
	var runs []Run
	for rows.Next() {
		var r Run
		if err := rows.Scan(&r.CampaignKey, &r.No, &r.Version, &r.AsOf, &r.StartedAt, &r.FinishedAt, &r.State, &r.Reason,
			&r.Matched, &r.Control, &r.ToSend, &r.Decisions); err != nil {
			return nil, fmt.Errorf("read the runs of %s: %w", key, err)
		}
		runs = append(runs, r)
	}
	return runs, rows.Err()
}

// UsualSizes returns how many mails the newest finished runs of a campaign planned, newest first.
func (s *Store) UsualSizes(ctx context.Context, key string, limit int) ([]int64, error) {
	const query = `SELECT to_send FROM runs WHERE campaign_key = $1 AND state = 'finished' ORDER BY run_no DESC LIMIT $2`
	rows, err := s.pool.Query(ctx, query, key, limit)
	if err != nil {
		return nil, fmt.Errorf("read the runs of %s: %w", key, err)
	}
	sizes, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	return sizes, wrap("read the runs of "+key, err)
}
