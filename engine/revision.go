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

// revision is everything a report was made of. Opened again it gives the same report, whatever has been measured, fitted
// or rewritten since.
type revision struct {
	Campaign   campaigns.Definition
	Version    int
	Basis      string
	WindowDays int
	Arms       []store.ArmOutcome
	Ratio      *float64 // p value of the sample ratio; nil: undefined
	RatioOK    bool
	Reconciled bool
	Limit      *float64 // where the companion line cuts
	Realised   *Realised
	Model      store.FrozenModel
	Kappa      lift.Realised
	Cells      []store.Cell
	Code       lift.Code // so that a verdict which only the calendar changed makes a revision, too
}

func revisionOf(r *Report) revision {
	return revision{
		Campaign: r.Campaign.Definition, Version: r.Campaign.Version, Basis: r.Basis, WindowDays: r.WindowDays,
		Arms: r.Arms, Ratio: known(r.drawn.ratio), RatioOK: r.drawn.ratioOK, Reconciled: r.drawn.reconciled, Limit: r.limit,
		Realised: r.Realised, Model: r.Projection.Model, Kappa: r.Projection.Kappa, Cells: r.cells, Code: r.Verdict.Code,
	}
}

// keep stores the report as a revision unless nothing changed.
func (e *Engine) keep(ctx context.Context, r *Report, now time.Time) error {
	body, err := json.Marshal(revisionOf(r)) //nolint:musttag // kept for ourselves, in the names it has here
	if err != nil {
		return fmt.Errorf("keep the report of %s: %w", r.Campaign.Key, err)
	}
	sum := sha256.Sum256(body)
	return e.store.SaveReport(ctx, store.ReportRow{
		CampaignKey: r.Campaign.Key, Split: r.Split, Arm: r.Arm, ReadDays: r.WindowDays, AsOf: now, MadeAt: now,
		InputHash: hex.EncodeToString(sum[:]), Body: body,
	})
}

// Revision is a report as it was kept.
type Revision struct {
	Number int
	AsOf   time.Time // the business clock when it was made
	Hash   string    // SHA-256 of what it was made of, in hexadecimal
	Report Report
}

// Revisions opens the kept revisions of a campaign's reports, all of them or the one of that number of each, oldest first.
func (e *Engine) Revisions(ctx context.Context, key string, number int) ([]Revision, error) {
	if _, err := e.measured(ctx, []string{key}, ExternalWindow); err != nil {
		return nil, err
	}
	rows, err := e.store.SavedReports(ctx, key, number)
	if err != nil {
		return nil, err
	}
	all := make([]Revision, 0, len(rows))
	for i := range rows {
		r, err := opened(&rows[i])
		if err != nil {
			return nil, fmt.Errorf("open revision %d of %s: %w", rows[i].Revision, key, err)
		}
		if r != nil {
			all = append(all, Revision{Number: rows[i].Revision, AsOf: rows[i].AsOf, Hash: rows[i].InputHash, Report: *r})
		}
	}
	return all, nil
}

// opened makes the report of a kept row again; nil for one of before reports were kept whole.
func opened(row *store.ReportRow) (*Report, error) {
	var kept revision
	if err := json.Unmarshal(row.Body, &kept); err != nil || kept.Campaign.Key == "" { //nolint:musttag // as in keep
		return nil, err
	}
	zone, err := time.LoadLocation(kept.Campaign.Timezone)
	if err != nil {
		return nil, err
	}
	c := &campaigns.Campaign{Definition: kept.Campaign, Version: kept.Version, Split: row.Split, Zone: zone}
	r := &Report{
		Campaign: c, Split: row.Split, Arm: row.Arm, Basis: kept.Basis, WindowDays: kept.WindowDays, Level: 1 - lift.Alpha(c.Kind == campaigns.External),
		Arms: kept.Arms, Realised: kept.Realised, Projection: Projection{Model: kept.Model, Kappa: kept.Kappa}, cells: kept.Cells,
	}
	ratio := math.NaN()
	if kept.Ratio != nil {
		ratio = *kept.Ratio
	}
	r.judge(row.AsOf, drawn{ratio: ratio, ratioOK: kept.RatioOK, reconciled: kept.Reconciled})
	r.companions(kept.Limit)
	r.value()
	return r, nil
}
