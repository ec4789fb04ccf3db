-- +goose Up
-- What a customer will want next is one row, not one per product: it is written by the million every week. The next
-- refresh fills it.
DROP TABLE next_products;
DELETE FROM next_products_state;

-- The lists go in step, the first product first; because_of holds null where the reason is another.
CREATE TABLE next_products (
    customer_id bigint PRIMARY KEY,
    product_ids bigint[] NOT NULL CHECK (cardinality(product_ids) > 0),
    reasons     text[] NOT NULL CHECK (reasons <@ '{due,because,category,popular}'::text[]),
    because_of  bigint[] NOT NULL,
    scores      double precision[] NOT NULL,
    CHECK (cardinality(reasons) = cardinality(product_ids) AND cardinality(because_of) = cardinality(product_ids) AND cardinality(scores) = cardinality(product_ids)),
    CHECK (cardinality(array_remove(because_of, NULL)) = cardinality(array_positions(reasons, 'because')))
);

-- +goose Down
DROP TABLE next_products;
DELETE FROM next_products_state;
CREATE TABLE next_products (
    customer_id bigint NOT NULL,
    rank        integer NOT NULL CHECK (rank > 0),
    product_id  bigint NOT NULL,
    reason      text NOT NULL CHECK (reason IN ('due', 'because', 'category', 'popular')),
    because_of  bigint CHECK ((because_of IS NOT NULL) = (reason = 'because')),
    score       double precision NOT NULL,
    PRIMARY KEY (customer_id, rank)
);
