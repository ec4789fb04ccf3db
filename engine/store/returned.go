package store

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// The kinds of mail event that bounces and complaints leave.
const (
	EventHard      = "hard"      // the address does not exist
	EventSoft      = "soft"      // not delivered now
	EventBlock     = "block"     // refused by policy
	EventSender    = "sender"    // our own fault
	EventComplaint = "complaint" // called spam
)

// Returned is what came back for a mail. It concerns a customer by the first of these marks that is set: the proven
// token's CustomerID, one of MessageIDs, or, if the reporter is trusted to name it, AddressHash.
type Returned struct {
	EventID int64 // the same whenever the same report arrives
	Kind    string
	Detail  string

	CustomerID    int64
	MessagePrefix string // of the Message-ID
	AddressPrefix []byte // of the hash of the address that the mail went to

	MessageIDs  []string
	AddressHash []byte // of the address that the report names; nil: none
	Trusted     bool   // the address alone may say whom it concerns
}

// ReturnEffect is what a report changed.
type ReturnEffect struct {
	CustomerID  int64
	CampaignKey string // "" if the mail is no longer known
	Domain      string // of the customer's address; "" after erasure
	Repeated    bool   // the report was known already
	Suppressed  bool   // the customer's address gets no more mail
}

// concerned is whom a report is about.
type concerned struct {
	customerID  int64
	addressHash []byte // today's; nil after erasure
	domain      string
	send        *SendKey
}

// Receive records what came back and does what follows from it, in one transaction: a hard bounce and a complaint
// suppress the address, soft ones do so in a long enough series, the rest is only kept. A mail that a server had taken
// and returned has bounced. ErrNotFound: the report is about no mail of ours.
func (s *Store) Receive(ctx context.Context, r Returned, now time.Time) (ReturnEffect, error) {
	var effect ReturnEffect
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		about, err := concernedBy(ctx, tx, r)
		if err != nil {
			return notFound(err)
		}
		effect.CustomerID, effect.Domain = about.customerID, about.domain
		var campaign, entry, step any
		if about.send != nil {
			effect.CampaignKey = about.send.CampaignKey
			campaign, entry, step = about.send.CampaignKey, about.send.Entry, about.send.StepKey
		}
		const keep = `INSERT INTO mail_events (customer_id, event_id, kind, at, campaign_key, entry, step_key, detail)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`
		tag, err := tx.Exec(ctx, keep, about.customerID, r.EventID, r.Kind, now, campaign, entry, step, r.Detail)
		if err != nil {
			return err
		}
		if effect.Repeated = tag.RowsAffected() == 0; effect.Repeated {
			return nil
		}
		if err := about.bounce(ctx, tx, r); err != nil {
			return err
		}
		effect.Suppressed, err = about.follow(ctx, tx, r, now)
		return err
	})
	return effect, wrap("record what came back", err)
}

// domainColumn is what the customer's address says of its mail server.
const domainColumn = `coalesce(split_part(c.email, '@', 2), '')`

// concernedBy finds the customer and locks the row, so that two reports about one of them are counted in turn.
func concernedBy(ctx context.Context, tx pgx.Tx, r Returned) (concerned, error) {
	const lock = ` FOR NO KEY UPDATE OF c`
	switch {
	case r.CustomerID != 0:
		const byMark = `SELECT c.customer_id, c.address_hash, ` + domainColumn + `, s.campaign_key, s.entry, s.step_key FROM customers c
			LEFT JOIN sends s ON s.customer_id = c.customer_id AND starts_with(s.message_id, $2)
			WHERE c.customer_id = coalesce((SELECT customer_id FROM customer_aliases WHERE alias_id = $1), $1) LIMIT 1`
		return scanConcerned(tx.QueryRow(ctx, byMark+lock, r.CustomerID, r.MessagePrefix))
	case len(r.MessageIDs) > 0:
		const byMessage = `SELECT c.customer_id, c.address_hash, ` + domainColumn + `, s.campaign_key, s.entry, s.step_key FROM sends s JOIN customers c USING (customer_id)
			WHERE s.message_id = ANY($1) AND s.attempts > 0 AND s.state <> 'ghost' LIMIT 1`
		about, err := scanConcerned(tx.QueryRow(ctx, byMessage+lock, r.MessageIDs))
		if !errors.Is(err, pgx.ErrNoRows) || !r.Trusted {
			return about, err
		}
	}
	if !r.Trusted || r.AddressHash == nil {
		return concerned{}, pgx.ErrNoRows
	}
	const byAddress = `SELECT c.customer_id, c.address_hash, ` + domainColumn + `, NULL::text, NULL::int, NULL::text FROM address_keys k JOIN customers c USING (customer_id)
		WHERE k.address_hash = $1`
	return scanConcerned(tx.QueryRow(ctx, byAddress+lock, r.AddressHash))
}

func scanConcerned(row pgx.Row) (concerned, error) {
	var c concerned
	var campaign, step *string
	var entry *int
	err := row.Scan(&c.customerID, &c.addressHash, &c.domain, &campaign, &entry, &step)
	if err == nil && campaign != nil {
		c.send = &SendKey{c.customerID, *campaign, *entry, *step}
	}
	return c, err
}

// bounce notes that a mail did not arrive after all; a complaint is about one that did, and so may be what comes back
// from an address that is not the customer's: they forward their mail.
func (c concerned) bounce(ctx context.Context, tx pgx.Tx, r Returned) error {
	if c.send == nil || r.Kind == EventComplaint || !c.stillThere(r) {
		return nil
	}
	const sql = `UPDATE sends SET state = 'bounced', reason = 'returned: ' || $5
		WHERE (customer_id, campaign_key, entry, step_key) = ($1, $2, $3, $4) AND state = 'accepted'`
	_, err := tx.Exec(ctx, sql, c.send.CustomerID, c.send.CampaignKey, c.send.Entry, c.send.StepKey, r.Detail)
	return err
}

// follow does what a new event asks for and reports whether the address was suppressed.
func (c concerned) follow(ctx context.Context, tx pgx.Tx, r Returned, now time.Time) (bool, error) {
	if c.addressHash == nil {
		return false, nil
	}
	reason := ""
	switch r.Kind {
	case EventComplaint:
		reason = "complaint" // of the person, at whatever address they are today
	case EventHard:
		if c.stillThere(r) {
			reason = "hard bounce"
		}
	case EventSoft:
		series, err := inSeries(ctx, tx, c.customerID, now)
		if err != nil {
			return false, err
		}
		if series && c.stillThere(r) {
			reason = "soft bounces"
		}
	}
	if reason == "" {
		return false, nil
	}
	_, err := tx.Exec(ctx, suppressSQL, c.addressHash, reason, now)
	return err == nil, err
}

// stillThere reports whether the customer still has the address that failed. A report may come late, and the address
// that it speaks of may have been given up for one that works.
func (c concerned) stillThere(r Returned) bool {
	switch {
	case r.CustomerID != 0:
		return bytes.HasPrefix(c.addressHash, r.AddressPrefix)
	case r.AddressHash != nil:
		return bytes.Equal(c.addressHash, r.AddressHash)
	}
	return true
}

// seriesSQL counts the mails that came back softly, at once or later, since one went through. A mail that was accepted
// in the last three days may still come back and proves nothing.
const seriesSQL = `
WITH failed AS (
	SELECT campaign_key, entry, step_key, at FROM mail_events WHERE customer_id = $1 AND kind = 'soft' AND campaign_key IS NOT NULL
	UNION ALL SELECT campaign_key, entry, step_key, finished_at FROM sends
		WHERE customer_id = $1 AND state = 'bounced' AND starts_with(reason, 'bounced_soft')
), through AS (
	SELECT max(s.finished_at) AS at FROM sends s WHERE s.customer_id = $1 AND s.state = 'accepted' AND s.finished_at < $2::timestamptz - interval '72 hours'
		AND NOT EXISTS (SELECT FROM mail_events e WHERE e.customer_id = $1 AND e.kind IN ('hard', 'soft', 'block', 'sender')
			AND (e.campaign_key, e.entry, e.step_key) = (s.campaign_key, s.entry, s.step_key))
)
SELECT count(DISTINCT (campaign_key, entry, step_key)) >= 5 AND max(f.at) - min(f.at) >= interval '336 hours'
FROM failed f, through t WHERE f.at > coalesce(t.at, '-infinity')`

// inSeries reports whether soft bounces have become a hard one: five mails over fourteen days or more, none delivered
// in between.
func inSeries(ctx context.Context, tx pgx.Tx, customerID int64, now time.Time) (bool, error) {
	var series *bool
	err := tx.QueryRow(ctx, seriesSQL, customerID, now).Scan(&series)
	return series != nil && *series, err
}

// SendOf finds the mail that one of the Message-IDs names. ErrNotFound: none is ours.
func (s *Store) SendOf(ctx context.Context, messageIDs []string) (SendKey, error) {
	const sql = `SELECT customer_id, campaign_key, entry, step_key FROM sends
		WHERE message_id = ANY($1) AND attempts > 0 AND state <> 'ghost' LIMIT 1`
	var k SendKey
	err := s.pool.QueryRow(ctx, sql, messageIDs).Scan(&k.CustomerID, &k.CampaignKey, &k.Entry, &k.StepKey)
	return k, wrap("find a mail by its Message-ID", notFound(err))
}

// MailEventCounts counts what came back since a time, by kind. Clicks are no part of it.
func (s *Store) MailEventCounts(ctx context.Context, since time.Time) (map[string]int64, error) {
	rows, err := s.pool.Query(ctx, `SELECT kind, count(*) FROM mail_events WHERE at > $1 AND kind <> 'click' GROUP BY kind`, since)
	if err != nil {
		return nil, wrap("count mail events", err)
	}
	counts := map[string]int64{}
	_, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (struct{}, error) {
		var kind string
		var n int64
		err := r.Scan(&kind, &n)
		counts[kind] = n
		return struct{}{}, err
	})
	return counts, wrap("count mail events", err)
}
