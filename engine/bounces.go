package engine

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"treue/campaigns"
	"treue/engine/bounce"
	"treue/engine/delivery"
	"treue/engine/store"
	"treue/rules/customer"
)

// Received is what became of a message that came back.
type Received struct {
	Kind   bounce.Kind
	Effect Effect
}

// Effect is what a message that came back changed.
type Effect string

// The effects. Ignored stands for everything that is not proven to concern a mail of ours, or has no consequence.
const (
	EffectIgnored      Effect = "ignored"
	EffectRecorded     Effect = "recorded"
	EffectRepeated     Effect = "repeated"
	EffectSuppressed   Effect = "suppressed"
	EffectUnsubscribed Effect = "unsubscribed"
)

// Done reports whether the message has served its purpose and may be deleted. What we do not understand may be a
// person's letter: it stays.
func (r Received) Done() bool { return r.Effect != EffectIgnored || r.Kind == bounce.AutoReply }

// linkToken finds the token of an unsubscribe link in a subject.
var linkToken = regexp.MustCompile(`[A-Za-z0-9]{1,32}\.[A-Za-z0-9_-]{32,240}`)

// Receive takes one message of the bounce mailbox, as its bytes. A bounce or a complaint counts only if it carries
// a token that we signed, or the Message-ID of a mail that we sent, which nobody can guess.
func (e *Engine) Receive(ctx context.Context, raw []byte, now time.Time) (Received, error) {
	r := bounce.Parse(raw)
	left, err := e.leave(ctx, r, now)
	if err != nil || left {
		return Received{r.Kind, EffectUnsubscribed}, err
	}
	return e.receive(ctx, r, raw, false, now)
}

// ReceiveReport takes a report of the mail provider itself, who may name the customer by the address alone. event is
// what makes it the same when it is delivered again.
func (e *Engine) ReceiveReport(ctx context.Context, r bounce.Report, event []byte, now time.Time) (Received, error) {
	return e.receive(ctx, r, event, true, now)
}

// leave unsubscribes whoever wrote to the unsubscribe mailbox: by the token in the subject, which the mail's own link
// puts there, or by an answer to the mail itself.
func (e *Engine) leave(ctx context.Context, r bounce.Report, now time.Time) (bool, error) {
	const how = "mail to the unsubscribe address"
	for _, token := range linkToken.FindAllString(r.Subject, 4) {
		err := e.UnsubscribeCustomer(ctx, token, now, how)
		if err == nil || errors.Is(err, store.ErrNotFound) { // erased meanwhile: there is nobody to write to
			return true, nil
		}
		if !errors.Is(err, ErrBadToken) {
			return false, err
		}
	}
	asked := e.Unsubscribe != "" && slices.Contains(r.To, strings.ToLower(e.Unsubscribe))
	if !asked || r.Kind != bounce.Unknown || len(r.MessageIDs) == 0 {
		return false, nil
	}
	send, err := e.store.SendOf(ctx, r.MessageIDs)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	event := customer.ConsentEvent{Kind: customer.ConsentObjectMarketing, EffectiveAt: now, Source: how}
	return true, e.store.Declare(ctx, send.CustomerID, event, "answer to a mail of campaign "+send.CampaignKey)
}

// receive proves that a report is about a mail of ours and records it.
func (e *Engine) receive(ctx context.Context, r bounce.Report, event []byte, trusted bool, now time.Time) (Received, error) {
	got := Received{r.Kind, EffectIgnored}
	if r.Kind == bounce.Unknown || r.Kind == bounce.AutoReply {
		return got, nil
	}
	back := store.Returned{EventID: eventID(event), Kind: r.Kind.String(), Detail: detail(r), MessageIDs: r.MessageIDs, Trusted: trusted}
	if address, err := customer.NormaliseAddress(r.Recipient); err == nil {
		back.AddressHash = customer.AddressHash(e.keys.Pepper, address)
	}
	for _, token := range r.Tokens {
		if mark, err := e.keys.ReadBounceToken(token, now); err == nil {
			back.CustomerID, back.MessagePrefix, back.AddressPrefix = mark.CustomerID, mark.MessagePrefix, mark.AddressPrefix
			break
		}
	}
	effect, err := e.store.Receive(ctx, back, now)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return got, nil
	case err != nil:
		return got, err
	case effect.Repeated:
		got.Effect = EffectRepeated
	case effect.Suppressed:
		got.Effect = EffectSuppressed
	default:
		got.Effect = EffectRecorded
	}
	e.announce(r, got, effect)
	if effect.Repeated {
		return got, nil
	}
	return got, e.heedReport(ctx, r, effect, now)
}

// reportedBy stands for a worker where attempts are counted that failed after a server in between had taken the mail.
const reportedBy = "reports"

// heedReport draws from a report the conclusions that the same words would have had during the attempt. No transaction
// is open: the DNS may be asked whose servers the customer's domain has.
func (e *Engine) heedReport(ctx context.Context, r bounce.Report, effect store.ReturnEffect, now time.Time) error {
	why := "report: " + detail(r)
	switch {
	case r.Kind == bounce.SenderFault && strings.HasSuffix(r.Enhanced, ".3.4"):
		if effect.CampaignKey == "" {
			return nil
		}
		return e.stumbled(ctx, effect.CampaignKey, why, now)
	case effect.Domain == "" || r.Kind != bounce.SenderFault && r.Kind != bounce.Block:
		return nil
	}
	provider, jitter := e.groupOf(ctx, effect.Domain, now), spread()
	if r.Kind == bounce.Block {
		if err := e.store.CountAttempts(ctx, reportedBy, provider, now, campaigns.Traffic{Tried: 1, Blocked: 1}); err != nil {
			return err
		}
	}
	before, after, err := e.store.AdjustRate(ctx, provider, now, func(rate campaigns.Rate, seen campaigns.Traffic) campaigns.Rate {
		if r.Kind == bounce.SenderFault {
			return rate.Reported(now, why, jitter)
		}
		return rate.Rejected(now, why, seen, jitter)
	})
	if err == nil {
		e.logRate(provider, before, after)
	}
	return err
}

// announce puts into the log what a person should look at. No address is named.
func (e *Engine) announce(r bounce.Report, got Received, effect store.ReturnEffect) {
	level := e.Log.Info
	if (r.Kind == bounce.Complaint || r.Kind == bounce.SenderFault) && !effect.Repeated {
		level = e.Log.Warn
	}
	level("mail came back", "kind", r.Kind.String(), "code", r.Enhanced, "effect", string(got.Effect), "campaign", effect.CampaignKey, "customer", effect.CustomerID)
}

// detail is what the ledger keeps of a report: the code and its meaning. The server's words stay out, since they tend
// to name the customer.
func detail(r bounce.Report) string {
	if r.Enhanced == "" {
		return "by the words of the report"
	}
	return strings.TrimSpace(r.Enhanced + " " + delivery.Meaning(r.Enhanced))
}

// eventID is the identity of a report: 63 bits of its hash.
func eventID(event []byte) int64 {
	sum := sha256.Sum256(event)
	return int64(binary.BigEndian.Uint64(sum[:8]) & math.MaxInt64)
}

// patience is how many messages of a round may fail before the fault is taken for one of ours.
const patience = 5

// pollLease is the name of the lease of the process that empties the bounce mailbox, and pollLimit how long it may take.
const (
	pollLease = "bounces"
	pollLimit = 4 * time.Minute
)

// Collect empties a bounce mailbox and counts what became of its messages. A message is deleted only after what it
// says has been committed; one that is read twice changes nothing the second time. One that fails stays for the next
// time and does not keep the others. Of several processes one collects: the others get store.ErrLeaseHeld.
func (e *Engine) Collect(ctx context.Context, box bounce.Mailbox, now time.Time) (map[Effect]int, error) {
	counts := map[Effect]int{}
	l, err := e.store.Acquire(ctx, pollLease, newWorker(), pollLimit+time.Minute)
	if err != nil {
		return counts, err
	}
	reading, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	var failed []error
	err = box.Each(reading, func(raw []byte) (bool, error) {
		got, err := e.Receive(reading, raw, now)
		switch {
		case err == nil:
			counts[got.Effect]++
		case len(failed) == patience:
			return false, err
		default:
			failed = append(failed, err)
			err = bounce.ErrLater
		}
		return got.Done(), err
	})
	return counts, errors.Join(append(failed, err, e.store.Release(context.WithoutCancel(ctx), l))...)
}
