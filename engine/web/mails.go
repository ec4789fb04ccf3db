package web

import (
	"net/http"
	"strconv"

	"treue/engine/store"
)

// mailsPage lists the mails that the catcher kept.
type mailsPage struct {
	frame

	Mails      []store.CaughtMail
	Total      int64
	Page       int // from 1
	Pages      int
	Newer      int // a page, 0: none
	Older      int
	From, Till int64 // of all mails, those on this page
}

const mailsPerPage = 50

// mails shows one page of the list.
func (s *site) mails(w http.ResponseWriter, r *http.Request) error {
	p := mailsPage{frame: s.operatorFrame(r, "mails.title", "mails"), Page: 1}
	if text := r.URL.Query().Get("page"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1_000_000 {
			return errNoPage
		}
		p.Page = n
	}
	var err error
	if p.Mails, p.Total, err = s.Engine.Store().CaughtMails(r.Context(), mailsPerPage, (p.Page-1)*mailsPerPage); err != nil {
		return err
	}
	p.Pages = max(1, int((p.Total+mailsPerPage-1)/mailsPerPage))
	if p.Page > p.Pages {
		return errNoPage
	}
	p.Newer = p.Page - 1
	if p.Page < p.Pages {
		p.Older = p.Page + 1
	}
	p.From = int64(p.Page-1)*mailsPerPage + 1
	p.Till = p.From + int64(len(p.Mails)) - 1
	return s.show(w, http.StatusOK, "mails", p.Lang, p)
}
