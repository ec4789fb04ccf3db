package store

import (
	"context"
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

const selectCustomer = `SELECT customer_id, source, external_id, coalesce(email, ''), coalesce(first_name, ''), coalesce(last_name, ''), coalesce(language, '')
	FROM customers c `

// FindCustomer finds a customer by the shop's id, alone or as source:id; an alias leads to the person. ErrNotFound: none.
func (s *Store) FindCustomer(ctx context.Context, id string) (CustomerRecord, error) {
	const where = `WHERE external_id = $1 OR source || ':' || external_id = $1
		OR customer_id IN (SELECT customer_id FROM customer_aliases WHERE external_id = $1 OR source || ':' || external_id = $1)
		ORDER BY (external_id = $1) DESC LIMIT 1`
	var c CustomerRecord
	err := s.pool.QueryRow(ctx, selectCustomer+where, id).
		Scan(&c.ID, &c.Source, &c.ExternalID, &c.Email, &c.FirstName, &c.LastName, &c.Language)
	return c, wrap("find a customer", notFound(err))
}

// NearestCustomer returns an id that begins like the given one, or "".
func (s *Store) NearestCustomer(ctx context.Context, id string) (string, error) {
	prefix := id[:len(id)/2]
	if strings.TrimSpace(prefix) == "" {
		return "", nil
	}
	var near string
	err := s.pool.QueryRow(ctx, `SELECT external_id FROM customers WHERE left(external_id, length($1)) = $1 ORDER BY external_id LIMIT 1`, prefix).Scan(&near)
	if err == pgx.ErrNoRows {
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
	if err == pgx.ErrNoRows {
		return "", nil
	}
	return arm, wrap("read the arm", err)
}
