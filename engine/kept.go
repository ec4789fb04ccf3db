package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine/store"
)

// Revision says which kept report one is. A revision never changes; what is known later makes another one.
type Revision struct {
	Number int
	AsOf   time.Time
	Hash   string // SHA-256 of everything the report was made of, in hexadecimal
}

// keptReport is a report as it is kept: everything it was made of and everything it said, so that it opens without a
// look at orders and says the same when the estimators have changed.
type keptReport struct {
	*plainReport

	Version    int
	Definition campaigns.Definition
	SRM        *float64 // nil: undefined
	Input      lift.VerdictInput
}

// plainReport is a report without its own way of writing.
type plainReport Report

// MarshalJSON writes a report in the form in which it is kept.
func (r *Report) MarshalJSON() ([]byte, error) {
	k := keptReport{plainReport: (*plainReport)(r), Version: r.Campaign.Version, Definition: r.Campaign.Definition, Input: r.input}
	if !math.IsNaN(r.SRM) {
		k.SRM = &r.SRM
	}
	return json.Marshal(k) //nolint:musttag // read by UnmarshalJSON alone, in the names it has here
}

// UnmarshalJSON reads a report that was kept.
func (r *Report) UnmarshalJSON(data []byte) error {
	k := keptReport{plainReport: (*plainReport)(r)}
	if err := json.Unmarshal(data, &k); err != nil { //nolint:musttag // written by MarshalJSON alone
		return err
	}
	r.SRM, r.input = math.NaN(), k.Input
	if k.SRM != nil {
		r.SRM = *k.SRM
	}
	zone, err := time.LoadLocation(k.Definition.Timezone)
	r.Campaign = &campaigns.Campaign{Definition: k.Definition, Version: k.Version, Split: max(r.Split, 1), Zone: zone}
	return err
}

// keep stores the report as a revision unless nothing changed.
func (e *Engine) keep(ctx context.Context, r *Report, now time.Time) error {
	r.Kept = nil
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keep the report of %s: %w", r.Campaign.Key, err)
	}
	sum := sha256.Sum256(body)
	row := store.ReportRow{
		CampaignKey: r.Campaign.Key, Split: r.Split, Arm: r.Arm, ReadDays: r.WindowDays, AsOf: now, MadeAt: now,
		InputHash: hex.EncodeToString(sum[:]), Body: json.RawMessage(body),
	}
	if err := e.store.SaveReport(ctx, row); err != nil {
		return err
	}
	number, asOf, err := e.store.ReportRevision(ctx, row)
	r.Kept = &Revision{Number: number, AsOf: asOf, Hash: row.InputHash}
	return err
}

// Kept opens the newest kept reports up to now, of all campaigns or of those named, without measuring anything. Reports of
// one campaign stand together, in the order of campaigns, splits and arms.
func (e *Engine) Kept(ctx context.Context, now time.Time, keys []string) ([]Report, error) {
	rows, err := e.store.KeptReports(ctx, now, keys)
	if err != nil {
		return nil, err
	}
	return openAll(rows)
}

// Revisions opens the kept revisions of a campaign's reports, all of them or the one of that number of each, oldest first.
func (e *Engine) Revisions(ctx context.Context, key string, number int) ([]Report, error) {
	if _, err := e.measured(ctx, []string{key}, ExternalWindow); err != nil {
		return nil, err
	}
	rows, err := e.store.KeptRevisions(ctx, key, number)
	if err != nil {
		return nil, err
	}
	return openAll(rows)
}

func openAll(rows []store.KeptReport) ([]Report, error) {
	reports := make([]Report, len(rows))
	for i, row := range rows {
		if err := reports[i].open(row); err != nil {
			return nil, err
		}
	}
	return reports, nil
}

func (r *Report) open(row store.KeptReport) error {
	if err := json.Unmarshal(row.Body, r); err != nil {
		return fmt.Errorf("open revision %d of the report of %s: %w", row.Revision, row.CampaignKey, err)
	}
	r.Kept = &Revision{Number: row.Revision, AsOf: row.AsOf, Hash: row.InputHash}
	return nil
}

// Current returns the newest kept report of every campaign and judges those anew of which none was kept yet.
func (e *Engine) Current(ctx context.Context, now time.Time) ([]Report, error) {
	kept, err := e.Kept(ctx, now, nil)
	if err != nil {
		return nil, err
	}
	all, err := e.measured(ctx, nil, ExternalWindow)
	if err != nil {
		return nil, err
	}
	var reports []Report
	for _, c := range all {
		some := ofCampaign(kept, c)
		if len(some) == 0 {
			if some, err = e.reports(ctx, now, []*campaigns.Campaign{c}); err != nil {
				return nil, err
			}
		}
		reports = append(reports, some...)
	}
	return reports, nil
}

// ofCampaign picks a campaign's reports. What they say is of the day they were kept; whether it runs is of today.
func ofCampaign(all []Report, c *campaigns.Campaign) (some []Report) {
	for i := range all {
		if all[i].Campaign.Key == c.Key {
			all[i].Campaign.Status, all[i].Campaign.Split, all[i].Campaign.Cron = c.Status, c.Split, c.Cron
			some = append(some, all[i])
		}
	}
	return some
}
