package store

import (
	"context"
	"iter"

	"treue/rules/customer"
)

const stageFeedback = `CREATE TEMP TABLE staged (line integer, customer_id bigint, customer_external_id text, feedback_id bigint,
	external_id text, given_at timestamptz, score float8, comment text) ON COMMIT DROP`

var stageFeedbackColumns = []string{"line", "customer_id", "customer_external_id", "feedback_id", "external_id", "given_at", "score", "comment"}

// ImportFeedback merges what customers answered when asked how satisfied they are. An answer that arrives under another
// customer moves.
func (s *Store) ImportFeedback(ctx context.Context, in Import, rows iter.Seq2[Numbered[customer.Feedback], error]) (Counts, error) {
	return importRows(ctx, s, in, stageFeedback, stageFeedbackColumns, rows, stagedFeedback, mergeFeedback)
}

func stagedFeedback(n Numbered[customer.Feedback]) []any {
	f := n.Record
	return []any{n.Line, f.CustomerID, f.CustomerExternalID, f.ID, f.ExternalID, f.GivenAt, f.Score, textOrNull(f.Comment)}
}

func mergeFeedback(ctx context.Context, t *intake) (Counts, error) {
	return t.mergeBelongings(ctx, belonging{
		table: "feedback", id: "feedback_id",
		keep: `UPDATE staged s SET comment = f.comment FROM feedback f WHERE f.feedback_id = s.feedback_id AND s.comment IS NULL`,
		update: `UPDATE feedback f SET given_at = s.given_at, score = s.score, comment = s.comment FROM staged s
			WHERE f.customer_id = s.customer_id AND f.feedback_id = s.feedback_id
				AND (f.given_at, f.score, f.comment) IS DISTINCT FROM (s.given_at, s.score, s.comment)`,
		insert: `INSERT INTO feedback (customer_id, feedback_id, external_id, given_at, score, comment)
			SELECT customer_id, feedback_id, external_id, given_at, score, comment FROM staged ON CONFLICT DO NOTHING`,
	})
}
