package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
)

// CustomerRecord is who a customer is.
type CustomerRecord struct {
	ID     int64
	Source string
	Recipient
}

// FindCustomer finds a customer by the shop's id, alone or as source:id; an alias leads to the person. ErrNotFound: none.
func (s *Store) FindCustomer(ctx context.Context, id string) (CustomerRecord, error) {
	const sql = `WITH known AS (
			SELECT customer_id, source, external_id, 0 AS rank FROM customers WHERE external_id IN ($1, $3)
			UNION ALL SELECT customer_id, source, external_id, 1 FROM customer_aliases WHERE external_id IN ($1, $3))
		SELECT customer_id, c.source, c.external_id, coalesce(email, ''), coalesce(first_name, ''), coalesce(last_name, ''), coalesce(language, '')
		FROM known k JOIN customers c USING (customer_id)
		WHERE k.external_id = $1 OR k.source = $2 AND k.external_id = $3
		ORDER BY k.external_id = $1 DESC, rank, customer_id LIMIT 1`
	source, own, _ := strings.Cut(id, ":")
	var c CustomerRecord
	err := s.pool.QueryRow(ctx, sql, id, source, own).
		Scan(&c.ID, &c.Source, &c.ExternalID, &c.Email, &c.FirstName, &c.LastName, &c.Language)
	return c, wrap("find a customer", notFound(err))
}

// NearestCustomer returns an id that begins like the given one, or "".
func (s *Store) NearestCustomer(ctx context.Context, id string) (string, error) {
	letters := []rune(id)
	prefix := string(letters[:len(letters)/2])
	if strings.TrimSpace(prefix) == "" {
		return "", nil
	}
	var near string
	err := s.pool.QueryRow(ctx, `SELECT external_id FROM customers WHERE starts_with(external_id, $1) ORDER BY external_id LIMIT 1`, prefix).Scan(&near)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return near, wrap("find a customer", err)
}

// SendRecord is a send as the ledger has it.
type SendRecord struct {
	SendKey
	State     campaigns.State
	Reason    string
	DueAt     time.Time
	MessageID string
}

// SendsOf returns a customer's sends in a campaign, in order.
func (s *Store) SendsOf(ctx context.Context, campaignKey string, customerID int64) ([]SendRecord, error) {
	rows, err := s.pool.Query(ctx, `SELECT customer_id, campaign_key, entry, step_key, state, reason, due_at, message_id FROM sends
		WHERE customer_id = $1 AND campaign_key = $2 ORDER BY entry, step_no`, customerID, campaignKey)
	if err != nil {
		return nil, wrap("read the sends", err)
	}
	sends, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (SendRecord, error) {
		var x SendRecord
		return x, r.Scan(&x.CustomerID, &x.CampaignKey, &x.Entry, &x.StepKey, &x.State, &x.Reason, &x.DueAt, &x.MessageID)
	})
	return sends, wrap("read the sends", err)
}

// ArmOf returns a customer's arm in a split, or "" if never assigned.
func (s *Store) ArmOf(ctx context.Context, campaignKey string, split int, customerID int64) (string, error) {
	var arm string
	err := s.pool.QueryRow(ctx, `SELECT arm FROM assignments WHERE customer_id = $1 AND campaign_key = $2 AND split = $3`, customerID, campaignKey, split).Scan(&arm)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return arm, wrap("read the arm", err)
}
