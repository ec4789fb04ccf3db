-- +goose Up
-- What comes back names its mail by the Message-ID where the signed envelope sender was lost; alarms count by time.
CREATE INDEX sends_by_message ON sends (message_id);
CREATE INDEX mail_events_by_time ON mail_events (at);

-- +goose Down
DROP INDEX mail_events_by_time, sends_by_message;
