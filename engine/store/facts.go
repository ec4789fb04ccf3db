package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"treue/campaigns"
)

// Fact is what the gates look at, for one customer.
type Fact struct {
	CustomerID int64
	Email      string
	Timezone   string // IANA name; "" if unknown
	campaigns.Facts
}

// factsSQL reads the facts of the customers $2 for the campaign $3 with the split $4; the local day began at $5. Another
// split releases a customer when its last read of $6 days in the zone $7 is over.
const factsSQL = `
SELECT c.customer_id, coalesce(c.email, ''), x.address_hash IS NOT NULL, coalesce(c.language, ''), coalesce(c.timezone, ''), CASE WHEN c.notice_at <= $1 THEN c.notice_at END,
	c.basis_order_id IS NOT NULL,
	m.in_7d, m.in_30d, n.last_at, n.entries, coalesce(n.open, false), coalesce(d.campaign_key, ''), a.arm, coalesce(a.other, false), ` + preferenceColumns + `, k.*
FROM unnest($2::bigint[]) i(customer_id) JOIN customers c USING (customer_id)
LEFT JOIN suppressions x ON x.address_hash = c.address_hash AND x.since <= $1
LEFT JOIN preferences w ON w.customer_id = c.customer_id
CROSS JOIN LATERAL (
	SELECT count(*) FILTER (WHERE at > $1::timestamptz - interval '168 hours') AS in_7d, count(*) FILTER (WHERE at > $1::timestamptz - interval '720 hours') AS in_30d
	FROM (
		SELECT coalesce(first_attempt_at, $1) AS at FROM sends s WHERE s.customer_id = c.customer_id
			AND (first_attempt_at <= $1 OR first_attempt_at IS NULL AND finished_at IS NULL AND due_at <= $1)
		UNION ALL SELECT sent_at FROM foreign_mails f WHERE f.customer_id = c.customer_id AND sent_at <= $1
	) y) m
CROSS JOIN LATERAL (
	SELECT max(entered_at) AS last_at, count(*) AS entries, bool_or(EXISTS (SELECT FROM sends s
		WHERE s.customer_id = e.customer_id AND s.campaign_key = e.campaign_key AND s.entry = e.entry AND s.finished_at IS NULL)) AS open
	FROM entries e WHERE e.customer_id = c.customer_id AND e.campaign_key = $3 AND e.entered_at <= $1) n
CROSS JOIN LATERAL (
	SELECT min(campaign_key) AS campaign_key FROM entries e
	WHERE e.customer_id = c.customer_id AND e.entered_at >= $5 AND e.entered_at <= $1) d
CROSS JOIN LATERAL (
	SELECT max(a.arm) FILTER (WHERE a.split = $4) AS arm,
		bool_or(a.split <> $4 AND ((a.assigned_at AT TIME ZONE $7) + make_interval(days => $6)) AT TIME ZONE $7 > $1) AS other
	FROM assignments a WHERE a.customer_id = c.customer_id AND a.campaign_key = $3) a
CROSS JOIN LATERAL (SELECT ` + consentDates + ` AND customer_id = c.customer_id) k
WHERE c.erased_at IS NULL`

// Facts reads what the gates of a campaign look at, as known at now; dayStart is when the local day began.
func (s *Store) Facts(ctx context.Context, c *campaigns.Campaign, ids []int64, now, dayStart time.Time) (map[int64]Fact, error) {
	lastRead := max(c.Measure, slices.Max(append(slices.Clone(c.Reads), 0)))
	rows, err := s.pool.Query(ctx, factsSQL, now, ids, c.Key, c.Split, dayStart, int(lastRead), c.Zone.String())
	if err != nil {
		return nil, fmt.Errorf("read the candidates: %w", err)
	}
	facts := make(map[int64]Fact, len(ids))
	_, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (struct{}, error) {
		var f Fact
		var arm pgtype.Text
		targets := []any{
			&f.CustomerID, &f.Email, &f.Suppressed, &f.Language, &f.Timezone, &f.NoticeAt, &f.BasisOrder, &f.Contacts7d, &f.Contacts30d,
			&f.LastEntryAt, &f.Entries, &f.EntryOpen, &f.EnteredToday, &arm, &f.OtherSplit,
		}
		targets = append(targets, preferenceTargets(&f.Preferences)...)
		err := r.Scan(append(targets, consentTargets(&f.Consent)...)...)
		f.HasAddress, f.Arm = f.Email != "", arm.String
		facts[f.CustomerID] = f
		return struct{}{}, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the candidates: %w", err)
	}
	return facts, nil
}

// Spent returns what a campaign has used of its budget since the period began, and how many entered since dayStart.
func (s *Store) Spent(ctx context.Context, key string, period, dayStart time.Time) (campaigns.Spent, error) {
	const query = `SELECT
		(SELECT coalesce(jsonb_object_agg(step_key, n), '{}') FROM (SELECT step_key, count(*) AS n FROM sends WHERE campaign_key = $1
			AND arm <> 'control' AND planned_at >= $2 AND state NOT IN ('cancelled', 'expired', 'suppressed') GROUP BY step_key) s),
		(SELECT count(*) FROM entries WHERE campaign_key = $1 AND entered_at >= $3)`
	var spent campaigns.Spent
	if err := s.pool.QueryRow(ctx, query, key, period, dayStart).Scan(&spent.Mails, &spent.EntriesToday); err != nil {
		return spent, fmt.Errorf("read what campaign %s has spent: %w", key, err)
	}
	return spent, nil
}

// Standing is the open decision about a customer.
type Standing struct {
	Outcome campaigns.Outcome
	Detail  string
}

// Standings returns a campaign's open decisions by customer, but of those who have left: whoever comes back is as good as
// new.
func (s *Store) Standings(ctx context.Context, key string) (map[int64]Standing, error) {
	rows, err := s.pool.Query(ctx, `SELECT customer_id, outcome, detail FROM decisions WHERE campaign_key = $1 AND run_to IS NULL AND outcome <> 'left'`, key)
	if err != nil {
		return nil, fmt.Errorf("read the decisions of %s: %w", key, err)
	}
	open := map[int64]Standing{}
	_, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (struct{}, error) {
		var id int64
		var st Standing
		err := r.Scan(&id, &st.Outcome, &st.Detail)
		open[id] = st
		return struct{}{}, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the decisions of %s: %w", key, err)
	}
	return open, nil
}

// MatchedFromStart returns the customers who matched a campaign at its first finished run and ever since. began reports
// whether there was such a run: before it, everybody is backlog.
func (s *Store) MatchedFromStart(ctx context.Context, key string) (waiting map[int64]bool, began bool, err error) {
	const first = `SELECT coalesce(min(run_no), 0) FROM runs WHERE campaign_key = $1 AND state = 'finished'`
	var run int
	if err := s.pool.QueryRow(ctx, first, key).Scan(&run); err != nil || run == 0 {
		return nil, false, wrap("read the runs of "+key, err)
	}
	const query = `SELECT customer_id FROM decisions WHERE campaign_key = $1 GROUP BY customer_id
		HAVING min(run_from) <= $2 AND bool_and(outcome <> 'left')`
	rows, err := s.pool.Query(ctx, query, key, run)
	if err != nil {
		return nil, false, wrap("read the decisions of "+key, err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	waiting = make(map[int64]bool, len(ids))
	for _, id := range ids {
		waiting[id] = true
	}
	return waiting, true, wrap("read the decisions of "+key, err)
}
