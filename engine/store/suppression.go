package store

import (
	"context"
	"time"
)

const suppressSQL = `INSERT INTO suppressions (address_hash, reason, since, recorded_at) VALUES ($1, $2, $3, $3) ON CONFLICT DO NOTHING`

// Suppress keeps an address, by its hash, from all further mail. The first reason stays.
func (s *Store) Suppress(ctx context.Context, addressHash []byte, reason string, since time.Time) error {
	_, err := s.pool.Exec(ctx, suppressSQL, addressHash, reason, since)
	return wrap("suppress an address", err)
}
