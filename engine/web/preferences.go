package web

import (
	"cmp"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"treue/engine"
	"treue/engine/store"
	"treue/rules/customer"
)

// preferencesPage is a customer's own page: what they chose, with a form to each choice.
type preferencesPage struct {
	frame
	engine.Centre

	Token    string
	Done     string // what was done a moment ago; "": nothing
	Choices  []topicChoice
	Language string // as on record: a code of ISO 639-1, or ""
	Other    string // the name of that language if there are no mails in it; "": there are, or nobody said
	Birthday string // as a date field wants it
	Rests    bool
	Granted  bool
	Profiled bool
}

// topicChoice is a topic with its box.
type topicChoice struct {
	Key, Name string
	Wanted    bool
}

// known is the token of a customer's link, unless it is far too long to be one.
func known(r *http.Request) (string, error) {
	token := r.PathValue("token")
	if len(token) > maxToken {
		return "", engine.ErrBadToken
	}
	return token, nil
}

// dead says that a link leads nowhere any more when its customer is gone.
func dead(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return engine.ErrBadToken
	}
	return err
}

// discreet keeps a page that is opened by a secret link out of search engines and other sites' logs.
func discreet(w http.ResponseWriter) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Robots-Tag", "noindex")
}

// preferences shows a customer's choices. It changes nothing: link scanners open every link of a mail.
func (s *site) preferences(w http.ResponseWriter, r *http.Request) error {
	token, err := known(r)
	if err != nil {
		return err
	}
	discreet(w)
	c, err := s.Engine.Centre(r.Context(), token, s.Now())
	if err != nil {
		return dead(err)
	}
	p := preferencesPage{
		frame: s.frame(r, "preferences.title"), Centre: c, Token: token, Language: c.Speaks(), Rests: c.Preferences.Paused(s.Now()),
		Granted: c.Consent.Valid(), Profiled: !c.Consent.ObjectedToProfiling(),
	}
	p.Lang = s.speak(c.Speaks(), p.Lang)
	if _, offered := s.views[p.Language]; !offered {
		p.Other = languageName(p.Language)
	}
	p.Done = done(r)
	if born := cmp.Or(c.Preferences.Birthday, c.Birthday); born != nil {
		p.Birthday = born.Format(time.DateOnly)
	}
	for _, t := range c.Topics {
		p.Choices = append(p.Choices, topicChoice{t.Key, spoken(t.Key), !c.Preferences.Unwanted(t.Key)})
	}
	return s.show(w, http.StatusOK, "preferences", p.Lang, p)
}

// done is the phrase for what was done a moment ago, "" for nothing.
func done(r *http.Request) string {
	if deed := r.URL.Query().Get("done"); slices.Contains(deeds(), deed) {
		return "preferences.done." + deed
	}
	return ""
}

// closedPage stands in for a customer's page, and for all that it leads to, where the link went to another mailbox. It
// tells nothing, but takes a no: that is anybody's who holds the link.
type closedPage struct {
	frame

	Token   string
	Done    string
	WriteTo string // the shop's address; "": none is set
}

// closed shows it.
func (s *site) closed(w http.ResponseWriter, r *http.Request) {
	p := closedPage{
		frame: s.frame(r, "closed.title"), Token: r.PathValue("token"), Done: done(r), WriteTo: cmp.Or(s.Engine.ReplyTo.Addr, s.Engine.Shop.Imprint.Email),
	}
	if err := s.show(w, http.StatusForbidden, "closed", p.Lang, p); err != nil {
		s.Engine.Log.Error("a page failed", "route", r.Pattern, "error", err)
		http.Error(w, "500", http.StatusInternalServerError)
	}
}

// languageName is what the speakers of a language call it; a code that nobody knows stays a code.
func languageName(code string) string {
	if code == "" {
		return ""
	}
	tag, err := language.Parse(code)
	if err != nil {
		return code
	}
	return cmp.Or(display.Self.Name(tag), code)
}

// speak is the customer's language if there are pages in it, else the browser's.
func (s *site) speak(own, browser string) string {
	if _, ok := s.views[own]; ok {
		return own
	}
	return browser
}

// spoken makes a topic's key readable: `new-arrivals` is New arrivals.
func spoken(key string) string {
	words := strings.ReplaceAll(strings.ReplaceAll(key, "-", " "), "_", " ")
	if words == "" {
		return key
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// deeds are what a customer can do on their page, as its forms name them.
func deeds() []string {
	return []string{"save", "rest", "resume", "grant", "withdraw", "object", "allow", "track", "untrack"}
}

// changePreferences does what one of the page's buttons says, and leads back to the page.
func (s *site) changePreferences(w http.ResponseWriter, r *http.Request) error {
	token, err := known(r)
	if err != nil {
		return err
	}
	discreet(w)
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	deed := r.PostForm.Get("do")
	if err := s.change(r, token, deed); err != nil {
		return dead(err)
	}
	w.Header().Set("Location", "/u/p/"+token+"?done="+deed) // the token was checked, so it holds no line break
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

func (s *site) change(r *http.Request, token, deed string) error {
	ctx, now := r.Context(), s.Now().Truncate(time.Microsecond)
	switch deed {
	case "save":
		born, err := birthday(r.PostForm.Get("birthday"), now)
		if err != nil {
			return err
		}
		return s.Engine.Choose(ctx, token, engine.Wish{Wanted: r.PostForm["topic"], Language: r.PostForm.Get("language"), Birthday: born}, now)
	case "rest", "resume":
		return s.Engine.Rest(ctx, token, deed == "rest", now)
	}
	kind, ok := map[string]customer.ConsentKind{
		"grant": customer.ConsentGrant, "withdraw": customer.ConsentWithdraw,
		"track": customer.ConsentAllowTracking, "untrack": customer.ConsentWithdrawTracking,
		"object": customer.ConsentObjectProfiling, "allow": customer.ConsentAllowProfiling,
	}[deed]
	if !ok {
		return errNotUnderstood
	}
	return s.Engine.DeclarePreference(ctx, token, kind, s.origin(r), now)
}

// birthday reads a date field; empty is no word.
func birthday(text string, now time.Time) (*time.Time, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // an empty field says nothing
	}
	born, err := time.Parse(time.DateOnly, text)
	if err != nil || born.After(now) || born.Year() < 1900 {
		return nil, errNotUnderstood
	}
	return &born, nil
}

// unreadable keeps the answer to a body that is too large.
func unreadable(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return errNotUnderstood
}

// origin is where a request came from, as evidence.
func (s *site) origin(r *http.Request) engine.Origin {
	return engine.Origin{IP: clientAddress(r), UserAgent: r.UserAgent(), URL: strings.TrimRight(s.Engine.PublicURL, "/") + "/" + strings.Split(strings.TrimPrefix(r.Pattern, "POST /"), "{")[0]}
}

// clientAddress is the address of the reader. Behind a proxy on this machine it is the last one the proxy names: those
// before can be invented.
func clientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	own, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	named := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if last, err := netip.ParseAddr(strings.TrimSpace(named[len(named)-1])); err == nil && own.Unmap().IsLoopback() {
		return last.Unmap().String()
	}
	return own.Unmap().String()
}
