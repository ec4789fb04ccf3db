-- +goose Up
-- Who objects to profiling is asked before every refresh, and between them: few declarations among very many.
CREATE INDEX consents_of_profiling ON consents (customer_id, kind, effective_at, seq) WHERE kind IN ('object_profiling', 'allow_profiling');

-- +goose Down
DROP INDEX consents_of_profiling;
