package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// TakeTick reports whether the caller is the one to run the tick: whoever inserts the row is.
func (s *Store) TakeTick(ctx context.Context, schedule string, scheduledFor time.Time, holder string, now time.Time) (bool, error) {
	const take = `INSERT INTO ticks (schedule, scheduled_for, holder, started_at, outcome) VALUES ($1, $2, $3, $4, '') ON CONFLICT DO NOTHING`
	tag, err := s.pool.Exec(ctx, take, schedule, scheduledFor, holder, now)
	if err != nil {
		return false, fmt.Errorf("take the tick of %s: %w", schedule, err)
	}
	return tag.RowsAffected() == 1, nil
}

// RetakeTick reports whether a tick that somebody took was never finished, and makes it the caller's. Only who holds
// the right to run ticks may ask: then whoever took it has failed or is dead.
func (s *Store) RetakeTick(ctx context.Context, schedule string, scheduledFor time.Time, holder string, now time.Time) (bool, error) {
	const retake = `UPDATE ticks SET holder = $3, started_at = $4 WHERE schedule = $1 AND scheduled_for = $2 AND finished_at IS NULL`
	tag, err := s.pool.Exec(ctx, retake, schedule, scheduledFor, holder, now)
	if err != nil {
		return false, fmt.Errorf("take the tick of %s over: %w", schedule, err)
	}
	return tag.RowsAffected() == 1, nil
}

// FinishTick notes how a tick ended.
func (s *Store) FinishTick(ctx context.Context, schedule string, scheduledFor time.Time, now time.Time, outcome string) error {
	const finish = `UPDATE ticks SET finished_at = $3, outcome = $4 WHERE schedule = $1 AND scheduled_for = $2`
	if _, err := s.pool.Exec(ctx, finish, schedule, scheduledFor, now, outcome); err != nil {
		return fmt.Errorf("finish the tick of %s: %w", schedule, err)
	}
	return nil
}

// LastTicks returns the newest tick of each schedule that was finished; one without any is missing. Each is looked up by
// the key: all ticks ever are many more.
func (s *Store) LastTicks(ctx context.Context, schedules []string) (map[string]time.Time, error) {
	const last = `SELECT x.schedule, t.at FROM unnest($1::text[]) x(schedule)
		CROSS JOIN LATERAL (SELECT max(scheduled_for) AS at FROM ticks WHERE schedule = x.schedule AND finished_at IS NOT NULL) t WHERE t.at IS NOT NULL`
	rows, err := s.pool.Query(ctx, last, schedules)
	if err != nil {
		return nil, fmt.Errorf("read the ticks: %w", err)
	}
	all := make(map[string]time.Time, len(schedules))
	var schedule string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&schedule, &at}, func() error {
		all[schedule] = at
		return nil
	})
	return all, wrap("read the ticks", err)
}
