-- +goose Up
-- Links of mails to the shop: where they lead, and how often somebody followed them.

-- Where a mail leads is kept before it leaves. A click is led nowhere else.
CREATE TABLE links (
    link_id      bigint PRIMARY KEY CHECK (link_id >= 0),
    campaign_key text NOT NULL,
    version      integer NOT NULL,
    step_key     text NOT NULL,
    url          text NOT NULL CHECK (url ~ '^https?://[^/]'),
    created_at   timestamptz NOT NULL,
    FOREIGN KEY (campaign_key, version) REFERENCES campaign_versions
);
CREATE INDEX links_by_campaign ON links (campaign_key);

-- Counts without a person. A machine is what scans mails or fetches links ahead of their readers.
CREATE TABLE link_clicks (
    link_id bigint NOT NULL REFERENCES links,
    day     date NOT NULL,
    machine boolean NOT NULL,
    clicks  bigint NOT NULL CHECK (clicks > 0),
    PRIMARY KEY (link_id, day, machine)
);

-- Who agreed that their own clicks are kept (section 25 TDDDG) has them among the mail events.
CREATE INDEX mail_events_clicks ON mail_events (at) WHERE kind = 'click';
ALTER TABLE consents DROP CONSTRAINT consents_kind_check;
ALTER TABLE consents ADD CONSTRAINT consents_kind_check CHECK (kind IN ('grant', 'withdraw', 'object_marketing', 'object_profiling',
    'allow_profiling', 'notice', 'allow_tracking', 'withdraw_tracking'));

-- +goose Down
DELETE FROM consents WHERE kind IN ('allow_tracking', 'withdraw_tracking');
ALTER TABLE consents DROP CONSTRAINT consents_kind_check;
ALTER TABLE consents ADD CONSTRAINT consents_kind_check CHECK (kind IN ('grant', 'withdraw', 'object_marketing', 'object_profiling',
    'allow_profiling', 'notice'));
DROP INDEX mail_events_clicks;
DELETE FROM mail_events WHERE kind = 'click';
DROP TABLE link_clicks, links;
