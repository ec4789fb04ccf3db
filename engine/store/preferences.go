package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
	"treue/rules/customer"
)

// preferenceColumns are a customer's choices from the table with the alias w, in the order of preferenceTargets. They are
// today's in a run of another day, too: who wants no mail gets none.
const preferenceColumns = `w.paused_at, w.paused_until, coalesce(w.unwanted_topics, '{}'), coalesce(w.language, ''), w.birthday`

// preferenceTargets are where preferenceColumns go.
func preferenceTargets(p *customer.Preferences) []any {
	return []any{&p.PausedAt, &p.PausedUntil, &p.UnwantedTopics, &p.Language, &p.Birthday}
}

// person locks a customer, or the person behind one of their other accounts, against other declarations and choices.
const person = `SELECT customer_id FROM customers
	WHERE customer_id = coalesce((SELECT customer_id FROM customer_aliases WHERE alias_id = $1), $1) AND erased_at IS NULL FOR NO KEY UPDATE`

// Choices are a customer with what they chose and declared.
type Choices struct {
	CustomerRecord
	Preferences customer.Preferences
	Consent     customer.ConsentDates
	Suppressed  bool
	Birthday    *time.Time // as on record, whoever said so
}

// Speaks returns the customer's language, "" if nobody said.
func (c *Choices) Speaks() string {
	if c.Preferences.Language != "" {
		return c.Preferences.Language
	}
	return c.Language
}

// ChoicesOf returns a customer's choices as of now. The id may be one of the person's other accounts. ErrNotFound: there
// is no such customer, or no more.
func (s *Store) ChoicesOf(ctx context.Context, customerID int64, now time.Time) (Choices, error) {
	c, err := choicesOf(ctx, s.pool.QueryRow, customerID, now)
	return c, wrap("read a customer's choices", err)
}

// choicesOf reads them by the pool or within a transaction.
func choicesOf(ctx context.Context, queryRow func(context.Context, string, ...any) pgx.Row, customerID int64, now time.Time) (Choices, error) {
	const query = `SELECT c.customer_id, c.source, c.external_id, coalesce(c.email, ''), coalesce(c.first_name, ''), coalesce(c.last_name, ''),
			coalesce(c.language, ''), c.birthday, x.address_hash IS NOT NULL, ` + preferenceColumns + `, k.*
		FROM customers c LEFT JOIN preferences w ON w.customer_id = c.customer_id
		LEFT JOIN suppressions x ON x.address_hash = c.address_hash
		CROSS JOIN LATERAL (SELECT ` + consentDates + ` AND customer_id = c.customer_id) k
		WHERE c.customer_id = coalesce((SELECT customer_id FROM customer_aliases WHERE alias_id = $2), $2) AND c.erased_at IS NULL`
	var c Choices
	targets := []any{&c.ID, &c.Source, &c.ExternalID, &c.Email, &c.FirstName, &c.LastName, &c.Language, &c.Birthday, &c.Suppressed}
	targets = append(targets, preferenceTargets(&c.Preferences)...)
	err := queryRow(ctx, query, now, customerID).Scan(append(targets, consentTargets(&c.Consent)...)...)
	return c, notFound(err)
}

// Choose changes a customer's choices, while nobody else can: change gets them as they stand. Language and birthday go
// into the customer's record, too, where they outrank every import. ErrNotFound: there is no such customer.
func (s *Store) Choose(ctx context.Context, customerID int64, now time.Time, change func(Choices) customer.Preferences) error {
	return wrap("keep a customer's choices", s.inTx(ctx, func(tx pgx.Tx) error {
		var id int64
		if err := tx.QueryRow(ctx, person, customerID).Scan(&id); err != nil {
			return notFound(err)
		}
		known, err := choicesOf(ctx, tx.QueryRow, id, now)
		if err != nil {
			return err
		}
		return keepChoices(ctx, tx, id, now, change(known))
	}))
}

func keepChoices(ctx context.Context, tx pgx.Tx, id int64, now time.Time, p customer.Preferences) error {
	const keep = `INSERT INTO preferences (customer_id, paused_at, paused_until, unwanted_topics, language, birthday, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (customer_id) DO UPDATE SET (paused_at, paused_until, unwanted_topics, language, birthday, updated_at) =
			(excluded.paused_at, excluded.paused_until, excluded.unwanted_topics, excluded.language, excluded.birthday, excluded.updated_at)`
	const record = `UPDATE customers SET language = coalesce($2, language), birthday = coalesce($3, birthday), updated_at = $4
		WHERE customer_id = $1 AND (language, birthday) IS DISTINCT FROM (coalesce($2, language), coalesce($3, birthday))`
	topics := slices.Clone(p.UnwantedTopics)
	slices.Sort(topics)
	topics = append([]string{}, slices.Compact(topics)...)
	if _, err := tx.Exec(ctx, keep, id, p.PausedAt, p.PausedUntil, topics, textOrNull(p.Language), p.Birthday, now); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, record, id, textOrNull(p.Language), p.Birthday, now); err != nil {
		return err
	}
	return staleByChoice(ctx, tx, id, now)
}

// Topic is a subject of campaigns that customers can turn off.
type Topic struct {
	Key   string
	Names []string // of its campaigns, sorted
}

// Topics returns the topics of all campaigns that are not archived, by key.
func (s *Store) Topics(ctx context.Context) ([]Topic, error) {
	all, err := s.Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string][]string{}
	for _, c := range all {
		if c.Topic != "" && c.Status != campaigns.Archived && c.Status != campaigns.Draft {
			names[c.Topic] = append(names[c.Topic], c.Name)
		}
	}
	var topics []Topic
	for key, n := range names {
		slices.Sort(n)
		topics = append(topics, Topic{key, slices.Compact(n)})
	}
	slices.SortFunc(topics, func(a, b Topic) int { return cmp.Compare(a.Key, b.Key) })
	return topics, nil
}
