-- +goose Up
-- How the customers' value moves from month to month, and how sure the models behind it are.

-- The covariances are those of the logarithms of the parameters; null where they are unknown. The terms are those by which
-- orders were turned into money: a model and its snapshots serve no others.
ALTER TABLE clv_models ADD COLUMN outcome text, ADD COLUMN covariance jsonb, ADD COLUMN spend_covariance jsonb, ADD COLUMN terms text;

-- A month's row is the state at its beginning. next_order_on tells later who was due in the month.
ALTER TABLE clv_history ADD COLUMN stage text, ADD COLUMN next_order_on date;

-- Rows of one month are written together, so a month is a stretch of pages.
CREATE INDEX clv_history_by_month ON clv_history USING brin (month) WITH (autosummarize = on);

-- What was remembered of a month. due are the buyers whose next order was expected in it, reordered those of them who
-- did order: known when the month is over, and only if its state was taken at its beginning.
CREATE TABLE clv_months (
    month     date PRIMARY KEY,
    as_of     timestamptz NOT NULL,
    day       date NOT NULL,
    model_id  bigint NOT NULL,
    basis     text NOT NULL CHECK (basis IN ('margin', 'revenue')),
    stages    integer NOT NULL,
    customers bigint NOT NULL,
    buyers    bigint NOT NULL,
    due       bigint,
    reordered bigint CHECK (reordered BETWEEN 0 AND due)
);

-- Sums over the customers of a segment, tier or stage, so that trends are read without the customers.
CREATE TABLE clv_trends (
    month           date NOT NULL REFERENCES clv_months ON DELETE CASCADE,
    kind            text NOT NULL CHECK (kind IN ('segment', 'tier', 'stage')),
    name            text NOT NULL,
    customers       bigint NOT NULL,
    clv_historic    double precision NOT NULL,
    clv_predicted   double precision NOT NULL,
    clv_predicted_2 double precision NOT NULL,
    PRIMARY KEY (month, kind, name)
);

-- +goose Down
DROP TABLE clv_trends, clv_months;
DROP INDEX clv_history_by_month;
ALTER TABLE clv_history DROP COLUMN stage, DROP COLUMN next_order_on;
ALTER TABLE clv_models DROP COLUMN outcome, DROP COLUMN covariance, DROP COLUMN spend_covariance, DROP COLUMN terms;
