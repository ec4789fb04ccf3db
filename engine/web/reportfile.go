package web

import (
	"bytes"
	"html/template"
	"io"
	"net/http"
	"time"

	"treue/engine"
	"treue/engine/report"
)

// reportFile serves a campaign's report as a file to keep, to print or to compute with.
func (s *site) reportFile(w http.ResponseWriter, r *http.Request) error {
	return s.serveReport(w, r, r.PathValue("key"), r.PathValue("file"))
}

// reportFiles serves the reports of all campaigns as a file.
func (s *site) reportFiles(file string) handler {
	return func(w http.ResponseWriter, r *http.Request) error { return s.serveReport(w, r, "", file) }
}

func (s *site) serveReport(w http.ResponseWriter, r *http.Request, key, file string) error {
	reports, portfolio, err := s.of(r.Context(), key)
	if err != nil {
		return err
	}
	if len(reports) == 0 {
		return errNoPage
	}
	o := s.reportOptions(s.language(r))
	if key == "" {
		if o, err = s.togetherOptions(r.Context(), o.Language, reports); err != nil {
			return err
		}
	}
	d := report.Whole(reports, portfolio, s.Now(), o)
	switch file {
	case "report.html":
		return s.file(w, "report.html", "text/html; charset=utf-8", func(w io.Writer) error { return report.Page(w, d) })
	case "report.pdf":
		return s.file(w, "report.pdf", "application/pdf", func(w io.Writer) error { return report.PDF(w, d) })
	case "report.csv":
		return s.file(w, "report.csv", "text/csv; charset=utf-8", func(w io.Writer) error { return report.CSV(w, reports, portfolio) })
	}
	return errNoPage
}

// file writes a download completely before the first byte leaves.
func (s *site) file(w http.ResponseWriter, name, kind string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(b.Bytes()) // a reader who has left needs no answer
	return nil
}

// monthPage is the managers' page of a month.
type monthPage struct {
	frame

	Name          string
	Body          template.HTML
	Month         string // as the address has it
	Earlier, Next string // the same of the months around it; Next is "" for one that has not begun
}

// monthForm is how addresses write a month.
const monthForm = "2006-01"

// month shows the managers' page of the month in the address, or of last month.
func (s *site) month(w http.ResponseWriter, r *http.Request) error {
	m, err := s.monthOf(r)
	if err != nil {
		return err
	}
	lang := s.language(r)
	d := report.Month(m, s.reportOptions(lang))
	p := monthPage{frame: s.operatorFrame(r, d.Title, "reports"), Name: d.Title, Month: m.From.Format(monthForm), Earlier: m.From.AddDate(0, -1, 0).Format(monthForm)}
	if !m.Until.After(s.Now()) {
		p.Next = m.Until.Format(monthForm)
	}
	if p.Body, err = report.Body(lang, d.Sections); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, "month", p.Lang, p)
}

// monthFile serves the same on one sheet of paper.
func (s *site) monthFile(w http.ResponseWriter, r *http.Request) error {
	m, err := s.monthOf(r)
	if err != nil {
		return err
	}
	d := report.Month(m, s.reportOptions(s.language(r)))
	return s.file(w, "report-"+m.From.Format(monthForm)+".pdf", "application/pdf", func(w io.Writer) error { return report.OnePage(w, d) })
}

// monthOf gathers the month that the address names; last month if it names none.
func (s *site) monthOf(r *http.Request) (*engine.Month, error) {
	now := s.Now()
	from, _ := s.Engine.MonthOf(now)
	from = from.AddDate(0, -1, 0)
	if text := r.URL.Query().Get("m"); text != "" {
		at, err := time.ParseInLocation(monthForm, text, s.Engine.Zone)
		if err != nil || at.After(now) {
			return nil, errNoPage
		}
		from = at
	}
	return s.Engine.Month(r.Context(), from, now)
}
