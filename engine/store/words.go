package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"treue/rules/features"
)

// mostWords bounds how many different texts of a column are looked at: beyond, it holds no vocabulary.
const mostWords = 500

// Words returns the different texts that a column of the set holds; none if it holds too many to be a vocabulary, or
// no texts.
func (s *Store) Words(ctx context.Context, set Set, column string) (words []string, err error) {
	err = s.read(ctx, set, View{}, hurried, func(r *reading) error {
		words, err = r.words(ctx, column)
		return err
	})
	if err != nil || len(words) > mostWords {
		return nil, wrap("the values of "+column, err)
	}
	return words, nil
}

// words stops at the first text beyond a vocabulary.
func (r *reading) words(ctx context.Context, column string) ([]string, error) {
	switch c, _ := features.ColumnNamed(column); {
	case column == "tags":
		return r.dictionary(ctx, `SELECT tag FROM tag_names LIMIT $1`, mostWords+1)
	case column == "categories":
		return r.dictionary(ctx, `SELECT category FROM category_names LIMIT $1`, mostWords+1)
	case c.Word != nil:
		name := pgx.Identifier{c.Name}.Sanitize()
		sql := `SELECT DISTINCT ` + name + ` FROM ` + r.set.table() + ` WHERE set_id = $1 AND ` + name + ` IS NOT NULL LIMIT $2`
		return r.dictionary(ctx, sql, r.set.ID, mostWords+1)
	}
	return nil, nil
}
