// Package bounce reads what came back: bounces and complaints.
//
// A mail from a bounce mailbox, or a provider's webhook, becomes one [Report]: what happened, to which address, and by
// which marks our own mail can be recognised in it. A report is a claim by a stranger until one of those marks has been
// proven to be ours; that is for the caller, who has the keys.
//
// What a code means stands in the one table of treue/engine/delivery. Words are looked at only where a report has no
// code, and they do nothing but name the code that is missing.
package bounce

import (
	"regexp"
	"slices"
	"strings"

	"treue/engine/delivery"
)

// Kind is what a report says; the zero Kind is Unknown.
type Kind int

// The kinds of report and what the caller owes each of them, once it is proven to concern a mail of ours.
const (
	Unknown     Kind = iota // nothing that we understand, or nothing final: no effect
	Hard                    // the address does not exist: suppress it
	Soft                    // not delivered now; a series of them is hard
	Block                   // the receiving side refused by policy; the customer stays clean
	SenderFault             // our own set-up or this mail is at fault; the customer stays clean
	Complaint               // the customer called the mail spam: suppress at once
	AutoReply               // nobody is there, but the mail arrived: no effect
)

// String returns the kind's name as kept in the ledger.
func (k Kind) String() string {
	names := [...]string{"unknown", "hard", "soft", "block", "sender", "complaint", "auto_reply"}
	if k < 0 || int(k) >= len(names) {
		return "unknown"
	}
	return names[k]
}

// Report is what came back, as claimed.
type Report struct {
	Kind      Kind
	Enhanced  string // enhanced code (RFC 3463) that decided, "" if words alone did or nothing
	Recipient string // address that failed or complained, lower case; may be empty
	Text      string // the server's words, one line, at most 300 bytes; may hold the address
	Subject   string // of the message itself, decoded

	To         []string // addresses the message itself was delivered to, lower case
	Tokens     []string // what stands after the plus in any address of the message: perhaps our signed token
	MessageIDs []string // local@domain, of the mails it embeds or answers, without repeats
}

// Limits of what is looked at: a bounce is short, everything beyond is the mail that it quotes.
const (
	maxPart   = 128 << 10 // bytes of one part
	maxParts  = 40
	maxDepth  = 8
	maxText   = 300
	maxMarks  = 50
	maxNested = 1 << 20 // bytes of the whole message
)

var (
	plusToken = regexp.MustCompile(`\+([A-Za-z2-7]{40,60})[@=]`)
	mailID    = regexp.MustCompile(`(?im)^[ \t>|]*(?:X-)?(?:Original-)?(?:Message-ID|In-Reply-To|References)[ \t]*:[ \t]*(?:\r?\n[ \t]+)?<?([^<>\s@]{1,200}@[^<>\s@]{1,250}?)>?[ \t]*\r?$`)
	anyID     = regexp.MustCompile(`<([^<>\s@]{1,200}@[^<>\s@]{1,250})>`)
)

// Parse reads a message. It never fails: what it does not understand is a report of kind Unknown. The message may be
// hostile; time and memory are bounded by its first megabyte.
func Parse(raw []byte) Report {
	raw = raw[:min(len(raw), maxNested)]
	m := open(raw)
	r := Report{Subject: line(m.subject())}
	m.marks(&r, raw)
	switch {
	case m.isFeedback():
		m.feedback(&r)
	case m.statusPart() != nil:
		m.notification(&r)
	case m.isDisposition():
		r.Kind = AutoReply
	case m.looksLikeBounce():
		m.plainBounce(&r)
	case m.isAutoReply():
		r.Kind = AutoReply
	}
	r.Text = line(r.Text)
	r.Recipient = strings.ToLower(r.Recipient)
	return r
}

// marks collects by what our own mail may be recognised.
func (m *message) marks(r *Report, raw []byte) {
	add := func(list *[]string, v string) {
		// What is no plain text cannot be ours, and no database keeps it.
		if len(*list) < maxMarks && v == line(v) && !slices.Contains(*list, v) {
			*list = append(*list, v)
		}
	}
	for _, key := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To"} {
		for _, v := range m.values(key) {
			for _, a := range addressesIn(v) {
				add(&r.To, a)
			}
			for _, t := range plusToken.FindAllStringSubmatch(v, maxMarks) {
				add(&r.Tokens, t[1])
			}
		}
	}
	for _, key := range []string{"In-Reply-To", "References"} {
		for _, v := range m.values(key) {
			for _, id := range anyID.FindAllStringSubmatch(v, maxMarks) {
				add(&r.MessageIDs, id[1])
			}
		}
	}
	texts := []string{string(raw)}
	for _, p := range m.parts {
		texts = append(texts, p.text)
	}
	for _, text := range texts {
		for _, t := range plusToken.FindAllStringSubmatch(text, maxMarks) {
			add(&r.Tokens, t[1])
		}
		for _, id := range mailID.FindAllStringSubmatch(text, maxMarks) {
			add(&r.MessageIDs, id[1])
		}
	}
}

// judge lets the table decide on a code.
func judge(enhanced string) Kind {
	switch delivery.Classify(delivery.StageReport, 0, enhanced, "", nil).Kind {
	case delivery.BouncedHard:
		return Hard
	case delivery.BouncedSoft:
		return Soft
	case delivery.Blocked:
		return Block
	case delivery.SenderFault, delivery.MessageFault:
		return SenderFault
	}
	return Unknown
}

// line makes words fit for a ledger: one line, valid, bounded.
func line(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}
