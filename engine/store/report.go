package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// KeptReport is one revision of a report as it was written.
type KeptReport struct {
	CampaignKey string
	Split       int
	Arm         string
	ReadDays    int
	Revision    int
	AsOf        time.Time
	InputHash   string
	Body        json.RawMessage
}

const keptColumns = `campaign_key, split, arm, read_days, revision, as_of, input_hash, body`

// KeptReports returns the newest revision up to now of every report, of all campaigns or of those named: that of the
// latest day, and of several the one that was written last.
func (s *Store) KeptReports(ctx context.Context, now time.Time, keys []string) ([]KeptReport, error) {
	const sql = `SELECT DISTINCT ON (campaign_key, split, arm) ` + keptColumns + ` FROM reports
		WHERE as_of <= $1 AND (cardinality($2::text[]) = 0 OR campaign_key = ANY ($2))
		ORDER BY campaign_key, split, arm, as_of DESC, revision DESC`
	if keys == nil {
		keys = []string{}
	}
	rows, err := s.pool.Query(ctx, sql, now, keys)
	if err != nil {
		return nil, fmt.Errorf("open the kept reports: %w", err)
	}
	kept, err := pgx.CollectRows(rows, pgx.RowToStructByPos[KeptReport])
	return kept, wrap("open the kept reports", err)
}

// KeptRevisions returns the revisions of a campaign's reports, or one revision of each of them, oldest first.
func (s *Store) KeptRevisions(ctx context.Context, key string, revision int) ([]KeptReport, error) {
	const sql = `SELECT ` + keptColumns + ` FROM reports WHERE campaign_key = $1 AND ($2 = 0 OR revision = $2) ORDER BY split, arm, read_days, revision`
	rows, err := s.pool.Query(ctx, sql, key, revision)
	if err != nil {
		return nil, fmt.Errorf("open the revisions of %s: %w", key, err)
	}
	kept, err := pgx.CollectRows(rows, pgx.RowToStructByPos[KeptReport])
	return kept, wrap("open the revisions of "+key, err)
}

// ReportRevision returns which revision holds a report, and of when it is.
func (s *Store) ReportRevision(ctx context.Context, r ReportRow) (revision int, asOf time.Time, err error) {
	const sql = `SELECT revision, as_of FROM reports
		WHERE campaign_key = $1 AND split = $2 AND arm = $3 AND read_days = $4 AND input_hash = $5 ORDER BY revision DESC LIMIT 1`
	err = s.pool.QueryRow(ctx, sql, r.CampaignKey, r.Split, r.Arm, r.ReadDays, r.InputHash).Scan(&revision, &asOf)
	return revision, asOf, wrap("read the revision of the report of "+r.CampaignKey, err)
}
