package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
)

// Fact is what the gates of every campaign look at, for one customer, and what stays as it is until something happens to
// them: see [Passing] for the rest.
type Fact struct {
	CustomerID int64
	Email      string
	Timezone   string // IANA name; "" if unknown
	campaigns.Facts
}

// openStates are those of sends that are not finished. Few sends are in one, and an index finds them by campaign.
const openStates = `'planned', 'claimed', 'sending', 'deferred', 'unknown', 'held'`

// factsSQL reads the facts of the customers $2. Each table is read once for all of them: one after the other they would
// cost ten times as much. The ids are joined: as ANY($2) a planner would look at each, too.
const factsSQL = `
WITH i AS MATERIALIZED (SELECT unnest($2::bigint[]) AS customer_id),
m AS (
	SELECT customer_id, count(*) FILTER (WHERE at > $1::timestamptz - interval '168 hours') AS in_7d, count(*) AS in_30d
	FROM (
		SELECT customer_id, first_attempt_at AS at FROM sends WHERE first_attempt_at > $1::timestamptz - interval '720 hours' AND first_attempt_at <= $1
		UNION ALL SELECT customer_id, sent_at FROM foreign_mails WHERE sent_at > $1::timestamptz - interval '720 hours' AND sent_at <= $1
	) y JOIN i USING (customer_id) GROUP BY 1
),
k AS (SELECT customer_id, ` + consentMaxima + ` FROM consents JOIN i USING (customer_id) WHERE effective_at <= $1 GROUP BY 1)
SELECT c.customer_id, coalesce(c.email, ''), coalesce(c.language, ''), coalesce(c.timezone, ''), c.notice_at, c.basis_order_id IS NOT NULL,
	coalesce(m.in_7d, 0), coalesce(m.in_30d, 0), ` + preferenceColumns + `,
	k.granted_at, k.withdrawn_at, k.objected_at, k.profiling_objected_at, k.profiling_allowed_at, k.tracking_allowed_at, k.tracking_withdrawn_at
FROM i JOIN customers c USING (customer_id)
LEFT JOIN preferences w ON w.customer_id = c.customer_id
LEFT JOIN m ON m.customer_id = c.customer_id
LEFT JOIN k ON k.customer_id = c.customer_id
WHERE c.erased_at IS NULL`

// manyIDs is how a statement over a list is run whose length decides how: a plan that is kept for lists of any length
// goes through them one by one.
const manyIDs = pgx.QueryExecModeCacheDescribe

// Facts adds to facts what the gates of every campaign look at, as known at now, of those customers who were not erased.
// What they did in one campaign is told by [Store.Memberships].
func (s *Store) Facts(ctx context.Context, ids []int64, now time.Time, facts map[int64]Fact) error {
	rows, err := s.pool.Query(ctx, factsSQL, manyIDs, now, ids)
	if err != nil {
		return fmt.Errorf("read the candidates: %w", err)
	}
	var f Fact
	targets := []any{
		&f.CustomerID, &f.Email, &f.Language, &f.Timezone, &f.NoticeAt, &f.BasisOrder, &f.Contacts7d, &f.Contacts30d,
	}
	targets = append(append(targets, preferenceTargets(&f.Preferences)...), consentTargets(&f.Consent)...)
	_, err = pgx.ForEachRow(rows, targets, func() error {
		f.HasAddress = f.Email != ""
		facts[f.CustomerID] = f
		return nil
	})
	return wrap("read the candidates", err)
}

// Membership is what a customer did in one campaign. Who never came near it has the zero value.
type Membership struct {
	LastEntryAt *time.Time // nil: never
	Entries     int
	Arm         string     // in the current split; "" if not assigned
	Released    *time.Time // when another split releases them; nil: they were in none
}

// In returns the customer's facts at that moment, for the campaign of that membership.
func (f *Fact) In(key string, m Membership, p *Passing) campaigns.Facts {
	in := f.Facts
	if in.NoticeAt != nil && in.NoticeAt.After(p.at) {
		in.NoticeAt = nil
	}
	in.Suppressed, in.EnteredToday = p.suppressed[f.CustomerID], p.entered[f.CustomerID]
	in.Contacts7d += p.coming[f.CustomerID]
	in.Contacts30d += p.coming[f.CustomerID]
	in.LastEntryAt, in.Entries, in.EntryOpen, in.Arm = m.LastEntryAt, m.Entries, p.open[inCampaign{f.CustomerID, key}], m.Arm
	in.OtherSplit = m.Released != nil && m.Released.After(p.at)
	return in
}

// membershipsSQL reads what the customers $2 did in the campaign $3 with the split $4. Another split releases a customer
// when its last read of $5 days in the zone $6 is over.
const membershipsSQL = `
WITH i AS MATERIALIZED (SELECT unnest($2::bigint[]) AS customer_id)
SELECT customer_id, e.last_at, coalesce(e.entries, 0), coalesce(a.arm, ''), a.released
FROM (
	SELECT customer_id, max(entered_at) AS last_at, count(*) AS entries FROM i JOIN entries USING (customer_id)
	WHERE campaign_key = $3 AND entered_at <= $1 GROUP BY 1
) e FULL JOIN (
	SELECT customer_id, max(arm) FILTER (WHERE split = $4) AS arm,
		max(((assigned_at AT TIME ZONE $6) + make_interval(days => $5)) AT TIME ZONE $6) FILTER (WHERE split <> $4) AS released
	FROM i JOIN assignments USING (customer_id) WHERE campaign_key = $3 GROUP BY 1
) a USING (customer_id)`

// Memberships adds to members what the customers did in a campaign, as known at now, but for those who never came near it.
func (s *Store) Memberships(ctx context.Context, c *campaigns.Campaign, ids []int64, now time.Time, members map[int64]Membership) error {
	lastRead := max(c.Measure, slices.Max(append(slices.Clone(c.Reads), 0)))
	rows, err := s.pool.Query(ctx, membershipsSQL, manyIDs, now, ids, c.Key, c.Split, int(lastRead), c.Zone.String())
	if err != nil {
		return fmt.Errorf("read the candidates of %s: %w", c.Key, err)
	}
	var id int64
	var m Membership
	_, err = pgx.ForEachRow(rows, []any{&id, &m.LastEntryAt, &m.Entries, &m.Arm, &m.Released}, func() error {
		members[id] = m
		return nil
	})
	return wrap("read the candidates of "+c.Key, err)
}

// Spent returns what a campaign has used of its budget since the period began, and how many entered since dayStart. With
// the zero period nothing limits its mails, and they are not counted.
func (s *Store) Spent(ctx context.Context, key string, period, dayStart time.Time) (campaigns.Spent, error) {
	const query = `SELECT
		(SELECT coalesce(jsonb_object_agg(step_key, n), '{}') FROM (SELECT step_key, count(*) AS n FROM sends
			WHERE $2::timestamptz IS NOT NULL AND campaign_key = $1
			AND arm <> 'control' AND planned_at >= $2 AND state NOT IN ('cancelled', 'expired', 'suppressed') GROUP BY step_key) s),
		(SELECT count(*) FROM entries WHERE campaign_key = $1 AND entered_at >= $3)`
	var since any
	if !period.IsZero() {
		since = period
	}
	var spent campaigns.Spent
	if err := s.pool.QueryRow(ctx, query, key, since, dayStart).Scan(&spent.Mails, &spent.EntriesToday); err != nil {
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
