package store

import (
	"context"
	"encoding/json"
	"time"
)

// ReportRow is a revision of a report as it is kept. It is written once.
type ReportRow struct {
	CampaignKey  string
	Split        int
	Arm          string
	ReadDays     int
	AsOf, MadeAt time.Time
	InputHash    string
	Body         json.RawMessage
}

// SaveReport keeps a report as the next revision if its input differs from the last one's. Of two at the same time the
// first is kept.
func (s *Store) SaveReport(ctx context.Context, r ReportRow) error {
	const sql = `INSERT INTO reports (campaign_key, split, arm, read_days, revision, as_of, made_at, input_hash, body)
		SELECT $1, $2, $3, $4, coalesce(max(revision), 0) + 1, $5, $6, $7, $8 FROM reports
		WHERE campaign_key = $1 AND split = $2 AND arm = $3 AND read_days = $4
		HAVING $7 IS DISTINCT FROM (array_agg(input_hash ORDER BY revision DESC))[1]
		ON CONFLICT DO NOTHING`
	_, err := s.pool.Exec(ctx, sql, r.CampaignKey, r.Split, r.Arm, r.ReadDays, r.AsOf, r.MadeAt, r.InputHash, r.Body)
	return wrap("keep the report of "+r.CampaignKey, err)
}
