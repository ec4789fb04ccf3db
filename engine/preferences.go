package engine

import (
	"context"
	"encoding/json"
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

// Centre is what a customer sees of their own choices.
type Centre struct {
	store.Choices
	Topics      []store.Topic
	ConsentText string // of the consent that the centre offers, in the customer's language
}

// Speaks returns the customer's language, "" if nobody said.
func (c *Centre) Speaks() string {
	if c.Preferences.Language != "" {
		return c.Preferences.Language
	}
	return c.Language
}

// Centre returns the choices of the customer whom a link to the preferences names. It changes nothing. ErrBadToken: the
// link is not ours, or the customer is gone.
func (e *Engine) Centre(ctx context.Context, token string, now time.Time) (Centre, error) {
	id, err := e.preferring(token)
	if err != nil {
		return Centre{}, err
	}
	var c Centre
	if c.Choices, err = e.store.ChoicesOf(ctx, id, now); err != nil {
		return c, err
	}
	if c.Topics, err = e.store.Topics(ctx); err != nil {
		return c, err
	}
	c.ConsentText = e.ConsentText(e.languageOf(c.Speaks()))
	return c, nil
}

func (e *Engine) preferring(token string) (int64, error) {
	id, _, err := e.keys.ReadToken(Preferences, token)
	return id, err
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
func (e *Engine) Choose(ctx context.Context, token string, w Wish, now time.Time) error {
	c, err := e.Centre(ctx, token, now)
	if err != nil {
		return err
	}
	p := c.Preferences
	shown := make([]string, len(c.Topics))
	for i, t := range c.Topics {
		shown[i] = t.Key
	}
	unwanted := slices.DeleteFunc(slices.Clone(p.UnwantedTopics), func(k string) bool { return slices.Contains(shown, k) })
	for _, key := range shown {
		if !slices.Contains(w.Wanted, key) {
			unwanted = append(unwanted, key)
		}
	}
	p.UnwantedTopics = unwanted
	if w.Language == "de" || w.Language == "en" {
		p.Language = w.Language
	}
	if w.Birthday != nil {
		p.Birthday = w.Birthday
	}
	return e.store.Choose(ctx, c.ID, p, now)
}

// Rest stops all advertising to a customer for 30 days, or ends such a pause.
func (e *Engine) Rest(ctx context.Context, token string, rest bool, now time.Time) error {
	id, err := e.preferring(token)
	if err != nil {
		return err
	}
	c, err := e.store.ChoicesOf(ctx, id, now)
	if err != nil {
		return err
	}
	p := c.Preferences
	p.PausedAt, p.PausedUntil = nil, nil
	if rest {
		until := now.Add(customer.Pause)
		p.PausedAt, p.PausedUntil = &now, &until
	}
	return e.store.Choose(ctx, c.ID, p, now)
}

// DeclarePreference appends a customer's own declaration to their chain: a grant or its withdrawal, an objection to
// profiling or its end. The link came by mail, so whoever has it reads the mailbox.
func (e *Engine) DeclarePreference(ctx context.Context, token string, kind customer.ConsentKind, from Origin, now time.Time) error {
	c, err := e.Centre(ctx, token, now)
	if err != nil {
		return err
	}
	_, campaign, err := e.keys.ReadToken(Preferences, token)
	if err != nil {
		return err
	}
	ev := Evidence{Way: "preference centre", RequestedAt: now, Origin: from, Language: e.languageOf(c.Speaks()), Campaign: campaign}
	event := customer.ConsentEvent{Kind: kind, EffectiveAt: now, Source: "preference centre"}
	if kind == customer.ConsentGrant {
		event.Proven = true
		ev.setText(c.ConsentText)
	}
	return e.store.Declare(ctx, c.ID, event, ev.String())
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
