package web

import (
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"treue/engine"
	"treue/engine/store"
	"treue/rules/customer"
)

// consentPage is the form for a consent, and what follows it.
type consentPage struct {
	frame

	Text  string // of the consent
	Email string // as entered
	Wrong bool   // it is no address
	Sent  bool   // the confirmation mail is on its way, or would be
}

// askConsent shows the form.
func (s *site) askConsent(w http.ResponseWriter, r *http.Request) error {
	p := consentPage{frame: s.frame(r, "consent.title")}
	return s.showConsent(w, http.StatusOK, p)
}

func (s *site) showConsent(w http.ResponseWriter, status int, p consentPage) error {
	p.Text = s.Engine.ConsentText(p.Lang)
	if u, err := url.Parse(s.Engine.ConsentRedirect); err == nil && u.Host != "" {
		w.Header().Set("Content-Security-Policy", pagePolicyFor(u.Scheme+"://"+u.Host)) // browsers hold a form's redirect to it, too
	}
	return s.show(w, status, "consent", p.Lang, p)
}

// takeConsent takes the form, from our page or from the shop's: fields email and agree, and language if it is not the
// browser's. The field website is a trap for machines, which fill every field. Whether the address is known, blocked or
// has had its mails already, the answer is the same.
func (s *site) takeConsent(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	p := consentPage{frame: s.frame(r, "consent.title"), Email: r.PostForm.Get("email")}
	p.Lang = s.speak(r.PostForm.Get("language"), p.Lang)
	if _, err := customer.NormaliseAddress(p.Email); err != nil || r.PostForm.Get("agree") == "" {
		p.Wrong = true
		return s.showConsent(w, http.StatusUnprocessableEntity, p)
	}
	now := s.Now().Truncate(time.Microsecond)
	if !s.requests.admit(clientAddress(r), now) {
		return errTooMany
	}
	if r.PostForm.Get("website") == "" {
		from := s.origin(r)
		if page := r.Referer(); page != "" {
			from.URL = page
		}
		err := s.Engine.RequestConsent(r.Context(), p.Email, p.Lang, from, now)
		if err != nil && !errors.Is(err, store.ErrSuppressed) && !errors.Is(err, store.ErrMailedEnough) {
			return err
		}
	}
	if to := s.Engine.ConsentRedirect; to != "" {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	p.Sent, p.Title = true, "consent.sent"
	return s.showConsent(w, http.StatusOK, p)
}

// confirmPage asks for the confirmation of a consent, or says that it is given.
type confirmPage struct {
	frame

	Token string
	Text  string
	Email string
	Done  bool
}

// askConfirm shows a button. Opening the link confirms nothing: scanners open links, too.
func (s *site) askConfirm(w http.ResponseWriter, r *http.Request) error {
	token, err := known(r)
	if err != nil {
		return err
	}
	discreet(w)
	req, err := s.Engine.Confirmable(r.Context(), token, s.Now())
	if err != nil {
		return err
	}
	p := confirmPage{frame: s.frame(r, "confirm.title"), Token: token, Text: req.Text, Email: req.Email, Done: req.ConfirmedAt != nil}
	p.Lang = s.speak(req.Language, p.Lang)
	return s.show(w, http.StatusOK, "confirm", p.Lang, p)
}

// confirm completes the consent.
func (s *site) confirm(w http.ResponseWriter, r *http.Request) error {
	token, err := known(r)
	if err != nil {
		return err
	}
	discreet(w)
	now := s.Now().Truncate(time.Microsecond)
	req, err := s.Engine.Confirmable(r.Context(), token, now)
	if err != nil {
		return err
	}
	if err := s.Engine.ConfirmConsent(r.Context(), token, engine.Origin{IP: clientAddress(r), UserAgent: r.UserAgent()}, now); err != nil {
		return err
	}
	p := confirmPage{frame: s.frame(r, "confirm.done"), Done: true}
	p.Lang = s.speak(req.Language, p.Lang)
	return s.show(w, http.StatusOK, "confirm", p.Lang, p)
}

// How many requests for consent one address of the Internet may make in an hour, and all together.
const (
	requestsEach = 20
	requestsAll  = 2000
)

// limiter counts requests by where they come from, in windows of an hour. What it keeps is bounded by the sum it admits.
type limiter struct {
	mu    sync.Mutex
	since time.Time
	from  map[string]int
	all   int
}

// admit reports whether one more request may pass, and counts it.
func (l *limiter) admit(address string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.from == nil || now.Sub(l.since) >= time.Hour || now.Before(l.since) {
		l.since, l.from, l.all = now, map[string]int{}, 0
	}
	if l.all >= requestsAll || l.from[address] >= requestsEach {
		return false
	}
	l.all++
	l.from[address]++
	return true
}
