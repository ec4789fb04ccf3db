package store

import (
	"context"
	"fmt"
	"iter"
	"time"

	"treue/rules/customer"
)

const stageExposures = `CREATE TEMP TABLE staged (line integer, campaign text, customer_id bigint, source text, customer_external_id text,
	arm text, assigned_at timestamptz) ON COMMIT DROP`

// ImportExposures takes over who was in which arm of a campaign that ran elsewhere. The first exposure of a customer
// counts, and one in another arm is refused. An unknown customer is created as with orders: whoever never bought is in
// no other file, and leaving them out would leave out the arms' zeros.
func (s *Store) ImportExposures(ctx context.Context, in Import, rows iter.Seq2[Numbered[customer.Exposure], error]) (Counts, error) {
	values := func(n Numbered[customer.Exposure]) []any {
		e := n.Record
		return []any{n.Line, e.Campaign, e.CustomerID, e.Source, e.CustomerExternalID, e.Arm, e.AssignedAt}
	}
	columns := []string{"line", "campaign", "customer_id", "source", "customer_external_id", "arm", "assigned_at"}
	return importRows(ctx, s, in, stageExposures, columns, rows, values, mergeExposures)
}

// ownCampaigns are staged rows that name a campaign of our own hand: its arms are drawn here.
const ownCampaigns = `SELECT s.line, 'campaign ' || s.campaign || ' is one of your own, whose arms are drawn here: give the other tool''s another name' AS reason
	FROM staged s JOIN campaigns c ON c.campaign_key = s.campaign WHERE c.kind <> 'external'`

// firstExposures are the exposures that count, stored ones before those of the file.
const firstExposures = `SELECT DISTINCT ON (campaign, customer_id) campaign, customer_id, arm, line FROM (
		SELECT a.campaign_key AS campaign, a.customer_id, a.arm, a.assigned_at, 0 AS line
		FROM assignments a JOIN staged s ON s.campaign = a.campaign_key AND s.customer_id = a.customer_id WHERE a.split = 1
		UNION ALL SELECT campaign, customer_id, arm, assigned_at, line FROM staged
	) x ORDER BY campaign, customer_id, line > 0, assigned_at, line`

// otherArms are staged rows in another arm than the customer's first exposure.
const otherArms = `SELECT s.line, 'customer ' || s.customer_external_id || ' is in the arm ' || f.arm || ' of campaign ' || s.campaign
		|| ' already: the first exposure counts, this one says ' || s.arm AS reason
	FROM staged s JOIN (` + firstExposures + `) f USING (campaign, customer_id) WHERE f.arm <> s.arm`

// mergeExposures writes them as assignments of the first split. Its share is 0: how the other tool drew is not known.
func mergeExposures(ctx context.Context, t *intake) (c Counts, err error) {
	bad, err := t.takeRejects(ctx, colliding("customer", "customer_id", "customer_external_id", knownIdentities))
	if err != nil {
		return c, err
	}
	c.Rejects = bad
	if err = t.execAll(ctx, resolveAliases, dropErased); err != nil {
		return c, err
	}
	for _, sql := range []string{ownCampaigns, otherArms} {
		if bad, err = t.takeRejects(ctx, sql); err != nil {
			return c, err
		}
		c.Rejects = append(c.Rejects, bad...)
	}
	const later = `DELETE FROM staged s USING (
			SELECT line, row_number() OVER (PARTITION BY campaign, customer_id ORDER BY assigned_at, line) AS place FROM staged
		) o WHERE o.line = s.line AND o.place > 1`
	const newcomers = `CREATE TEMP TABLE newcomers ON COMMIT DROP AS SELECT customer_id FROM staged s
		WHERE NOT EXISTS (SELECT FROM customers c WHERE c.customer_id = s.customer_id)`
	if err = t.execAll(ctx, later, newcomers); err != nil {
		return c, err
	}
	for _, sql := range []string{
		createCustomers,
		`INSERT INTO campaigns (campaign_key, kind, name, status, version, split, created_at, updated_at)
			SELECT DISTINCT campaign, 'external', campaign, 'archived', 1, 1, $1::timestamptz, $1::timestamptz FROM staged ON CONFLICT DO NOTHING`,
		`INSERT INTO campaign_splits (campaign_key, split, share, created_at)
			SELECT DISTINCT campaign, 1, 0, $1::timestamptz FROM staged ON CONFLICT DO NOTHING`,
	} {
		if _, err = t.exec(ctx, sql, t.in.Now); err != nil {
			return c, err
		}
	}
	if err = t.writeExposures(ctx, &c); err != nil {
		return c, err
	}
	return c, t.stale(ctx, `SELECT customer_id FROM newcomers`)
}

// writeExposures moves the day of those who turn out to have been in their arm earlier, and adds the others.
func (t *intake) writeExposures(ctx context.Context, c *Counts) (err error) {
	const earlier = `UPDATE assignments a SET assigned_at = s.assigned_at FROM staged s
		WHERE a.customer_id = s.customer_id AND a.campaign_key = s.campaign AND a.split = 1 AND s.assigned_at < a.assigned_at`
	if c.Updated, err = t.exec(ctx, earlier); err != nil {
		return err
	}
	const insert = `INSERT INTO assignments (customer_id, campaign_key, split, version, arm, u, share, assigned_at, run_no, contaminated)
		SELECT customer_id, campaign, 1, 1, arm, 0, 0, assigned_at, 0, false FROM staged ON CONFLICT DO NOTHING`
	c.Inserted, err = t.exec(ctx, insert)
	c.Unchanged = t.staged - c.Inserted - c.Updated - int64(len(c.Rejects))
	return err
}

// ExternalCampaign is a campaign that ran elsewhere.
type ExternalCampaign struct {
	Key       string
	CreatedAt time.Time // when its first exposures came in
}

// ExternalCampaigns returns the campaigns that ran elsewhere, by key.
func (s *Store) ExternalCampaigns(ctx context.Context) ([]ExternalCampaign, error) {
	var rows []campaignRow
	if err := s.orm.WithContext(ctx).Where("kind = 'external'").Order("campaign_key").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the campaigns that ran elsewhere: %w", err)
	}
	all := make([]ExternalCampaign, len(rows))
	for i, r := range rows {
		all[i] = ExternalCampaign{Key: r.CampaignKey, CreatedAt: r.CreatedAt}
	}
	return all, nil
}
