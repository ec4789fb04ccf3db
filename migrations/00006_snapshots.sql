-- +goose Up
-- Snapshots with every statistic that rules read. They are derived data: the next use computes them anew.

DELETE FROM snapshot_pointer;
DELETE FROM snapshot_sets;
DROP TABLE snapshots_a, snapshots_b, snapshots_private;

-- Known with the rows, so that nobody counts them again.
ALTER TABLE snapshot_sets ADD COLUMN mailable bigint NOT NULL CHECK (mailable >= 0);

-- Rows are written once and in order of customer_id, so pages are full and a scan by customer reads them one after the
-- other. What most rules read comes first, since finding a column means walking over those before it; the long lists,
-- which few rules read, come last.
CREATE TABLE snapshots_a (
    customer_id            bigint NOT NULL,
    set_id                 bigint NOT NULL,
    orders                 bigint NOT NULL,
    revenue                double precision,
    consent                boolean NOT NULL,
    last_order_on          date,
    first_order_on         date,
    p_alive                double precision CHECK (p_alive BETWEEN 0 AND 1),
    clv_historic           double precision,
    clv_predicted          double precision,
    clv_percentile         double precision,
    segment                text,
    tier                   text,
    country                text,
    language               text,
    channel                text,
    mails_7d               bigint NOT NULL,
    mails_30d              bigint NOT NULL,
    last_mail_on           date,
    rhythm                 double precision,
    next_order_on          date,
    margin                 double precision,
    refunded               double precision,
    discounted_orders      bigint NOT NULL,
    last_order_value       double precision,
    last_order_discounted  boolean NOT NULL,
    last_delivery_on       date,
    expected_orders        double precision,
    clv_predicted_low      double precision,
    clv_predicted_high     double precision,
    clv_90d_ago            double precision,
    recency_score          double precision,
    frequency_score        double precision,
    monetary_score         double precision,
    segment_since          date,
    repeat_days            bigint NOT NULL,
    repeat_spend           double precision,
    signed_up_on           date,
    born_on                date,
    subscribed_on          date,
    subscription_ends_on   date,
    acquisition_cost       double precision,
    feedback_score         double precision,
    last_feedback_on       date,
    open_complaint         boolean NOT NULL,
    last_campaign_order_on date,
    last_campaign          text,
    city                   text,
    postcode               text,
    customer_group         text,
    last_category          text,
    favourite_category     text,
    next_category          text,
    source                 text NOT NULL,
    external_id            text NOT NULL,
    tags                   text[] NOT NULL,
    categories             text[] NOT NULL,
    PRIMARY KEY (customer_id, set_id)
);
CREATE TABLE snapshots_b (LIKE snapshots_a INCLUDING ALL);
CREATE TABLE snapshots_private (LIKE snapshots_a INCLUDING ALL);

-- +goose Down
DELETE FROM snapshot_pointer;
DELETE FROM snapshot_sets;
DROP TABLE snapshots_a, snapshots_b, snapshots_private;
ALTER TABLE snapshot_sets DROP COLUMN mailable;
CREATE TABLE snapshots_a (
    customer_id     bigint NOT NULL,
    set_id          bigint NOT NULL,
    source          text NOT NULL,
    external_id     text NOT NULL,
    country         text,
    language        text,
    channel         text,
    tags            text[] NOT NULL,
    signed_up_on    date,
    consent         boolean NOT NULL,
    orders          bigint NOT NULL,
    revenue         double precision NOT NULL,
    margin          double precision,
    first_order_on  date,
    last_order_on   date,
    categories      text[] NOT NULL,
    last_category   text,
    repeat_days     bigint NOT NULL,
    repeat_spend    double precision,
    p_alive         double precision CHECK (p_alive BETWEEN 0 AND 1),
    expected_orders double precision,
    clv_historic    double precision,
    clv_predicted   double precision,
    clv_percentile  double precision,
    tier            text,
    segment         text,
    mails_30d       bigint NOT NULL,
    last_mail_on    date,
    PRIMARY KEY (customer_id, set_id)
);
CREATE TABLE snapshots_b (LIKE snapshots_a INCLUDING ALL);
CREATE TABLE snapshots_private (LIKE snapshots_a INCLUDING ALL);
