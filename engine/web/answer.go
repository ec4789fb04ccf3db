package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"

	"treue/engine"
	"treue/engine/store"
)

// Answers that are pages of their own.
var (
	errNoPage        = errors.New("there is no such page")
	errNotHere       = errors.New("the operators' pages are for this machine only")
	errForeignForm   = errors.New("the form came from another site")
	errTooMany       = errors.New("too many requests from one address")
	errNotUnderstood = errors.New("the form says something that it cannot")
	errNoReport      = errors.New("the report cannot be read")
)

// handler answers a request, or says why not.
type handler func(http.ResponseWriter, *http.Request) error

// operators serves a handler on this machine only.
func (s *site) operators(h handler) http.Handler {
	return s.everybody(func(w http.ResponseWriter, r *http.Request) error {
		if !isLocal(r) {
			return errNotHere
		}
		return h(w, r)
	})
}

// everybody serves a handler and turns its error into a page.
func (s *site) everybody(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.refuse(w, r, err)
		}
	})
}

// refuse shows what went wrong, in the words of the reader and never in those of the database.
func (s *site) refuse(w http.ResponseWriter, r *http.Request, cause error) {
	var tooLarge *http.MaxBytesError
	var unknown *engine.UnknownKeyError
	var status int
	var words string
	switch {
	case errors.Is(cause, engine.ErrBadToken):
		status, words = http.StatusNotFound, "badlink"
	case errors.Is(cause, engine.ErrOtherMailbox):
		s.closed(w, r)
		return
	case errors.Is(cause, engine.ErrExpired):
		status, words = http.StatusGone, "expired"
	case errors.Is(cause, errTooMany):
		status, words = http.StatusTooManyRequests, "toomany"
	case errors.Is(cause, errNotUnderstood):
		status, words = http.StatusBadRequest, "unclear"
	case errors.Is(cause, errNoPage), errors.Is(cause, store.ErrNotFound), errors.As(cause, &unknown):
		status, words = http.StatusNotFound, "nopage"
	case errors.Is(cause, errNotHere):
		status, words = http.StatusForbidden, "nothere"
	case errors.Is(cause, errForeignForm):
		status, words = http.StatusForbidden, "foreign"
	case errors.As(cause, &tooLarge):
		status, words = http.StatusRequestEntityTooLarge, "toolarge"
	case errors.Is(cause, context.Canceled) && r.Context().Err() != nil:
		return // nobody is there to read an answer
	default:
		id := rand.Text()[:10]
		s.Engine.Log.Error("a page failed", "id", id, "route", r.Pattern, "error", cause)
		s.sorry(w, r, id)
		return
	}
	s.notice(w, r, status, words, "")
}

// sorry is the page of a fault of ours, with the id under which the log has it.
func (s *site) sorry(w http.ResponseWriter, r *http.Request, id string) {
	s.notice(w, r, http.StatusInternalServerError, "fault", id)
}

// noticePage says one thing: an error or a confirmation.
type noticePage struct {
	frame

	Words string // the key of heading and text
	ID    string // of a fault, as the log has it
}

// notice shows a page of one heading and one text.
func (s *site) notice(w http.ResponseWriter, r *http.Request, status int, words, id string) {
	p := noticePage{frame: s.frame(r, "notice."+words), Words: "notice." + words, ID: id}
	if err := s.show(w, status, "notice", p.Lang, p); err != nil {
		s.Engine.Log.Error("a page failed", "route", r.Pattern, "error", err)
		http.Error(w, "500", http.StatusInternalServerError)
	}
}
