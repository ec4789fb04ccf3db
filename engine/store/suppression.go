package store

import (
	"context"
	"time"
)

const suppressSQL = `INSERT INTO suppressions (address_hash, reason, since, recorded_at) VALUES ($1, $2, $3, $3) ON CONFLICT DO NOTHING`

// IsSuppressed reports whether an address, by its hash, gets no mail.
func (s *Store) IsSuppressed(ctx context.Context, addressHash []byte) (bool, error) {
	var suppressed bool
	err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM suppressions WHERE address_hash = $1)`, addressHash).Scan(&suppressed)
	return suppressed, wrap("look for a suppression", err)
}

// Suppress keeps an address, by its hash, from all further mail. The first reason stays.
func (s *Store) Suppress(ctx context.Context, addressHash []byte, reason string, since time.Time) error {
	_, err := s.pool.Exec(ctx, suppressSQL, addressHash, reason, since)
	return wrap("suppress an address", err)
}
