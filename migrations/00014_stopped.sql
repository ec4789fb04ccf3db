-- +goose Up
-- Why the engine itself has paused a campaign; NULL: it has not, or a person has looked at it since.
ALTER TABLE campaigns ADD COLUMN stopped text CHECK (stopped IS NULL OR status = 'paused');

-- +goose Down
ALTER TABLE campaigns DROP COLUMN stopped;
