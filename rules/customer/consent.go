package customer

import "time"

// ConsentKind is what a customer declared, or was told, about advertising and profiling.
type ConsentKind string

// The kinds of declaration. They are stored as they stand here: never rename one.
const (
	ConsentGrant            ConsentKind = "grant"             // agreed to advertising by mail, GDPR 7
	ConsentWithdraw         ConsentKind = "withdraw"          // withdrew that agreement, GDPR 7 (3)
	ConsentObjectMarketing  ConsentKind = "object_marketing"  // objected to advertising, GDPR 21 (2)
	ConsentObjectProfiling  ConsentKind = "object_profiling"  // objected to profiling, GDPR 21 (1)
	ConsentAllowProfiling   ConsentKind = "allow_profiling"   // took the objection to profiling back
	ConsentAllowTracking    ConsentKind = "allow_tracking"    // agreed that their own clicks are kept, TDDDG § 25 (1)
	ConsentWithdrawTracking ConsentKind = "withdraw_tracking" // withdrew that agreement
	ConsentNotice           ConsentKind = "notice"            // was told of the right to object, UWG § 7 (3) no. 4
)

// ConsentEvent is one declaration. Events are only ever added; their order of arrival does not matter.
type ConsentEvent struct {
	Kind        ConsentKind
	EffectiveAt time.Time // when it was declared
	Source      string    // where: a form, a shop's export, the unsubscribe link
	Proven      bool      // of a grant: time and place of the declaration are on record
}

// ConsentState is what all declarations up to a moment amount to.
type ConsentState struct {
	Granted   bool       // a proven grant stands: mail may be based on it
	Proven    bool       // there was a proven grant, whether or not it still stands
	GrantedAt *time.Time // of the latest proven grant, without one of the latest grant; nil: there was none
	Source    string     // of that grant

	WithdrawnAt       *time.Time // of the latest withdrawal; nil: there was none
	ObjectedMarketing bool       // no advertising, on whatever basis
	ObjectedProfiling bool       // no snapshot, no rule, no report
	NoticeAt          *time.Time // of the latest notice; nil: there was none
}

// FoldConsent returns what the declarations made until asOf amount to, as ConsentDates judges them. A tie goes to
// the customer's no: an export that repeats an old grant can therefore never undo a withdrawal. A grant without
// proof changes nothing, neither for consent nor against it.
func FoldConsent(events []ConsentEvent, asOf time.Time) ConsentState {
	var latest declarations
	for _, e := range events {
		if !e.EffectiveAt.After(asOf) {
			latest.add(e)
		}
	}
	return latest.state()
}

// declarations keeps the declaration of each kind that counts, on which alone the state depends.
type declarations struct {
	grant, withdraw, objectMarketing, objectProfiling, allowProfiling, notice *ConsentEvent
}

// add keeps the event if it outranks what is known of its kind.
func (d *declarations) add(e ConsentEvent) {
	switch e.Kind {
	case ConsentGrant:
		d.grant = outranking(d.grant, &e)
	case ConsentWithdraw:
		d.withdraw = outranking(d.withdraw, &e)
	case ConsentObjectMarketing:
		d.objectMarketing = outranking(d.objectMarketing, &e)
	case ConsentObjectProfiling:
		d.objectProfiling = outranking(d.objectProfiling, &e)
	case ConsentAllowProfiling:
		d.allowProfiling = outranking(d.allowProfiling, &e)
	case ConsentNotice:
		d.notice = outranking(d.notice, &e)
	}
}

// state leaves the judgement to ConsentDates, which is also what SQL fills: consent has one meaning.
func (d *declarations) state() ConsentState {
	dates := ConsentDates{
		WithdrawnAt:         d.withdraw.at(),
		ObjectedAt:          d.objectMarketing.at(),
		ProfilingObjectedAt: d.objectProfiling.at(),
		ProfilingAllowedAt:  d.allowProfiling.at(),
	}
	state := ConsentState{GrantedAt: d.grant.at(), WithdrawnAt: d.withdraw.at(), NoticeAt: d.notice.at()}
	if d.grant != nil {
		state.Source, state.Proven = d.grant.Source, d.grant.Proven
	}
	if state.Proven {
		dates.GrantedAt = state.GrantedAt
	}
	state.Granted = dates.Valid()
	state.ObjectedMarketing = dates.Objected()
	state.ObjectedProfiling = dates.ObjectedToProfiling()
	return state
}

// outranking returns the event that counts of two of a kind. For grants that is a proven one, otherwise the later;
// of two at the same time the one with the greater source, so that the order of arrival does not matter.
func outranking(a, b *ConsentEvent) *ConsentEvent {
	switch {
	case a == nil:
		return b
	case b.Kind == ConsentGrant && a.Proven != b.Proven:
		if b.Proven {
			return b
		}
		return a
	case b.EffectiveAt.After(a.EffectiveAt), b.EffectiveAt.Equal(a.EffectiveAt) && b.Source > a.Source:
		return b
	}
	return a
}

// at returns when an event took effect, nil for none.
func (e *ConsentEvent) at() *time.Time {
	if e == nil {
		return nil
	}
	return &e.EffectiveAt
}

// Declarations returns what an imported record says about consent, none where its columns are empty. A grant is
// proven if the record has its time and its source. Without a time a declaration takes effect at the import; a
// withdrawal dated in the future does so, too, since a slip in a date must not keep mail going.
func (c *Customer) Declarations(importedAt time.Time) []ConsentEvent {
	var events []ConsentEvent
	if c.Consent != nil {
		e := ConsentEvent{Kind: ConsentWithdraw, EffectiveAt: importedAt, Source: c.ConsentSource}
		if *c.Consent {
			e.Kind, e.Proven = ConsentGrant, c.ConsentAt != nil && c.ConsentSource != ""
		}
		if c.ConsentAt != nil && (*c.Consent || c.ConsentAt.Before(importedAt)) {
			e.EffectiveAt = *c.ConsentAt
		}
		events = append(events, e)
	}
	if c.NoticeAt != nil {
		events = append(events, ConsentEvent{Kind: ConsentNotice, EffectiveAt: *c.NoticeAt, Source: c.ConsentSource})
	}
	return events
}
