package report

import (
	"bytes"
	"fmt"
	"html/template"

	"treue/engine"
	"treue/engine/delivery"
)

// Letter writes the monthly report as a mail: the whole page as text and in the plain HTML that mail programs know, and as
// a PDF of one sheet for those who print.
func Letter(m *engine.Month, o Options) (engine.Letter, error) {
	d := Month(m, o)
	letter := engine.Letter{Subject: d.Title}
	var page, plain, sheet bytes.Buffer
	t, err := template.New("letter").ParseFS(look, "look/letter.html")
	if err != nil {
		return letter, fmt.Errorf("read the look of the monthly mail: %w", err)
	}
	if err := t.ExecuteTemplate(&page, "letter.html", d); err != nil {
		return letter, fmt.Errorf("write the monthly mail: %w", err)
	}
	if err := PlainText(&plain, d, nil); err != nil {
		return letter, err
	}
	if err := OnePage(&sheet, d); err != nil {
		return letter, err
	}
	letter.HTML, letter.Text = page.String(), plain.String()
	letter.Attachments = []delivery.Attachment{{
		Name: o.say("kundenbindung", "retention") + m.From.Format("-2006-01") + ".pdf", Type: "application/pdf", Data: sheet.Bytes(),
	}}
	return letter, nil
}
