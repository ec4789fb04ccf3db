-- +goose Up
-- Each mail writes its send twice, and every index of it with that. A customer's sends are found by the primary key, and
-- what a Message-ID is made of makes it unique.
DROP INDEX sends_contacts;
ALTER TABLE sends DROP CONSTRAINT sends_customer_id_message_id_key;

-- +goose Down
ALTER TABLE sends ADD UNIQUE (customer_id, message_id);
CREATE INDEX sends_contacts ON sends (customer_id, first_attempt_at);
