package report

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"treue/engine/chart"
)

//go:embed look
var look embed.FS

// The widths a page's drawings are made for: a desk and a phone. The style sheet shows the one that fits.
const (
	wide   = 760.0
	narrow = 340.0
)

// Style is the style sheet of reports, over the tokens of the page they stand on.
func Style() (string, error) {
	css, err := look.ReadFile("look/report.css")
	return string(css), err
}

// Page writes the document as a page that stands alone: no script, and nothing from elsewhere.
func Page(w io.Writer, d *Document) error {
	page := *d
	if len(d.Sections) == 1 && d.Sections[0].Title == d.Title {
		page.Sections = slices.Clone(d.Sections)
		page.Sections[0].Title = "" // the page's own heading says it
	}
	t, err := looks(d.Language)
	if err == nil {
		err = t.ExecuteTemplate(w, "page", &page)
	}
	if err != nil {
		return fmt.Errorf("write the report as a page: %w", err)
	}
	return nil
}

// Body returns sections as a part of another page.
func Body(language string, sections []Section) (template.HTML, error) {
	t, err := looks(language)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i := range sections {
		if err := t.ExecuteTemplate(&b, "section", sections[i]); err != nil {
			return "", fmt.Errorf("write the report: %w", err)
		}
	}
	return template.HTML(b.String()), nil //nolint:gosec // G203: the template has escaped it
}

// Drawing returns a picture as a part of another page, as wide and as narrow as pages need it.
func Drawing(draw func(float64) chart.Drawing) template.HTML {
	narrowest := draw(narrow)
	return template.HTML(draw(wide).SVG("wide") + narrowest.SVG("narrow")) //nolint:gosec // G203: SVG escapes all text
}

func looks(language string) (*template.Template, error) {
	l := Locale{Language: language}
	functions := template.FuncMap{
		"svg": Drawing, "table": l.view, "prose": prose, "signed": signed,
		"words": func(string) string { return l.say("Dieselben Zahlen als Tabelle", "The same figures as a table") },
		"style": style,
	}
	t, err := template.New("report").Funcs(functions).ParseFS(look, "look/body.html")
	if err != nil {
		return nil, fmt.Errorf("read the look of reports: %w", err)
	}
	return t, nil
}

// prose marks what stands between backquotes as something to type.
func prose(text string) template.HTML {
	parts := strings.Split(text, "`")
	if len(parts)%2 == 0 { // a lone one is a letter
		parts = []string{text}
	}
	for i, p := range parts {
		parts[i] = template.HTMLEscapeString(signed(p))
		if i%2 == 1 {
			parts[i] = "<code>" + parts[i] + "</code>"
		}
	}
	return template.HTML(strings.Join(parts, "")) //nolint:gosec // G203: every part is escaped
}

// signed keeps a minus and the currency after it on one line.
func signed(text string) string { return strings.ReplaceAll(text, "−€", "−\u2060€") }

// style is all that a page which stands alone needs.
func style() (template.CSS, error) {
	alone, err := look.ReadFile("look/alone.css")
	if err != nil {
		return "", err
	}
	css, err := Style()
	return template.CSS(string(alone) + css), err //nolint:gosec // G203: a file of our own
}

// tableView is a table as the template wants it.
type tableView struct {
	Table

	Class, Name string
}

func (l Locale) view(b Block, class string) tableView {
	v := tableView{Table: *b.Table, Class: class, Name: b.Table.Caption}
	for _, fallback := range []string{b.Text, l.say("Tabelle", "Table")} {
		if v.Name == "" {
			v.Name = fallback
		}
	}
	return v
}
