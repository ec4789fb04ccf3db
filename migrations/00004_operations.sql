-- +goose Up
-- The clockwork: what is due, who works on it, who did what. All of it stays on the coordinator.

CREATE TABLE outbox (
    customer_id  bigint NOT NULL,
    campaign_key text NOT NULL,
    entry        integer NOT NULL,
    step_key     text NOT NULL,
    due_at       timestamptz NOT NULL,
    provider     text NOT NULL,
    worker       text,
    term         bigint,
    PRIMARY KEY (customer_id, campaign_key, entry, step_key),
    CHECK ((worker IS NULL) = (term IS NULL))
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE worker IS NULL;
CREATE INDEX outbox_claimed ON outbox (worker) WHERE worker IS NOT NULL;

-- A lease is held by the database's clock; whoever takes it over gets the next term.
CREATE TABLE leases (
    name       text PRIMARY KEY,
    holder     text NOT NULL,
    term       bigint NOT NULL CHECK (term > 0),
    expires_at timestamptz NOT NULL
);

-- Whoever inserts a tick runs it.
CREATE TABLE ticks (
    schedule      text NOT NULL,
    scheduled_for timestamptz NOT NULL,
    holder        text NOT NULL,
    started_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    outcome       text NOT NULL,
    PRIMARY KEY (schedule, scheduled_for)
);

CREATE TABLE provider_rates (
    provider     text PRIMARY KEY,
    paused_until timestamptz,
    pause        interval,
    per_hour     integer CHECK (per_hour > 0),
    reason       text NOT NULL
);

CREATE TABLE reports (
    campaign_key text NOT NULL REFERENCES campaigns,
    split        integer NOT NULL,
    arm          text NOT NULL,
    read_days    integer NOT NULL,
    revision     integer NOT NULL CHECK (revision > 0),
    as_of        timestamptz NOT NULL,
    made_at      timestamptz NOT NULL,
    input_hash   text NOT NULL,
    body         jsonb NOT NULL,
    PRIMARY KEY (campaign_key, split, arm, read_days, revision)
);

CREATE TABLE key_ids (
    key_id     text PRIMARY KEY,
    purpose    text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE caught_mails (
    mail_id     bigint PRIMARY KEY,
    caught_at   timestamptz NOT NULL,
    recipient   text NOT NULL,
    sender      text NOT NULL,
    subject     text NOT NULL,
    message_id  text NOT NULL,
    raw         bytea NOT NULL
);
CREATE INDEX caught_mails_by_time ON caught_mails (caught_at DESC);

CREATE TABLE users (
    user_id       bigint PRIMARY KEY,
    name          text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    role          text NOT NULL CHECK (role IN ('viewer', 'author', 'approver', 'admin')),
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz
);

CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users,
    data       bytea NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE audit (
    audit_id bigint PRIMARY KEY,
    at       timestamptz NOT NULL,
    actor    text NOT NULL,
    action   text NOT NULL,
    subject  text NOT NULL,
    before   jsonb,
    after    jsonb
);

-- +goose Down
DROP TABLE audit, sessions, users, caught_mails, key_ids, reports, provider_rates, ticks, leases, outbox;
