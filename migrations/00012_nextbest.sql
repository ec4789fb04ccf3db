-- +goose Up
-- What customers will want next and what belongs in one offer: derived data, written anew by refreshes.

-- Without foreign keys: rows are written by the million and replaced as a whole.
CREATE TABLE next_products (
    customer_id bigint NOT NULL,
    rank        integer NOT NULL CHECK (rank > 0),
    product_id  bigint NOT NULL,
    reason      text NOT NULL CHECK (reason IN ('due', 'because', 'category', 'popular')),
    because_of  bigint CHECK ((because_of IS NOT NULL) = (reason = 'because')),
    score       double precision NOT NULL,
    PRIMARY KEY (customer_id, rank)
);

CREATE TABLE product_bundles (
    rank          integer PRIMARY KEY CHECK (rank > 0),
    product_id    bigint NOT NULL,
    other_id      bigint NOT NULL,
    joint_orders  bigint NOT NULL CHECK (joint_orders > 0),
    lift          double precision NOT NULL CHECK (lift > 0),
    CHECK (product_id <> other_id)
);

-- What every product that was ever sold is called on its lines: shops need not import their range.
CREATE TABLE sold_products (
    product_id  bigint PRIMARY KEY,
    external_id text NOT NULL,
    name        text
);

-- When these were last written, and from how much.
CREATE TABLE next_products_state (
    one       boolean PRIMARY KEY CHECK (one),
    as_of     timestamptz NOT NULL,
    customers bigint NOT NULL,
    orders    bigint NOT NULL
);

-- Norms now hold how well categories go together in another measure: the next refresh computes them.
UPDATE snapshot_sets SET norms = NULL;

-- +goose Down
DROP TABLE next_products_state, sold_products, product_bundles, next_products;
