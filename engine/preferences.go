package engine

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"treue/engine/store"
	"treue/rules/customer"
)

// Origin is where a declaration came from: what proves it later (GDPR 7(1)).
type Origin struct {
	IP        string `json:"ip,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
	URL       string `json:"url,omitempty"` // of the form
}

// clipped bounds what strangers can make us keep.
func (o Origin) clipped() Origin { return Origin{clip(o.IP), clip(o.UserAgent), clip(o.URL)} }

// Centre is what a customer sees of their own choices.
type Centre struct {
	store.Choices
	Topics      []store.Topic
	ConsentText string // of the consent that the centre offers, in the customer's language

	TrackingText string // of the consent to keep the customer's own clicks; "": clicks are not counted
}

// Centre returns the choices of the customer whom a link to the preferences names. It changes nothing. ErrBadToken: the
// link is not ours; ErrOtherMailbox: it went elsewhere; store.ErrNotFound: the customer is gone.
func (e *Engine) Centre(ctx context.Context, token string, now time.Time) (Centre, error) {
	choices, _, err := e.reader(ctx, token, now)
	if err != nil {
		return Centre{}, err
	}
	c := Centre{Choices: choices}
	if c.Topics, err = e.store.Topics(ctx); err != nil {
		return c, err
	}
	c.ConsentText = e.ConsentText(e.languageOf(c.Speaks()))
	if e.CountClicks {
		c.TrackingText = e.TrackingText(e.languageOf(c.Speaks()))
	}
	return c, nil
}

// reader returns the customer whom a link names. With ErrOtherMailbox the customer is known all the same.
func (e *Engine) reader(ctx context.Context, token string, now time.Time) (store.Choices, Bearer, error) {
	b, err := e.keys.ReadPreferences(token)
	if err != nil {
		return store.Choices{}, b, err
	}
	c, err := e.store.ChoicesOf(ctx, b.CustomerID, now)
	if err == nil && !e.keys.reads(b, c.Email) {
		err = ErrOtherMailbox
	}
	return c, b, err
}

// languageOf is de or en: the customer's language if mails are written in it, else the shop's.
func (e *Engine) languageOf(language string) string {
	if language == "de" || language == "en" {
		return language
	}
	return e.Language
}

// Wish is what a customer enters in the preference centre.
type Wish struct {
	Wanted   []string   // topics, out of those shown
	Language string     // de, en or "": no word
	Birthday *time.Time // a date: midnight UTC; nil: no word
}

// Choose keeps a customer's topics, language and birthday. A topic that is not on show at present stays as it was.
// ErrOtherMailbox, ErrBadToken.
func (e *Engine) Choose(ctx context.Context, token string, w Wish, now time.Time) error {
	c, err := e.Centre(ctx, token, now)
	if err != nil {
		return err
	}
	return e.store.Choose(ctx, c.ID, now, func(known store.Choices) customer.Preferences { return w.over(known, c.Topics) })
}

// over returns the preferences that a wish leaves of those on record. What a form sends back as it was shown is no word
// of the customer's: the next import may correct it.
func (w *Wish) over(known store.Choices, shown []store.Topic) customer.Preferences {
	p := known.Preferences
	p.UnwantedTopics = slices.Clone(p.UnwantedTopics)
	for _, t := range shown {
		p.UnwantedTopics = slices.DeleteFunc(p.UnwantedTopics, func(k string) bool { return k == t.Key })
		if !slices.Contains(w.Wanted, t.Key) {
			p.UnwantedTopics = append(p.UnwantedTopics, t.Key)
		}
	}
	if (w.Language == "de" || w.Language == "en") && w.Language != known.Speaks() {
		p.Language = w.Language
	}
	if w.Birthday != nil && (known.Birthday == nil || !w.Birthday.Equal(*known.Birthday)) {
		p.Birthday = w.Birthday
	}
	return p
}

// Rest stops all advertising to a customer for 30 days, or ends such a pause. ErrOtherMailbox, ErrBadToken.
func (e *Engine) Rest(ctx context.Context, token string, rest bool, now time.Time) error {
	c, _, err := e.reader(ctx, token, now)
	if err != nil {
		return err
	}
	return e.store.Choose(ctx, c.ID, now, func(known store.Choices) customer.Preferences {
		p := known.Preferences
		p.PausedAt, p.PausedUntil = nil, nil
		if rest {
			until := now.Add(customer.Pause)
			p.PausedAt, p.PausedUntil = &now, &until
		}
		return p
	})
}

// DeclarePreference appends a customer's own declaration to their chain, unless it stands already: a grant or its
// withdrawal, an objection to profiling or its end. Who reads the mailbox may say all of it; saying no takes any link that
// is ours, however old (GDPR 7(3)). ErrOtherMailbox, ErrBadToken.
func (e *Engine) DeclarePreference(ctx context.Context, token string, kind customer.ConsentKind, from Origin, now time.Time) error {
	c, bearer, err := e.reader(ctx, token, now)
	noes := []customer.ConsentKind{customer.ConsentWithdraw, customer.ConsentObjectProfiling, customer.ConsentWithdrawTracking}
	if errors.Is(err, ErrOtherMailbox) && slices.Contains(noes, kind) {
		err = nil
	}
	if err != nil {
		return err
	}
	language := e.languageOf(c.Speaks())
	ev := Evidence{Way: "preference centre", RequestedAt: now, Origin: from.clipped(), Language: language, Campaign: bearer.Campaign}
	event := customer.ConsentEvent{Kind: kind, EffectiveAt: now, Source: "preference centre"}
	switch kind {
	case customer.ConsentGrant:
		event.Proven = true
		ev.setText(e.ConsentText(language))
	case customer.ConsentAllowTracking:
		event.Proven = true
		ev.setText(e.TrackingText(language))
		ev.Purposes = []string{PurposeClicks}
	}
	return e.store.DeclareChange(ctx, c.ID, event, ev.String())
}

// Evidence is the course of a declaration, as it is kept in the customer's chain.
type Evidence struct {
	Way         string     `json:"way"` // double opt-in or preference centre
	RequestedAt time.Time  `json:"requested_at"`
	Origin      Origin     `json:"origin"`
	Language    string     `json:"language"`
	Text        string     `json:"consent_text,omitempty"`
	TextHash    string     `json:"consent_text_sha256,omitempty"`
	Purposes    []string   `json:"purposes,omitempty"`
	Campaign    string     `json:"campaign,omitempty"` // in whose mail the link stood
	MessageID   string     `json:"confirmation_message_id,omitempty"`
	MailHash    string     `json:"confirmation_mail_sha256,omitempty"`
	ConfirmedAt *time.Time `json:"confirmed_at,omitempty"`
	Confirmed   *Origin    `json:"confirmed_from,omitempty"`
}

// String is the evidence as one line of JSON.
func (v Evidence) String() string {
	b, err := json.Marshal(v)
	if err != nil {
		return v.Way // no field of it can fail
	}
	return string(b)
}

// ReadEvidence reads evidence back; false: it is plain text, as imports and unsubscribe links leave it.
func ReadEvidence(text string) (Evidence, bool) {
	var v Evidence
	err := json.Unmarshal([]byte(text), &v)
	return v, err == nil && v.Way != ""
}
