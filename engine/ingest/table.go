package ingest

// table is the generic import's view of one kind of record.
type table[T any] struct {
	kind    string
	columns []column[T]
	empty   T // what a record is before its cells are set
	// finish checks what concerns several columns and computes ids. It runs after all cells are set; with a
	// faulty cell only if insist may keep the row.
	finish func(p *parser, record *T) error
	// insist reports that a row counts although a cell is faulty, because losing it would let mail go to
	// somebody who must not get any. Nil: no row of this kind does.
	insist func(record *T) bool
}

// column is one column of a table. Its set is called with a trimmed cell that is not empty.
type column[T any] struct {
	name   string
	also   []string // further headers, English and German, under which exports have it
	needed bool
	nested bool // takes a list or an object of JSON lines, as JSON text
	set    func(p *parser, record *T, cell string) error
}

// names returns the columns' names in the order of the contract.
func (t *table[T]) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// aliases returns the further headers of the columns, in the order of names.
func (t *table[T]) aliases() [][]string {
	aliases := make([][]string, len(t.columns))
	for i, c := range t.columns {
		aliases[i] = c.also
	}
	return aliases
}

// neededNames returns those without which a row means nothing.
func (t *table[T]) neededNames() []string {
	var names []string
	for _, c := range t.columns {
		if c.needed {
			names = append(names, c.name)
		}
	}
	return names
}
