-- +goose Up
-- What orders say of a buyer as known at a moment, in minor units. The lists have one entry per order that counts, in no
-- particular order; but a margin is null where it follows from revenue and the shop's terms, as it does for an order that
-- came without tax, shipping and cost and was not refunded. All this can be computed anew at any time, so a crash may
-- empty it, together with the row that says as of when it is.
DELETE FROM stats_state;
TRUNCATE customer_categories;
DROP TABLE customer_stats;
CREATE UNLOGGED TABLE customer_stats (
    customer_id   bigint PRIMARY KEY,
    ordered_at    timestamptz[] NOT NULL,
    revenue       bigint[] NOT NULL,
    margin        double precision[], -- null: all follow
    refunded      double precision NOT NULL,
    discounted_at timestamptz[], -- when those with a discount or a coupon were placed
    delivered_at  timestamptz
);
ALTER TABLE customer_categories SET UNLOGGED;
ALTER TABLE stats_state SET UNLOGGED;

-- +goose Down
DELETE FROM stats_state;
TRUNCATE customer_categories;
ALTER TABLE stats_state SET LOGGED;
ALTER TABLE customer_categories SET LOGGED;
DROP TABLE customer_stats;
CREATE TABLE customer_stats (
    customer_id       bigint PRIMARY KEY,
    ordered_at        timestamptz[] NOT NULL,
    revenue           double precision[] NOT NULL,
    margin            double precision[],
    refunded          double precision NOT NULL,
    discounted_orders bigint NOT NULL,
    discounted_at     timestamptz,
    delivered_at      timestamptz
);
