-- +goose Up
-- Campaigns, whom they chose and why, what was sent and what came of it.

CREATE TABLE campaigns (
    campaign_key text PRIMARY KEY CHECK (campaign_key ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    kind         text NOT NULL CHECK (kind IN ('winback', 'loyalty', 'crosssell', 'external')),
    name         text NOT NULL,
    status       text NOT NULL CHECK (status IN ('draft', 'active', 'paused', 'archived')),
    version      integer NOT NULL CHECK (version > 0),
    split        integer NOT NULL CHECK (split > 0),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    activated_at timestamptz
);

CREATE TABLE campaign_versions (
    campaign_key text NOT NULL REFERENCES campaigns,
    version      integer NOT NULL CHECK (version > 0),
    definition   jsonb NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (campaign_key, version)
);

CREATE TABLE campaign_splits (
    campaign_key text NOT NULL REFERENCES campaigns,
    split        integer NOT NULL CHECK (split > 0),
    share        double precision NOT NULL CHECK (share >= 0 AND share < 1),
    created_at   timestamptz NOT NULL,
    released_at  timestamptz,
    PRIMARY KEY (campaign_key, split)
);

CREATE TABLE segments (
    name       text PRIMARY KEY,
    rule       text NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE mail_templates (
    template_key text NOT NULL,
    language     text NOT NULL,
    version      integer NOT NULL CHECK (version > 0),
    source       jsonb NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (template_key, language, version)
);

CREATE TABLE runs (
    campaign_key text NOT NULL REFERENCES campaigns,
    run_no       integer NOT NULL CHECK (run_no > 0),
    version      integer NOT NULL,
    as_of        timestamptz NOT NULL,
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    state        text NOT NULL CHECK (state IN ('running', 'finished', 'held')),
    reason       text NOT NULL,
    matched      bigint NOT NULL,
    control      bigint NOT NULL,
    to_send      bigint NOT NULL,
    decisions    jsonb NOT NULL,
    PRIMARY KEY (campaign_key, run_no)
);

-- One decision per candidate, kept as an interval of runs: the ledger grows with changes, not with the clock.
CREATE TABLE decisions (
    customer_id  bigint NOT NULL REFERENCES customers,
    campaign_key text NOT NULL REFERENCES campaigns,
    run_from     integer NOT NULL CHECK (run_from > 0),
    run_to       integer,
    version      integer NOT NULL,
    decided_at   timestamptz NOT NULL,
    outcome      text NOT NULL CHECK (outcome IN ('consent', 'suppressed', 'objection', 'global_holdout', 'reentry', 'cooldown',
        'frequency_cap', 'budget', 'coupon_stock', 'arbitration', 'treated', 'control', 'left')),
    detail       text NOT NULL,
    PRIMARY KEY (customer_id, campaign_key, run_from),
    CHECK (run_to >= run_from)
);
CREATE INDEX decisions_open ON decisions (campaign_key, customer_id) WHERE run_to IS NULL;

-- Sticky: written once per split, never changed. The stored row is the truth, the hash only made it.
CREATE TABLE assignments (
    customer_id    bigint NOT NULL REFERENCES customers,
    campaign_key   text NOT NULL,
    split          integer NOT NULL,
    version        integer NOT NULL,
    arm            text NOT NULL CHECK (arm <> ''),
    u              double precision NOT NULL CHECK (u >= 0 AND u <= 1),
    share          double precision NOT NULL,
    assigned_at    timestamptz NOT NULL,
    run_no         integer NOT NULL,
    clv_predicted  double precision,
    contaminated   boolean NOT NULL,
    PRIMARY KEY (customer_id, campaign_key, split),
    FOREIGN KEY (campaign_key, split) REFERENCES campaign_splits
);
CREATE INDEX assignments_by_campaign ON assignments (campaign_key, split, assigned_at);

CREATE TABLE entries (
    customer_id  bigint NOT NULL REFERENCES customers,
    campaign_key text NOT NULL,
    entry        integer NOT NULL CHECK (entry > 0),
    split        integer NOT NULL,
    version      integer NOT NULL,
    arm          text NOT NULL,
    entered_at   timestamptz NOT NULL,
    run_no       integer NOT NULL,
    PRIMARY KEY (customer_id, campaign_key, entry),
    FOREIGN KEY (customer_id, campaign_key, split) REFERENCES assignments,
    FOREIGN KEY (campaign_key, version) REFERENCES campaign_versions
);
CREATE INDEX entries_by_time ON entries (entered_at);

-- The ledger of mails, one row each for ever. A control customer's row is a ghost send: it can never reach a server.
CREATE TABLE sends (
    customer_id     bigint NOT NULL,
    campaign_key    text NOT NULL,
    entry           integer NOT NULL,
    step_key        text NOT NULL,
    step_no         integer NOT NULL CHECK (step_no > 0),
    version         integer NOT NULL,
    arm             text NOT NULL,
    state           text NOT NULL CHECK (state IN ('planned', 'claimed', 'sending', 'deferred', 'unknown', 'held',
        'accepted', 'bounced', 'suppressed', 'cancelled', 'expired', 'failed', 'ghost')),
    reason          text NOT NULL,
    message_id      text NOT NULL,
    basis           text NOT NULL,
    evidence        text NOT NULL,
    planned_at      timestamptz NOT NULL,
    due_at          timestamptz NOT NULL,
    attempts        integer NOT NULL CHECK (attempts >= 0),
    unknowns        integer NOT NULL CHECK (unknowns BETWEEN 0 AND attempts),
    first_attempt_at timestamptz,
    last_attempt_at timestamptz,
    finished_at     timestamptz,
    worker          text,
    term            bigint,
    code            integer,
    response        text,
    coupon_code     text,
    valid_until     timestamptz,
    PRIMARY KEY (customer_id, campaign_key, entry, step_key),
    UNIQUE (customer_id, message_id),
    FOREIGN KEY (customer_id, campaign_key, entry) REFERENCES entries,
    CHECK (arm <> 'control' OR state NOT IN ('sending', 'unknown', 'accepted', 'bounced')),
    CHECK (state <> 'ghost' OR arm = 'control'),
    CHECK (state NOT IN ('sending', 'unknown', 'accepted', 'bounced') OR (attempts > 0 AND first_attempt_at IS NOT NULL)),
    CHECK ((finished_at IS NOT NULL) = (state IN ('accepted', 'bounced', 'suppressed', 'cancelled', 'expired', 'failed', 'ghost')))
);
CREATE INDEX sends_contacts ON sends (customer_id, first_attempt_at);
CREATE INDEX sends_by_campaign ON sends (campaign_key, state);

-- Locked before a mail leaves, so that two campaigns cannot both pass one customer's cap.
CREATE TABLE pressure (
    customer_id bigint PRIMARY KEY REFERENCES customers
);

CREATE TABLE coupons (
    customer_id  bigint NOT NULL,
    code         text NOT NULL,
    campaign_key text NOT NULL,
    entry        integer NOT NULL,
    step_key     text NOT NULL,
    issued_at    timestamptz NOT NULL,
    valid_until  timestamptz,
    PRIMARY KEY (customer_id, code),
    FOREIGN KEY (customer_id, campaign_key, entry, step_key) REFERENCES sends
);

-- Bounces, complaints, unsubscribes: what came back after a mail was accepted.
CREATE TABLE mail_events (
    customer_id  bigint NOT NULL REFERENCES customers,
    event_id     bigint NOT NULL,
    kind         text NOT NULL,
    at           timestamptz NOT NULL,
    campaign_key text,
    entry        integer,
    step_key     text,
    detail       text NOT NULL,
    PRIMARY KEY (customer_id, event_id)
);

-- Frozen when a window and its grace are over; a later correction is a new revision.
CREATE TABLE outcomes (
    customer_id  bigint NOT NULL REFERENCES customers,
    campaign_key text NOT NULL,
    split        integer NOT NULL,
    read_days    integer NOT NULL CHECK (read_days > 0),
    revision     integer NOT NULL CHECK (revision > 0),
    version      integer NOT NULL,
    arm          text NOT NULL,
    matured_at   timestamptz NOT NULL,
    orders       bigint NOT NULL,
    revenue      double precision NOT NULL,
    margin       double precision,
    cost         double precision NOT NULL,
    PRIMARY KEY (customer_id, campaign_key, split, read_days, revision),
    FOREIGN KEY (customer_id, campaign_key, split) REFERENCES assignments
);
CREATE INDEX outcomes_by_campaign ON outcomes (campaign_key, split, read_days);

-- What customers who objected or were erased contributed up to that day: sums without an id.
CREATE TABLE departed (
    campaign_key text NOT NULL,
    split        integer NOT NULL,
    version      integer NOT NULL,
    arm          text NOT NULL,
    read_days    integer NOT NULL,
    n            bigint NOT NULL,
    orders       bigint NOT NULL,
    buyers       bigint NOT NULL,
    y            double precision NOT NULL,
    y2           double precision NOT NULL,
    y3           double precision NOT NULL,
    PRIMARY KEY (campaign_key, split, version, arm, read_days)
);

-- +goose Down
DROP TABLE departed, outcomes, mail_events, coupons, pressure, sends, entries, assignments, decisions, runs,
    mail_templates, segments, campaign_splits, campaign_versions, campaigns;
