package web

import (
	"errors"
	"net/http"

	"treue/engine"
	"treue/engine/store"
)

// maxToken bounds a link's token: a key id, a tag, a number and a campaign's key, in base64.
const maxToken = 256

// unsubscribePage asks whether to end the mail, or confirms that it has ended.
type unsubscribePage struct {
	frame

	Token string
	Done  bool
}

// askUnsubscribe shows a button. Link scanners open every link of a mail, so opening one changes nothing and does not
// even look the customer up.
func (s *site) askUnsubscribe(w http.ResponseWriter, r *http.Request) error {
	if len(r.PathValue("token")) > maxToken {
		return engine.ErrBadToken
	}
	if err := s.Engine.CheckLink(r.PathValue("token")); err != nil {
		return err
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Robots-Tag", "noindex")
	p := unsubscribePage{frame: s.frame(r, "unsubscribe.title"), Token: r.PathValue("token")}
	return s.show(w, http.StatusOK, "unsubscribe", p.Lang, p)
}

// unsubscribe ends all advertising to a customer. It needs no cookie, no login and no particular body: a mailbox
// provider posts `List-Unsubscribe=One-Click` (RFC 8058), our page its button, and anybody who posts to this address
// holds the customer's own link.
func (s *site) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	if len(r.PathValue("token")) > maxToken {
		return engine.ErrBadToken
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	how, err := askedBy(r)
	if err != nil {
		return err
	}
	err = s.Engine.UnsubscribeCustomer(r.Context(), r.PathValue("token"), s.Now(), how)
	if errors.Is(err, store.ErrNotFound) {
		err = engine.ErrBadToken // the customer is gone: for them, too, the link is dead
	}
	if err != nil {
		return err
	}
	p := unsubscribePage{frame: s.frame(r, "unsubscribe.done"), Done: true}
	return s.show(w, http.StatusOK, "unsubscribe", p.Lang, p)
}

// askedBy names the way of an objection, which is kept as evidence. A form that cannot be read is an objection, too;
// only one that is too large is refused.
func askedBy(r *http.Request) (string, error) {
	err := errors.Join(r.ParseForm(), r.ParseMultipartForm(maxBody)) //nolint:gosec // guarded has bounded the body
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return "", err
	}
	switch {
	case r.PostFormValue("List-Unsubscribe") == "One-Click":
		return "one-click unsubscribe of the mailbox provider (RFC 8058)", nil
	case r.PostFormValue("by") == "page":
		return "button on the unsubscribe page", nil
	}
	return "post to the unsubscribe link", nil
}
