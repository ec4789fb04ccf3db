package campaigns

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFileBytes bounds a campaign file before it is parsed; a hundred campaigns fit.
const maxFileBytes = 1 << 20

// Defaults are what a campaign file may leave out and the shop decides.
type Defaults struct {
	Timezone string // IANA name; empty: Europe/Berlin
}

// FileError is a mistake in a campaign file. Lines and columns count from 1; 0 means that the place is unknown.
type FileError struct {
	Line, Column  int
	Message, Hint string // the hint says how to mend it and may be empty
}

// Error returns place, message and hint in one line.
func (e *FileError) Error() string {
	text := e.Message
	if e.Line > 0 {
		text = fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, text)
	}
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// Position is a place in a campaign file, counted from 1.
type Position struct{ Line, Column int }

// At returns the place in the file of a place within a text that begins at p. Lines after the first keep their own
// column, since the file's indentation is not part of the text.
func (p Position) At(line, column int) Position {
	if line > 1 {
		return Position{p.Line + line - 1, column}
	}
	return Position{p.Line, p.Column + column - 1}
}

// Document is one campaign of a file and where its rules stand, so that a rule's error can be shown in the file.
type Document struct {
	Definition         Definition
	Audience, ExitWhen Position
}

// ParseFile reads the campaigns of a file: YAML documents separated by `---`. Every returned definition is valid
// but for its rules, which the caller compiles. The error is a *FileError, or the reader's own.
func ParseFile(r io.Reader, defaults Defaults) ([]Definition, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read campaign file: %w", err)
	}
	documents, err := ParseDocuments(data, defaults)
	if err != nil {
		return nil, err
	}
	definitions := make([]Definition, len(documents))
	for i, d := range documents {
		definitions[i] = d.Definition
	}
	return definitions, nil
}

// ParseDocuments is ParseFile with the places of the rules.
func ParseDocuments(data []byte, defaults Defaults) ([]Document, error) {
	if len(data) > maxFileBytes {
		return nil, &FileError{Message: fmt.Sprintf("the file is larger than %d bytes", maxFileBytes)}
	}
	if !utf8.Valid(data) {
		return nil, &FileError{Message: "the file is not UTF-8", Hint: "save it as UTF-8"}
	}
	if err := boundNesting(data); err != nil {
		return nil, err
	}
	var documents []Document
	lines := map[string]int{}
	for _, part := range splitDocuments(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))) {
		document, line, err := part.parse(defaults)
		if err != nil {
			return nil, err
		}
		if line == 0 {
			continue
		}
		key := document.Definition.Key
		if first, seen := lines[key]; seen {
			return nil, &FileError{Line: line, Column: 1, Message: fmt.Sprintf("campaign %q is already defined at line %d", key, first)}
		}
		lines[key] = line
		documents = append(documents, document)
	}
	if len(documents) == 0 {
		return nil, &FileError{Line: 1, Column: 1, Message: "the file holds no campaign", Hint: "begin with `key: my-campaign`"}
	}
	return documents, nil
}

// part is the text of one YAML document and the number of lines above it.
type part struct {
	text  []byte
	above int
}

// splitDocuments cuts a file at its document markers. The YAML library would do so, too, but loses the document
// that follows an empty one.
func splitDocuments(data []byte) []part {
	var parts []part
	var text []byte
	above := 0
	for i, line := range bytes.SplitAfter(data, []byte("\n")) {
		if marker.Match(line) {
			parts = append(parts, part{text, above})
			text, above = nil, i
			line = append([]byte("   "), line[3:]...)
		}
		text = append(text, line...)
	}
	return append(parts, part{text, above})
}

var marker = regexp.MustCompile(`^(---|\.\.\.)(\s|$)`)

// parse reads the part's campaign and the line where it begins, 0 if the part is empty.
func (p part) parse(defaults Defaults) (Document, int, error) {
	file, err := parser.ParseBytes(p.text, 0)
	if err != nil {
		return Document{}, 0, p.place(syntaxError(err))
	}
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		document, err := parseCampaign(doc.Body, defaults)
		if err != nil {
			return Document{}, 0, p.place(err)
		}
		document.Audience.Line += p.above
		if document.ExitWhen.Line > 0 {
			document.ExitWhen.Line += p.above
		}
		return document, position(doc.Body).Line + p.above, nil
	}
	return Document{}, 0, nil
}

// place turns a line of the part into one of the file.
func (p part) place(err error) error {
	var wrong *FileError
	if errors.As(err, &wrong) && wrong.Line > 0 {
		wrong.Line += p.above
	}
	return err
}

// boundNesting refuses brackets and indentation deeper than any campaign needs, because the parser recurses.
func boundNesting(data []byte) error {
	const deepest = 200
	for i, line := range bytes.Split(data, []byte("\n")) {
		nested := bytes.Count(line, []byte("[")) + bytes.Count(line, []byte("{")) + bytes.Count(line, []byte("- "))
		indent := len(line) - len(bytes.TrimLeft(line, " "))
		if nested > deepest || indent > deepest {
			return &FileError{Line: i + 1, Column: 1, Message: "the line is nested too deeply"}
		}
	}
	return nil
}

func syntaxError(err error) error {
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) || syntax.Token == nil || syntax.Token.Position == nil {
		return &FileError{Message: "not YAML: " + err.Error()}
	}
	at := syntax.Token.Position
	return &FileError{Line: at.Line, Column: at.Column, Message: "not YAML: " + syntax.Message}
}

// draft is a campaign while its document is read.
type draft struct {
	def    Definition
	places map[string]Position // by key, as FieldError names it
}

func parseCampaign(body ast.Node, defaults Defaults) (Document, error) {
	d := draft{places: map[string]Position{}, def: Definition{
		LegalBasis: Consent, Schedule: "0 9 * * *", Timezone: defaults.Timezone, Holdout: 0.33, Grace: 28,
		Priority: 50, Missed: Skip, LatestStart: 2 * time.Hour, Expires: 24 * time.Hour,
	}}
	if d.def.Timezone == "" {
		d.def.Timezone = "Europe/Berlin"
	}
	if err := d.mapping(body, "", "a campaign", d.campaignKeys()); err != nil {
		return Document{}, err
	}
	d.complete()
	var wrong *FieldError
	if err := d.def.Validate(); errors.As(err, &wrong) {
		at, ok := d.places[wrong.Field]
		if !ok {
			at = position(body)
		}
		return Document{}, &FileError{Line: at.Line, Column: at.Column, Message: wrong.Error(), Hint: wrong.Hint}
	}
	return Document{d.def, d.places["audience text"], d.places["exit_when text"]}, nil
}

// complete fills in what follows from other keys.
func (d *draft) complete() {
	c := &d.def
	if c.Name == "" {
		c.Name = c.Key
	}
	_, measured := d.places["measure"]
	switch {
	case !measured && len(c.Reads) > 0:
		c.Measure = c.Reads[0]
	case !measured:
		c.Measure = 91
	}
	if len(c.Reads) == 0 {
		c.Reads = []Days{c.Measure}
		if c.Measure < 364 {
			c.Reads = append(c.Reads, 364)
		}
	}
	if c.Budget != (Budget{}) && c.Budget.Per == "" {
		c.Budget.Per = "month"
	}
	for i := range c.Steps {
		if c.Steps[i].Key == "" {
			c.Steps[i].Key = c.Steps[i].Template
		}
	}
}

func (d *draft) campaignKeys() []key {
	c := &d.def
	return []key{
		{"key", text(&c.Key)},
		{"kind", text(&c.Kind)},
		{"name", text(&c.Name)},
		{"legal_basis", text(&c.LegalBasis)},
		{"categories", list(&c.Categories)},
		{"audience", d.rule("audience", &c.Audience)},
		{"schedule", text(&c.Schedule)},
		{"timezone", text(&c.Timezone)},
		{"window", d.window},
		{"holdout", share(&c.Holdout)},
		{"measure", days(&c.Measure)},
		{"reads", reads(&c.Reads)},
		{"grace", days(&c.Grace)},
		{"cooldown", days(&c.Cooldown)},
		{"priority", whole(&c.Priority)},
		{"missed", text(&c.Missed)},
		{"latest_start", hours(&c.LatestStart)},
		{"expires", hours(&c.Expires)},
		{"entry", d.entry},
		{"topic", text(&c.Topic)},
		{"exit_when", d.rule("exit_when", &c.ExitWhen)},
		{"budget", d.budget},
		{"margin_share", optional(&c.MarginShare, share)},
		{"cost_per_mail", optional(&c.CostPerMail, number)},
		{"steps", d.steps},
		{"variants", unsupported("variants")},
		{"goal", unsupported("goals")},
	}
}

func (d *draft) rule(name string, into *string) setter {
	return func(n ast.Node) error {
		d.places[name+" text"] = textPosition(n)
		return text(into)(n)
	}
}

func (d *draft) window(n ast.Node) error {
	w := &d.def.Window
	return d.mapping(n, "window.", "window", []key{
		{"days", weekdays(&w.Days)}, {"from", clock(&w.From)}, {"to", clock(&w.To)},
	})
}

func (d *draft) entry(n ast.Node) error {
	var backlog string
	keys := []key{{"backlog", text(&backlog)}, {"per_day", whole(&d.def.Entry.PerDay)}}
	if err := d.mapping(n, "entry.", "entry", keys); err != nil {
		return err
	}
	if backlog != "" && backlog != "all" && backlog != "new" {
		return fail(n, "all: also who matched before the start; new: only who begins to match later",
			"backlog %q is neither all nor new", backlog)
	}
	d.def.Entry.NewOnly = backlog == "new"
	return nil
}

func (d *draft) budget(n ast.Node) error {
	b := &d.def.Budget
	return d.mapping(n, "budget.", "budget", []key{
		{"mails", whole(&b.Mails)}, {"money", number(&b.Money)}, {"per", text(&b.Per)},
	})
}

func (d *draft) steps(n ast.Node) error {
	nodes, err := sequence(n)
	if err != nil {
		return err
	}
	d.def.Steps = make([]Step, len(nodes))
	for i, node := range nodes {
		s, prefix := &d.def.Steps[i], fmt.Sprintf("steps[%d].", i+1)
		d.places[prefix[:len(prefix)-1]] = position(node)
		err := d.mapping(node, prefix, "a step", []key{
			{"key", text(&s.Key)},
			{"template", text(&s.Template)},
			{"wait", days(&s.Wait)},
			{"offer", func(n ast.Node) error { return d.offer(n, prefix+"offer.", s) }},
			{"values", words(&s.Values)},
			{"variants", unsupported("variants")},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *draft) offer(n ast.Node, prefix string, s *Step) error {
	s.Offer = &Offer{}
	o, coupon := s.Offer, ""
	err := d.mapping(n, prefix, "offer", []key{
		{"percent", percent(&o.Percent)},
		{"amount", number(&o.Amount)},
		{"gift", text(&o.Gift)},
		{"free_shipping", flag(&o.FreeShipping)},
		{"bundle", text(&o.Bundle)},
		{"coupon", text(&coupon)},
		{"valid", days(&o.Valid)},
		{"min_order", number(&o.MinOrder)},
	})
	if err != nil {
		return err
	}
	if coupon != "" && coupon != "unique" {
		return fail(n, "write `coupon: unique`, or leave it out", "coupon %q: only unique codes are known", coupon)
	}
	o.Unique = coupon == "unique"
	return nil
}
