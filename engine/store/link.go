package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/rules/customer"
)

// Link is an address to which mails of one step lead: the same for all of its readers.
type Link struct {
	ID          int64
	CampaignKey string
	Version     int
	StepKey     string
	URL         string // https or http
}

// NewLink returns a link with its id: 63 bits of a hash of the rest, so that every process knows it without asking.
func NewLink(campaignKey string, version int, stepKey, url string) Link {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d %q %q", campaignKey, version, stepKey, url))
	return Link{int64(binary.BigEndian.Uint64(sum[:8]) & math.MaxInt64), campaignKey, version, stepKey, url}
}

// KeepLinks stores links; those that are stored stay as they are.
func (s *Store) KeepLinks(ctx context.Context, links []Link, now time.Time) error {
	// The update changes nothing: it makes the stored address come back, to be compared.
	const sql = `INSERT INTO links (link_id, campaign_key, version, step_key, url, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (link_id) DO UPDATE SET url = links.url RETURNING url`
	for _, l := range links {
		var stored string
		if err := s.pool.QueryRow(ctx, sql, l.ID, l.CampaignKey, l.Version, l.StepKey, l.URL, now).Scan(&stored); err != nil {
			return wrap("keep a link", err)
		}
		if stored != l.URL {
			return fmt.Errorf("keep a link: %q and %q have the same id", l.URL, stored)
		}
	}
	return nil
}

// LinkOf returns a stored link, or ErrNotFound.
func (s *Store) LinkOf(ctx context.Context, id int64) (Link, error) {
	var l Link
	const sql = `SELECT link_id, campaign_key, version, step_key, url FROM links WHERE link_id = $1`
	err := s.pool.QueryRow(ctx, sql, id).Scan(&l.ID, &l.CampaignKey, &l.Version, &l.StepKey, &l.URL)
	return l, wrap("read a link", notFound(err))
}

// Click is a link that was followed.
type Click struct {
	Link
	Machine    bool  // a scanner or a fetch ahead of the reader
	CustomerID int64 // 0: the link does not say
	Entry      int
}

// tooSoon is within how long after a mail's attempt no person follows a link.
const tooSoon = 5 * time.Second

// CountClick counts a click on its day. Who it was is kept only of a customer who agrees at that moment.
func (s *Store) CountClick(ctx context.Context, c Click, day, now time.Time) error {
	return wrap("count a click", s.inTx(ctx, func(tx pgx.Tx) error {
		machine := c.Machine
		if c.CustomerID != 0 {
			var err error
			if machine, err = keepClick(ctx, tx, c, now); err != nil {
				return err
			}
		}
		const count = `INSERT INTO link_clicks (link_id, day, machine, clicks) VALUES ($1, $2, $3, 1)
			ON CONFLICT (link_id, day, machine) DO UPDATE SET clicks = link_clicks.clicks + 1`
		_, err := tx.Exec(ctx, count, c.ID, day, machine)
		return err
	}))
}

// keepClick keeps a click among the customer's mail events if they agree, and reports whether it was a machine's.
func keepClick(ctx context.Context, tx pgx.Tx, c Click, now time.Time) (machine bool, err error) {
	const sent = `SELECT s.customer_id, coalesce($5 - last_attempt_at < $6, false) FROM sends s
		WHERE customer_id = coalesce((SELECT customer_id FROM customer_aliases WHERE alias_id = $1), $1)
			AND campaign_key = $2 AND entry = $3 AND step_key = $4`
	var id int64
	var soon bool
	err = tx.QueryRow(ctx, sent, c.CustomerID, c.CampaignKey, c.Entry, c.StepKey, now, tooSoon).Scan(&id, &soon)
	if errors.Is(err, pgx.ErrNoRows) { // gone since: nobody's click
		return c.Machine, nil
	}
	if machine = c.Machine || soon; err != nil || machine {
		return machine, err
	}
	var consent customer.ConsentDates
	if err := tx.QueryRow(ctx, `SELECT `+consentDates+` AND customer_id = $2`, now, id).Scan(consentTargets(&consent)...); err != nil || !consent.Tracked() {
		return machine, err
	}
	event := sha256.Sum256(fmt.Appendf(nil, "click %d %d %d %d", id, c.ID, c.Entry, now.UnixMicro()))
	const keep = `INSERT INTO mail_events (customer_id, event_id, kind, at, campaign_key, entry, step_key, detail)
		VALUES ($1, $2, 'click', $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`
	_, err = tx.Exec(ctx, keep, id, int64(binary.BigEndian.Uint64(event[:8])&math.MaxInt64), now, c.CampaignKey, c.Entry, c.StepKey, c.URL)
	return machine, err
}

// Tracked returns which of the customers agree, as known at now, that their own clicks are kept.
func (s *Store) Tracked(ctx context.Context, ids []int64, now time.Time) (map[int64]bool, error) {
	const sql = `SELECT customer_id, ` + consentDates + ` AND customer_id = ANY($2) GROUP BY customer_id`
	rows, err := s.pool.Query(ctx, sql, now, ids)
	if err != nil {
		return nil, wrap("read consents to tracking", err)
	}
	all := map[int64]bool{}
	_, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (struct{}, error) {
		var id int64
		var consent customer.ConsentDates
		err := r.Scan(append([]any{&id}, consentTargets(&consent)...)...)
		if consent.Tracked() {
			all[id] = true
		}
		return struct{}{}, err
	})
	return all, wrap("read consents to tracking", err)
}

// LinkCount is how often an address was followed from a campaign's mails.
type LinkCount struct {
	URL              string
	People, Machines int64
}

// LinkClicks counts the clicks on a campaign's links by address, the most followed first. Links nobody followed are in
// it, too.
func (s *Store) LinkClicks(ctx context.Context, campaignKey string) ([]LinkCount, error) {
	const sql = `SELECT url, coalesce(sum(clicks) FILTER (WHERE NOT machine), 0)::bigint AS people, coalesce(sum(clicks) FILTER (WHERE machine), 0)::bigint
		FROM links LEFT JOIN link_clicks USING (link_id) WHERE campaign_key = $1 GROUP BY url ORDER BY people DESC, url`
	rows, err := s.pool.Query(ctx, sql, campaignKey)
	if err != nil {
		return nil, wrap("count clicks", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[LinkCount])
	return all, wrap("count clicks", err)
}

// forgetClicks deletes what is known of a customer's clicks, once they refuse anything for which it was kept.
func forgetClicks(ctx context.Context, tx pgx.Tx, customerID int64, refused customer.ConsentKind) error {
	switch refused {
	case customer.ConsentWithdrawTracking, customer.ConsentWithdraw, customer.ConsentObjectMarketing, customer.ConsentObjectProfiling:
		_, err := tx.Exec(ctx, `DELETE FROM mail_events WHERE customer_id = $1 AND kind = 'click'`, customerID)
		return err
	}
	return nil
}

// ForgetClicks deletes what is known of single customers' clicks before a moment; the counts stay.
func (s *Store) ForgetClicks(ctx context.Context, before time.Time) (int64, error) {
	tag, err := s.pool.Exec(ctx, `DELETE FROM mail_events WHERE kind = 'click' AND at < $1`, before)
	return tag.RowsAffected(), wrap("forget clicks", err)
}
