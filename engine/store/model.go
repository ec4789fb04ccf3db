package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Covariance is the covariance matrix of the logarithms of fitted parameters; without names it is unknown.
type Covariance struct {
	Names  []string    `json:"names"`
	Values [][]float64 `json:"values"` // square, in the order of Names
}

// Model is a fitted pair of value models with the cut points that stay frozen until the next full fit.
type Model struct {
	ID                 int64
	AsOf               time.Time
	FittedAt           time.Time
	Name               string
	Params             map[string]float64
	LogLikelihood      *float64 // nil where undefined
	Converged          bool
	Outcome            string // of the search for the requested model; "" for a fit that did not note it
	Reason             string
	Covariance         Covariance // of the logarithms of Params; empty: unknown
	SpendName          string
	SpendParams        map[string]float64
	SpendLogLikelihood *float64
	SpendCovariance    Covariance
	Terms              string // by which orders were turned into money, see [Terms.Name]; "": not noted
	Cuts               map[string][]float64
	Customers          int64
	Buyers             int64
	Orders             int64
}

// SaveModel stores a fit and returns its id.
func (s *Store) SaveModel(ctx context.Context, m Model) (int64, error) {
	var id int64
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		// Two fits at once must not take the same number.
		if _, err := tx.Exec(ctx, `LOCK TABLE clv_models IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		var err error
		id, err = insertModel(ctx, tx, m)
		return err
	})
	return id, wrap("save the model", err)
}

// insertModel stores a fit; the caller has locked the table.
func insertModel(ctx context.Context, tx pgx.Tx, m Model) (id int64, err error) {
	const insert = `INSERT INTO clv_models (model_id, as_of, fitted_at, name, params, log_likelihood, converged, reason,
			spend_name, spend_params, spend_log_likelihood, cuts, customers, buyers, orders, outcome, covariance, spend_covariance, terms)
		SELECT coalesce(max(model_id), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18 FROM clv_models RETURNING model_id`
	err = tx.QueryRow(ctx, insert, m.AsOf, m.FittedAt, m.Name, m.Params, m.LogLikelihood, m.Converged, m.Reason,
		m.SpendName, m.SpendParams, m.SpendLogLikelihood, m.Cuts, m.Customers, m.Buyers, m.Orders,
		textOrNull(m.Outcome), covarianceOrNull(m.Covariance), covarianceOrNull(m.SpendCovariance), textOrNull(m.Terms)).Scan(&id)
	return id, err
}

const selectModel = `SELECT model_id, as_of, fitted_at, name, params, log_likelihood, converged, reason,
	spend_name, spend_params, spend_log_likelihood, cuts, customers, buyers, orders,
	coalesce(outcome, ''), coalesce(covariance, '{}'), coalesce(spend_covariance, '{}'), coalesce(terms, '') FROM clv_models `

// latestModel selects the newest fit whose as-of lies in ($1, $2].
const latestModel = selectModel + `WHERE as_of > $1 AND as_of <= $2 ORDER BY as_of DESC, model_id DESC LIMIT 1`

// LatestModel returns the newest fit whose as-of lies in (after, upTo], or ErrNotFound.
func (s *Store) LatestModel(ctx context.Context, after, upTo time.Time) (Model, error) {
	return scanModel(s.pool.QueryRow(ctx, latestModel, after, upTo))
}

// Model returns a stored fit, or ErrNotFound.
func (s *Store) Model(ctx context.Context, id int64) (Model, error) {
	return scanModel(s.pool.QueryRow(ctx, selectModel+`WHERE model_id = $1`, id))
}

func scanModel(row pgx.Row) (Model, error) {
	var m Model
	err := row.Scan(&m.ID, &m.AsOf, &m.FittedAt, &m.Name, &m.Params, &m.LogLikelihood, &m.Converged, &m.Reason,
		&m.SpendName, &m.SpendParams, &m.SpendLogLikelihood, &m.Cuts, &m.Customers, &m.Buyers, &m.Orders,
		&m.Outcome, &m.Covariance, &m.SpendCovariance, &m.Terms)
	return m, notFound(err)
}

// covarianceOrNull stores an unknown covariance as null.
func covarianceOrNull(c Covariance) any {
	if len(c.Names) == 0 {
		return nil
	}
	return c
}

// SetBasis notes what the values of the fit are counted in: margin, with its share of revenue, or revenue.
func (m *Model) SetBasis(basis string, share float64) {
	if basis == "margin" {
		m.Cuts["margin_share"] = []float64{share}
	}
}

// Basis returns margin or revenue.
func (m *Model) Basis() string {
	if len(m.Cuts["margin_share"]) > 0 {
		return "margin"
	}
	return "revenue"
}

// MarginShare returns the share of revenue that is margin, or 1 where values are revenue.
func (m *Model) MarginShare() float64 {
	if share := m.Cuts["margin_share"]; len(share) > 0 {
		return share[0]
	}
	return 1
}
