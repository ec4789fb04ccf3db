-- +goose Up
-- Campaigns that ran elsewhere, and what a report reads beside the outcome.

-- Another tool's campaign keeps the name it had there.
ALTER TABLE campaigns DROP CONSTRAINT campaigns_campaign_key_check;
ALTER TABLE campaigns ADD CONSTRAINT campaigns_campaign_key_check
    CHECK (campaign_key ~ '^[a-z0-9][a-z0-9-]{0,63}$' OR (kind = 'external' AND campaign_key <> ''));

-- The segment on the day of the draw: a stratum of the report.
ALTER TABLE assignments ADD COLUMN segment text;

-- Covariates, from before the draw: orders of as many days as the window has, money of 365 days. Null in outcomes that
-- were frozen before these columns existed.
ALTER TABLE outcomes ADD COLUMN orders_before bigint;
ALTER TABLE outcomes ADD COLUMN revenue_before double precision;
ALTER TABLE outcomes ADD COLUMN margin_before double precision;

-- Where amounts are cut in the companion line of a report: percentiles of what the shop's customers brought before the
-- first draw, over as many days as the window has and over 365. Written once; null where nobody had brought anything.
CREATE TABLE outcome_caps (
    campaign_key   text NOT NULL,
    split          integer NOT NULL,
    read_days      integer NOT NULL,
    first_at       timestamptz NOT NULL,
    revenue        double precision,
    margin         double precision,
    revenue_before double precision,
    margin_before  double precision,
    PRIMARY KEY (campaign_key, split, read_days),
    FOREIGN KEY (campaign_key, split) REFERENCES campaign_splits
);

-- +goose Down
DROP TABLE outcome_caps;
ALTER TABLE outcomes DROP COLUMN margin_before;
ALTER TABLE outcomes DROP COLUMN revenue_before;
ALTER TABLE outcomes DROP COLUMN orders_before;
ALTER TABLE assignments DROP COLUMN segment;
ALTER TABLE campaigns DROP CONSTRAINT campaigns_campaign_key_check;
ALTER TABLE campaigns ADD CONSTRAINT campaigns_campaign_key_check CHECK (campaign_key ~ '^[a-z0-9][a-z0-9-]{0,63}$') NOT VALID;
