-- +goose Up
-- What a window did to the value that is still to come, and outcomes that are corrected.

-- Predicted by the read's frozen model, as revenue in major units: of the year from the draw, of the year from the window's
-- end, and of the days from there to the end of the last read. Null where there is no such model, or no later read.
ALTER TABLE outcomes ADD COLUMN residual_before double precision;
ALTER TABLE outcomes ADD COLUMN residual_after double precision;
ALTER TABLE outcomes ADD COLUMN residual_until double precision;

-- A correction is the next revision; the one before it stays, with the moment of the business clock at which it was replaced.
ALTER TABLE outcomes ADD COLUMN replaced_at timestamptz;

-- Outcomes of customers whose orders changed after they were frozen: the next measurement looks at them again.
CREATE TABLE stale_outcomes (
    customer_id  bigint NOT NULL REFERENCES customers,
    campaign_key text NOT NULL,
    split        integer NOT NULL,
    read_days    integer NOT NULL,
    PRIMARY KEY (customer_id, campaign_key, split, read_days)
);
CREATE INDEX stale_outcomes_by_campaign ON stale_outcomes (campaign_key, split, read_days);

-- The model that values a read's customers: the one in force at the first draw, so that no outcome has taught it anything.
-- Written once, with its parameters.
CREATE TABLE outcome_models (
    campaign_key text NOT NULL,
    split        integer NOT NULL,
    read_days    integer NOT NULL,
    model_id     bigint NOT NULL,
    as_of        timestamptz NOT NULL,
    name         text NOT NULL,
    params       jsonb NOT NULL,
    spend_name   text NOT NULL,
    spend_params jsonb NOT NULL,
    margin_share double precision,
    PRIMARY KEY (campaign_key, split, read_days),
    FOREIGN KEY (campaign_key, split) REFERENCES campaign_splits
);

-- +goose Down
DROP TABLE outcome_models;
DROP TABLE stale_outcomes;
DELETE FROM outcomes WHERE replaced_at IS NOT NULL;
ALTER TABLE outcomes DROP COLUMN replaced_at;
ALTER TABLE outcomes DROP COLUMN residual_until;
ALTER TABLE outcomes DROP COLUMN residual_after;
ALTER TABLE outcomes DROP COLUMN residual_before;
