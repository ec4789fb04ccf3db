-- +goose Up
-- Refreshes that compute anew only what changed.

-- The key carries what a refresh reads of an order: one walk over it gives the orders customer by customer, without
-- a sort and without the table. An index of its own would double the time of an import; this costs a few percent.
ALTER TABLE order_events DROP CONSTRAINT order_events_customer_id_order_id_fkey;
ALTER TABLE order_lines DROP CONSTRAINT order_lines_customer_id_order_id_fkey;
ALTER TABLE orders DROP CONSTRAINT orders_pkey;
ALTER TABLE orders ADD PRIMARY KEY (customer_id, order_id)
    INCLUDE (ordered_at, total, tax, shipping, cost, discount, coupon_code, delivered_at, status);
ALTER TABLE order_events ADD FOREIGN KEY (customer_id, order_id) REFERENCES orders (customer_id, order_id) ON DELETE CASCADE;
ALTER TABLE order_lines ADD FOREIGN KEY (customer_id, order_id) REFERENCES orders (customer_id, order_id) ON DELETE CASCADE;

-- What orders say of a buyer as known at a moment. Money is in minor units. The lists have one entry per order that
-- counts, in no particular order; margin is null where it is unknown for one of them.
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

-- What order lines say of a buyer as known at the same moment.
CREATE TABLE customer_categories (
    customer_id        bigint PRIMARY KEY,
    categories         text[] NOT NULL,
    last_category      text NOT NULL,
    favourite_category text NOT NULL
);

-- That moment, and the terms by which orders were turned into money. No row: nothing was computed yet.
CREATE TABLE stats_state (
    one   boolean PRIMARY KEY CHECK (one),
    as_of timestamptz NOT NULL,
    terms text NOT NULL
);

-- Whose data changed since. The stamp is the number of the import, minus that of a declaration in the customer's chain or
-- minus the microseconds of a first attempt, so that a refresh removes what it saw and nothing that came in meanwhile.
CREATE TABLE stale_customers (
    customer_id bigint NOT NULL,
    stamp       bigint NOT NULL,
    PRIMARY KEY (customer_id, stamp)
);

-- What all customers together say: frozen with the set until every customer is computed anew.
ALTER TABLE snapshot_sets ADD COLUMN norms json;

-- What takes effect with time, and not with an import, is found by its date. These indexes have one entry per some
-- hundred pages, so that writing pays nothing for them.
CREATE INDEX orders_by_delivery ON orders USING brin (delivered_at) WITH (autosummarize = on);
CREATE INDEX order_events_by_time ON order_events USING brin (effective_at) WITH (autosummarize = on);
CREATE INDEX consents_by_time ON consents USING brin (effective_at) WITH (autosummarize = on);
CREATE INDEX sends_by_attempt ON sends USING brin (first_attempt_at) WITH (autosummarize = on);
CREATE INDEX foreign_mails_by_time ON foreign_mails USING brin (sent_at) WITH (autosummarize = on);
CREATE INDEX feedback_by_time ON feedback USING brin (given_at) WITH (autosummarize = on);

-- +goose Down
DROP INDEX feedback_by_time, foreign_mails_by_time, sends_by_attempt, consents_by_time, order_events_by_time, orders_by_delivery;
ALTER TABLE snapshot_sets DROP COLUMN norms;
DROP TABLE stale_customers, stats_state, customer_categories, customer_stats;
ALTER TABLE order_events DROP CONSTRAINT order_events_customer_id_order_id_fkey;
ALTER TABLE order_lines DROP CONSTRAINT order_lines_customer_id_order_id_fkey;
ALTER TABLE orders DROP CONSTRAINT orders_pkey;
ALTER TABLE orders ADD PRIMARY KEY (customer_id, order_id);
ALTER TABLE order_events ADD FOREIGN KEY (customer_id, order_id) REFERENCES orders (customer_id, order_id) ON DELETE CASCADE;
ALTER TABLE order_lines ADD FOREIGN KEY (customer_id, order_id) REFERENCES orders (customer_id, order_id) ON DELETE CASCADE;
