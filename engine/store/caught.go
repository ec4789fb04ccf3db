package store

import (
	"context"
	"hash/fnv"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
)

// CaughtMail is a mail that the built-in catcher kept instead of sending it.
type CaughtMail struct {
	ID                                    int64
	CaughtAt                              time.Time
	Recipient, Sender, Subject, MessageID string
	Raw                                   []byte // RFC 5322; only where one mail is asked for
}

// KeepCaught stores a caught mail. A repeated Message-ID replaces the earlier copy.
func (s *Store) KeepCaught(ctx context.Context, m CaughtMail) error {
	h := fnv.New64a()
	_, _ = h.Write([]byte(m.MessageID))
	const sql = `INSERT INTO caught_mails (mail_id, caught_at, recipient, sender, subject, message_id, raw) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (mail_id) DO UPDATE SET caught_at = $2, recipient = $3, sender = $4, subject = $5, raw = $7`
	_, err := s.pool.Exec(ctx, sql, int64(h.Sum64()&math.MaxInt64), m.CaughtAt, m.Recipient, m.Sender, m.Subject, m.MessageID, m.Raw)
	return wrap("keep a caught mail", err)
}

// CaughtMails lists caught mail, newest first, and counts all of it.
func (s *Store) CaughtMails(ctx context.Context, limit, offset int) ([]CaughtMail, int64, error) {
	var total int64
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM caught_mails`).Scan(&total); err != nil {
		return nil, 0, wrap("list caught mail", err)
	}
	rows, err := s.pool.Query(ctx, `SELECT mail_id, caught_at, recipient, sender, subject, message_id FROM caught_mails
		ORDER BY caught_at DESC, mail_id LIMIT $1 OFFSET $2`, limit, offset)
	if err != nil {
		return nil, 0, wrap("list caught mail", err)
	}
	mails, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (CaughtMail, error) {
		var m CaughtMail
		return m, r.Scan(&m.ID, &m.CaughtAt, &m.Recipient, &m.Sender, &m.Subject, &m.MessageID)
	})
	return mails, total, wrap("list caught mail", err)
}

// CaughtMail returns one caught mail with its bytes, or ErrNotFound.
func (s *Store) CaughtMail(ctx context.Context, id int64) (CaughtMail, error) {
	m := CaughtMail{ID: id}
	err := s.pool.QueryRow(ctx, `SELECT caught_at, recipient, sender, subject, message_id, raw FROM caught_mails WHERE mail_id = $1`, id).
		Scan(&m.CaughtAt, &m.Recipient, &m.Sender, &m.Subject, &m.MessageID, &m.Raw)
	return m, wrap("read a caught mail", notFound(err))
}
