-- +goose Up
-- How fast mail may leave for each mailbox provider, shared by all processes.

DELETE FROM provider_rates;
ALTER TABLE provider_rates
    ADD COLUMN kind      text NOT NULL CHECK (kind IN ('', 'rate', 'policy', 'fault')),
    ADD COLUMN since     timestamptz,
    ADD COLUMN ceiling   integer CHECK (ceiling > 0),
    ADD COLUMN fixed     integer CHECK (fixed > 0),
    ADD COLUMN raised_at timestamptz,
    -- The bucket holds one token; it is full again at this time. More would let two windows meet in a burst.
    ADD COLUMN next_at   timestamptz NOT NULL,
    -- Warming up: the latest day with mail, how many such days came before it, and how many tokens it has used.
    ADD COLUMN warm_day  date,
    ADD COLUMN warm_days integer NOT NULL CHECK (warm_days >= 0),
    ADD COLUMN warm_sent integer NOT NULL CHECK (warm_sent >= 0);

-- Attempts of late, a row per worker, so that workers do not wait for each other. Kept for some hours.
CREATE TABLE provider_minutes (
    provider text NOT NULL,
    minute   timestamptz NOT NULL,
    worker   text NOT NULL,
    tried    integer NOT NULL CHECK (tried >= 0),
    blocked  integer NOT NULL CHECK (blocked BETWEEN 0 AND tried),
    PRIMARY KEY (provider, minute, worker)
);

CREATE INDEX outbox_ready ON outbox (provider, due_at) WHERE worker IS NULL;

-- +goose Down
DROP INDEX outbox_ready;
DROP TABLE provider_minutes;
ALTER TABLE provider_rates
    DROP COLUMN kind, DROP COLUMN since, DROP COLUMN ceiling, DROP COLUMN fixed, DROP COLUMN raised_at, DROP COLUMN next_at,
    DROP COLUMN warm_day, DROP COLUMN warm_days, DROP COLUMN warm_sent;
