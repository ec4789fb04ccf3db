-- +goose Up
-- Says at once whether there is any test order, and so whether a refresh need ask each order if it is one. It has an
-- entry per test order alone.
CREATE INDEX orders_of_tests ON orders (customer_id) WHERE status = 'test';

-- +goose Down
DROP INDEX orders_of_tests;
