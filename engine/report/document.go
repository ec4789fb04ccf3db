// Package report writes what campaigns were worth for people: one document, as a page, a file that stands alone, a sheet
// of paper, a text or a table of figures.
//
// A document is made once, in the order in which a manager reads; how it looks is the writers' business. No writer
// computes anything. A point value stands nowhere without its range.
package report

import (
	"time"

	"treue/engine/chart"
)

// Document is a report in one language.
type Document struct {
	Language string // de or en
	At       time.Time
	Title    string
	Lead     string // one line under the title
	Sections []Section
	Foot     []string // small print at the end
}

// Section is one report within a document: a campaign's, or that of all together.
type Section struct {
	Key    string // of the campaign; "" for all together
	Title  string
	Chip   *Chip // the verdict in two words; nil: none
	Blocks []Block
}

// Tone is the colour of a word, which says nothing that the word does not say.
type Tone string

// The tones of a chip.
const (
	Calm Tone = "calm"
	Good Tone = "good"
	Bad  Tone = "bad"
	Warn Tone = "warn"
)

// Chip is a word on a coloured ground.
type Chip struct {
	Word string
	Tone Tone
}

// Kind is what a block is.
type Kind string

// The kinds of block.
const (
	Heading  Kind = "heading"  // Text
	Sentence Kind = "sentence" // Text, large: the verdict
	Advice   Kind = "advice"   // Text: what to do
	Text     Kind = "text"     // Text
	Note     Kind = "note"     // Text, small
	Money    Kind = "money"    // Amounts
	Strip    Kind = "strip"    // Table of label, value and note
	Facts    Kind = "facts"    // Table of label, value and note, one below the other
	Grid     Kind = "grid"     // Table
	Picture  Kind = "picture"  // Draw, with Table saying the same in figures
	List     Kind = "list"     // Items, numbered
)

// Block is one piece of a section.
type Block struct {
	Kind    Kind
	Text    string
	Amounts []Amount
	Table   *Table
	Draw    func(width float64) chart.Drawing
	Items   []string
	Fold    bool // a page may hide it until it is asked for
}

// Amount is a figure with its range; without proof the range is the figure.
type Amount struct {
	Title  string
	Figure string
	Limits string
	Proven bool
}

// Table is rows under a header. The first column names the row.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]string
}

// Column is a table's column.
type Column struct {
	Name    string
	Numeric bool // figures, to the right
}

// add appends blocks.
func (s *Section) add(blocks ...Block) { s.Blocks = append(s.Blocks, blocks...) }

func heading(text string) Block { return Block{Kind: Heading, Text: text} }

func text(kind Kind, text string) Block { return Block{Kind: kind, Text: unbroken(text)} }

// facts is a table of what, how much and what that means.
func (l Locale) facts(kind Kind, rows ...[]string) Block {
	return Block{Kind: kind, Table: &Table{
		Columns: []Column{{l.say("Größe", "Figure"), false}, {l.say("Wert", "Value"), true}, {l.say("Spanne, Bedeutung", "Range, meaning"), false}},
		Rows:    rows,
	}}
}
