package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrLeaseHeld says that another process holds the lease.
var ErrLeaseHeld = errors.New("another process holds the lease")

// Lease is the right to do something alone, until it expires by the database's clock. Every new holder gets a new
// term, so that what an old one still writes can be told apart.
type Lease struct {
	Name   string
	Holder string
	Term   int64
}

// Acquire takes the lease if it is free, expired, or already the holder's own (then with a new term).
func (s *Store) Acquire(ctx context.Context, name, holder string, d time.Duration) (Lease, error) {
	const take = `INSERT INTO leases AS l (name, holder, term, expires_at) VALUES ($1, $2, 1, clock_timestamp() + $3)
		ON CONFLICT (name) DO UPDATE SET holder = $2, term = l.term + 1, expires_at = clock_timestamp() + $3
		WHERE l.expires_at <= clock_timestamp() OR l.holder = $2 RETURNING term`
	lease := Lease{Name: name, Holder: holder}
	err := s.pool.QueryRow(ctx, take, name, holder, d).Scan(&lease.Term)
	if errors.Is(err, pgx.ErrNoRows) {
		return Lease{}, fmt.Errorf("%s: %w", name, ErrLeaseHeld)
	}
	if err != nil {
		return Lease{}, fmt.Errorf("take the lease %s: %w", name, err)
	}
	return lease, nil
}

// Renew prolongs a lease that is still held, or says ErrLeaseHeld.
func (s *Store) Renew(ctx context.Context, l Lease, d time.Duration) error {
	const renew = `UPDATE leases SET expires_at = clock_timestamp() + $4
		WHERE name = $1 AND holder = $2 AND term = $3 AND expires_at > clock_timestamp()`
	tag, err := s.pool.Exec(ctx, renew, l.Name, l.Holder, l.Term, d)
	if err != nil {
		return fmt.Errorf("renew the lease %s: %w", l.Name, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("%s: %w", l.Name, ErrLeaseHeld)
	}
	return nil
}

// LeaseLeft returns how long the lease of a worker lives that ends first, 0 if none is at work.
func (s *Store) LeaseLeft(ctx context.Context) (time.Duration, error) {
	const left = `SELECT coalesce(min(expires_at - clock_timestamp()), interval '0') FROM leases
		WHERE starts_with(name, 'worker:') AND expires_at > clock_timestamp()`
	var d time.Duration
	err := s.pool.QueryRow(ctx, left).Scan(&d)
	return d, wrap("read the leases", err)
}

// Release gives a lease back at once.
func (s *Store) Release(ctx context.Context, l Lease) error {
	const release = `UPDATE leases SET expires_at = '-infinity' WHERE name = $1 AND holder = $2 AND term = $3`
	if _, err := s.pool.Exec(ctx, release, l.Name, l.Holder, l.Term); err != nil {
		return fmt.Errorf("release the lease %s: %w", l.Name, err)
	}
	return nil
}

// held fails the transaction unless the lease is still held, and keeps it from passing on until the commit: the next
// holder sees all that this one wrote.
func held(ctx context.Context, tx pgx.Tx, l Lease) error {
	const check = `SELECT 1 FROM leases WHERE name = $1 AND holder = $2 AND term = $3 AND expires_at > clock_timestamp() FOR SHARE`
	var one int
	err := tx.QueryRow(ctx, check, l.Name, l.Holder, l.Term).Scan(&one)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%s: %w", l.Name, ErrLeaseHeld)
	}
	return err
}
