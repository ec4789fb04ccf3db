package web

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"treue/engine/store"
)

// mailPage is one caught mail as its reader would get it.
type mailPage struct {
	frame

	ID       int64
	Subject  string
	From, To string
	CaughtAt time.Time
	Headers  []header
	HasHTML  bool
	Text     string
	Links    []string
	Broken   string // why the mail cannot be read; "": it can
}

// mail shows one caught mail.
func (s *site) mail(w http.ResponseWriter, r *http.Request) error {
	m, err := s.caught(r)
	if err != nil {
		return err
	}
	p := mailPage{
		frame: s.operatorFrame(r, nameOr(m.Subject, "mail.nosubject"), "mails"), ID: m.ID, Subject: m.Subject, From: m.Sender, To: m.Recipient,
		CaughtAt: m.CaughtAt,
	}
	content, err := readMail(m.Raw)
	if err != nil {
		p.Broken = err.Error()
	}
	p.Headers, p.Text, p.HasHTML, p.Links = content.Headers, content.Text, content.HTML != "", content.links()
	return s.show(w, http.StatusOK, "mail", p.Lang, p)
}

// mailPolicy locks a mail in: no script, no form, no address of ours. Its pictures and its own style may show. Links
// open in a window of their own, which is free again.
const mailPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; " +
	"img-src data: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// mailHTML serves the HTML of a mail for the frame on its page.
func (s *site) mailHTML(w http.ResponseWriter, r *http.Request) error {
	m, err := s.caught(r)
	if err != nil {
		return err
	}
	content, err := readMail(m.Raw)
	if err != nil || content.HTML == "" {
		return errNoPage
	}
	h := w.Header()
	h.Set("Content-Security-Policy", mailPolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, content.HTML)
	return nil
}

// mailRaw serves the bytes of a mail, to be opened in a mail program.
func (s *site) mailRaw(w http.ResponseWriter, r *http.Request) error {
	m, err := s.caught(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "message/rfc822")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="mail-%d.eml"`, m.ID))
	_, _ = w.Write(m.Raw)
	return nil
}

// caught returns the mail that the path names.
func (s *site) caught(r *http.Request) (store.CaughtMail, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 0 {
		return store.CaughtMail{}, errNoPage
	}
	return s.Engine.Store().CaughtMail(r.Context(), id)
}
