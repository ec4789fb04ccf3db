-- +goose Up
-- Sends are claimed provider by provider, for which outbox_ready is there. This one was kept up by every claim and led
-- planners astray: through all that waits for other providers.
DROP INDEX outbox_due;

-- +goose Down
CREATE INDEX outbox_due ON outbox (due_at) WHERE worker IS NULL;
