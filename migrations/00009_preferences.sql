-- +goose Up
-- What customers choose for themselves, and consents that wait for the second opt-in.

-- A customer's own word about topics, pauses, language and birthday: it outranks what an import says.
CREATE TABLE preferences (
    customer_id     bigint PRIMARY KEY REFERENCES customers,
    paused_at       timestamptz,
    paused_until    timestamptz,
    unwanted_topics text[] NOT NULL,
    language        text CHECK (language IN ('de', 'en')),
    birthday        date,
    updated_at      timestamptz NOT NULL,
    CHECK ((paused_at IS NULL) = (paused_until IS NULL)),
    CHECK (paused_until > paused_at)
);

-- Requests for consent that nobody has confirmed yet, or has lately. The evidence moves into the customer's chain when
-- they are confirmed; the row itself is deleted after 14 days.
CREATE TABLE consent_requests (
    request_id   bigint PRIMARY KEY CHECK (request_id >= 0),
    email        text NOT NULL CHECK (email <> ''),
    address_hash bytea NOT NULL,
    language     text NOT NULL CHECK (language IN ('de', 'en')),
    requested_at timestamptz NOT NULL,
    ip           text NOT NULL,
    user_agent   text NOT NULL,
    form_url     text NOT NULL,
    consent_text text NOT NULL CHECK (consent_text <> ''),
    purposes     text[] NOT NULL,
    message_id   text NOT NULL,
    mail_hash    text NOT NULL,
    confirmed_at timestamptz
);
CREATE INDEX consent_requests_by_time ON consent_requests (requested_at);

-- How many confirmation mails an address ever got: by hash, so that it outlives the requests.
CREATE TABLE consent_mails (
    address_hash bytea PRIMARY KEY,
    mails        integer NOT NULL CHECK (mails BETWEEN 1 AND 3),
    last_at      timestamptz NOT NULL
);

ALTER TABLE decisions DROP CONSTRAINT decisions_outcome_check;
ALTER TABLE decisions ADD CONSTRAINT decisions_outcome_check CHECK (outcome IN ('consent', 'suppressed', 'objection', 'paused', 'topic',
    'global_holdout', 'reentry', 'cooldown', 'frequency_cap', 'budget', 'coupon_stock', 'arbitration', 'treated', 'control', 'left'));

-- +goose Down
DELETE FROM decisions WHERE outcome IN ('paused', 'topic');
ALTER TABLE decisions DROP CONSTRAINT decisions_outcome_check;
ALTER TABLE decisions ADD CONSTRAINT decisions_outcome_check CHECK (outcome IN ('consent', 'suppressed', 'objection', 'global_holdout',
    'reentry', 'cooldown', 'frequency_cap', 'budget', 'coupon_stock', 'arbitration', 'treated', 'control', 'left'));
DROP TABLE consent_mails, consent_requests, preferences;
