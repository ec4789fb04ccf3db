-- +goose Up
-- What further rule fields read, and the words that rules may name.

-- What customers answered when they were asked how satisfied they are. The scale is that of the Net Promoter Score.
CREATE TABLE feedback (
    customer_id bigint NOT NULL REFERENCES customers,
    feedback_id bigint NOT NULL,
    external_id text NOT NULL,
    given_at    timestamptz NOT NULL,
    score       double precision NOT NULL CHECK (score BETWEEN 0 AND 10),
    comment     text,
    PRIMARY KEY (customer_id, feedback_id)
);

-- Lots of loyalty points: earned together, expiring together. points is what is left of a lot, in thousandths of a point.
CREATE TABLE points (
    customer_id bigint NOT NULL REFERENCES customers,
    lot_id      bigint NOT NULL,
    external_id text NOT NULL,
    points      bigint NOT NULL CHECK (points >= 0),
    earned_at   timestamptz,
    expires_at  timestamptz,
    PRIMARY KEY (customer_id, lot_id)
);

-- Dictionaries: every category that a line or product ever carried and every tag that a customer did, as written. A rule
-- resolves its words here instead of in every row; nothing leaves them, so a word means the same tomorrow.
CREATE TABLE category_names (
    category text PRIMARY KEY CHECK (category <> '')
);
CREATE TABLE tag_names (
    tag text PRIMARY KEY CHECK (tag <> '')
);
INSERT INTO category_names (category)
SELECT category FROM order_lines WHERE category <> '' UNION SELECT category FROM products WHERE category <> '';
INSERT INTO tag_names (tag)
SELECT DISTINCT tag FROM customers, unnest(tags) tag WHERE tag <> '';

-- Orders come in about as they were made, so that "within the last n days" needs few pages.
CREATE INDEX orders_by_time ON orders USING brin (ordered_at) WITH (autosummarize = on);

-- +goose Down
DROP INDEX orders_by_time;
DROP TABLE tag_names, category_names, points, feedback;
