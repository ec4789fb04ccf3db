package store

import "context"

// belonging is how rows that hang on a customer by an id of their own are merged from staged.
type belonging struct {
	table, id string // the name of the table and of the column of the rows' id
	keep      string // gives staged what a file leaves empty and is known: an empty cell clears nothing
	update    string // changes the rows that differ
	insert    string // adds those that are missing
}

// mergeBelongings merges the staged rows; of a repeated id the last one counts. A row whose customer is unknown is
// rejected, one of an erased customer dropped, and one that another customer had until now moves.
func (t *intake) mergeBelongings(ctx context.Context, b belonging) (c Counts, err error) {
	lastWins := `DELETE FROM staged a USING (SELECT ` + b.id + `, max(line) AS line FROM staged GROUP BY ` + b.id + ` HAVING count(*) > 1) b
		WHERE a.` + b.id + ` = b.` + b.id + ` AND a.line < b.line`
	if err = t.execAll(ctx, lastWins, resolveAliases, dropErased); err != nil {
		return c, err
	}
	if c.Rejects, err = t.takeRejects(ctx, strangers); err != nil {
		return c, err
	}
	if err = t.execAll(ctx, b.keep); err != nil {
		return c, err
	}
	if err = t.stale(ctx, allStaged+` UNION ALL SELECT o.customer_id FROM `+b.table+` o JOIN staged s USING (`+b.id+`)`); err != nil {
		return c, err
	}
	// Nodes of a distributed database cannot change the key by which rows are spread, so that moving is deleting.
	moved, err := t.exec(ctx, `DELETE FROM `+b.table+` o USING staged s WHERE o.`+b.id+` = s.`+b.id+` AND o.customer_id <> s.customer_id`)
	if err != nil {
		return c, err
	}
	if c.Updated, err = t.exec(ctx, b.update); err != nil {
		return c, err
	}
	c.Inserted, err = t.exec(ctx, b.insert)
	c.Inserted, c.Updated = c.Inserted-moved, c.Updated+moved
	c.Unchanged = t.staged - c.Inserted - c.Updated - int64(len(c.Rejects))
	return c, err
}
