-- +goose Up
-- Says fast whether any order has one of these at all, and so what a refresh need not look at. Where many do, the index
-- is as small and the first pages tell.
CREATE INDEX orders_by_rare ON orders USING brin (cost, tax, shipping, discount, coupon_code, delivered_at) WITH (autosummarize = on);

-- +goose Down
DROP INDEX orders_by_rare;
