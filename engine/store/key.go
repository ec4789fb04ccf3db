package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrOtherKeys says that a database belongs to another installation's keys.
var ErrOtherKeys = errors.New("this database was made with other keys than those in the data folder: bring its keys.json here")

// RegisterKey notes the keys of an installation, or fails when the database was made with others: with wrong keys
// suppressed addresses would not be recognised and old unsubscribe links would die.
func (s *Store) RegisterKey(ctx context.Context, id string, now time.Time) error {
	var ours bool
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		// Of two first starts with different keys one must fail.
		if _, err := tx.Exec(ctx, `LOCK TABLE key_ids IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		const insert = `INSERT INTO key_ids (key_id, purpose, created_at) SELECT $1, 'all', $2 WHERE NOT EXISTS (SELECT FROM key_ids)`
		if _, err := tx.Exec(ctx, insert, id, now); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM key_ids WHERE key_id = $1)`, id).Scan(&ours)
	})
	if err != nil {
		return fmt.Errorf("register the keys: %w", err)
	}
	if !ours {
		return ErrOtherKeys
	}
	return nil
}
