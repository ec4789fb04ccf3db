-- +goose Up
-- Dated snapshots of every customer. Two tables take turns behind a pointer, so that a reader never sees half a
-- refresh; private sets serve commands that look at another day.

CREATE TABLE clv_models (
    model_id             bigint PRIMARY KEY,
    as_of                timestamptz NOT NULL,
    fitted_at            timestamptz NOT NULL,
    name                 text NOT NULL,
    params               jsonb NOT NULL,
    log_likelihood       double precision,
    converged            boolean NOT NULL,
    reason               text NOT NULL,
    spend_name           text NOT NULL,
    spend_params         jsonb NOT NULL,
    spend_log_likelihood double precision,
    cuts                 jsonb NOT NULL,
    customers            bigint NOT NULL,
    buyers               bigint NOT NULL,
    orders               bigint NOT NULL
);

CREATE TABLE snapshot_sets (
    set_id      bigint PRIMARY KEY,
    slot        text NOT NULL CHECK (slot IN ('a', 'b', 'private')),
    as_of       timestamptz NOT NULL,
    day         date NOT NULL,
    computed_at timestamptz NOT NULL,
    last_import bigint NOT NULL,
    model_id    bigint NOT NULL REFERENCES clv_models,
    customers   bigint NOT NULL,
    buyers      bigint NOT NULL
);

CREATE TABLE snapshot_pointer (
    one    boolean PRIMARY KEY CHECK (one),
    set_id bigint NOT NULL REFERENCES snapshot_sets
);

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

CREATE TABLE clv_history (
    customer_id   bigint NOT NULL REFERENCES customers,
    month         date NOT NULL,
    clv_historic  double precision,
    clv_predicted double precision,
    p_alive       double precision,
    segment       text,
    tier          text,
    PRIMARY KEY (customer_id, month)
);

-- +goose Down
DROP TABLE clv_history, snapshots_private, snapshots_b, snapshots_a, snapshot_pointer, snapshot_sets, clv_models;
