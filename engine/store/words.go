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
func (s *Store) Words(ctx context.Context, set Set, column string) ([]string, error) {
	var sql string
	switch c := columnNamed(column); {
	case column == "tags":
		sql = `SELECT tag FROM tag_names LIMIT $1`
	case column == "categories":
		sql = `SELECT category FROM category_names LIMIT $1`
	case c.Word != nil:
		name := pgx.Identifier{c.Name}.Sanitize()
		sql = `SELECT DISTINCT ` + name + ` FROM ` + set.table() + ` WHERE ` + name + ` IS NOT NULL LIMIT $1`
	default:
		return nil, nil
	}
	rows, err := s.pool.Query(ctx, sql, mostWords+1)
	if err != nil {
		return nil, wrap("read the values of "+column, err)
	}
	words, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if len(words) > mostWords {
		return nil, wrap("read the values of "+column, err)
	}
	return words, wrap("read the values of "+column, err)
}

func columnNamed(name string) features.Column {
	for _, c := range features.Columns() {
		if c.Name == name {
			return c
		}
	}
	return features.Column{}
}
