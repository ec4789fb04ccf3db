package store

import (
	"context"
	"fmt"
	"time"
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

// LastTick returns the newest tick of a schedule that was finished, or the zero time.
func (s *Store) LastTick(ctx context.Context, schedule string) (time.Time, error) {
	var at *time.Time
	err := s.pool.QueryRow(ctx, `SELECT max(scheduled_for) FROM ticks WHERE schedule = $1 AND finished_at IS NOT NULL`, schedule).Scan(&at)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the ticks of %s: %w", schedule, err)
	}
	if at == nil {
		return time.Time{}, nil
	}
	return *at, nil
}
