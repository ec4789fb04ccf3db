package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// FrozenModel is the model that values the customers of a read, with its parameters as they were.
type FrozenModel struct {
	ID          int64 // 0: no model was there when the first customer was drawn
	AsOf        time.Time
	Name        string
	Params      map[string]float64
	SpendName   string
	SpendParams map[string]float64
	MarginShare *float64 // of revenue; nil where values are revenue
}

const selectFrozen = `SELECT model_id, as_of, name, params, spend_name, spend_params, margin_share FROM outcome_models
	WHERE campaign_key = $1 AND split = $2 AND read_days = $3`

// freezeSQL takes the newest fit up to the first draw: one that has seen nothing of what the campaign did.
const freezeSQL = `INSERT INTO outcome_models (campaign_key, split, read_days, model_id, as_of, name, params, spend_name, spend_params, margin_share)
	SELECT $1, $2, $3, m.model_id, m.as_of, m.name, m.params, m.spend_name, m.spend_params, (m.cuts -> 'margin_share' ->> 0)::float8
	FROM clv_models m WHERE m.as_of <= (SELECT min(assigned_at) FROM assignments WHERE campaign_key = $1 AND split = $2)
	ORDER BY m.as_of DESC, m.model_id DESC LIMIT 1 ON CONFLICT DO NOTHING`

// freezeModel returns the read's model, which it writes down at the first time.
func freezeModel(ctx context.Context, tx pgx.Tx, w *Window) (FrozenModel, error) {
	m, err := frozenModel(ctx, tx, w)
	if err != nil || m.ID != 0 {
		return m, err
	}
	if _, err := tx.Exec(ctx, freezeSQL, w.CampaignKey, w.Split, w.Days); err != nil {
		return m, err
	}
	return frozenModel(ctx, tx, w)
}

// frozenModel returns the read's model; ID is 0 if there is none.
func frozenModel(ctx context.Context, tx pgx.Tx, w *Window) (m FrozenModel, err error) {
	rows, err := tx.Query(ctx, selectFrozen, w.CampaignKey, w.Split, w.Days)
	if err != nil {
		return m, err
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[FrozenModel])
	if err != nil || len(all) == 0 {
		return m, err
	}
	return all[0], nil
}
