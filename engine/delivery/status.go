package delivery

import "strings"

// status is what an enhanced code means (RFC 3463, section 3, and the IANA registry "SMTP Enhanced Status Codes").
type status struct {
	code    string // without its class: subject.detail
	kind    Kind   // of a permanent failure; the zero Kind stands for BouncedSoft
	reason  Reason // defaults to ReasonPermanent
	meaning string
}

// statuses is the one table of enhanced codes: 62 meanings, each as 4.y.z and as 5.y.z. Only six codes say that an
// address is dead, and they say so in class 5 alone. Subject 7 is policy throughout, except for what our own set-up is
// at fault for.
var statuses = [...]status{
	{code: "0.0", meaning: "undefined"},
	{code: "1.0", meaning: "other address status"},
	{code: "1.1", kind: BouncedHard, reason: ReasonNoMailbox, meaning: "bad destination mailbox address"},
	{code: "1.2", kind: BouncedHard, reason: ReasonNoMailbox, meaning: "bad destination system address"},
	{code: "1.3", kind: BouncedHard, reason: ReasonNoMailbox, meaning: "bad destination mailbox address syntax"},
	{code: "1.4", meaning: "destination mailbox address ambiguous"},
	{code: "1.5", meaning: "destination address valid"},
	{code: "1.6", kind: BouncedHard, reason: ReasonNoMailbox, meaning: "mailbox has moved, no forwarding address"},
	{code: "1.7", meaning: "bad sender's mailbox address syntax"},
	{code: "1.8", meaning: "bad sender's system address"},
	{code: "1.9", meaning: "message relayed to a non-compliant mailer"},
	{code: "1.10", kind: BouncedHard, reason: ReasonNoMailbox, meaning: "recipient address has null MX"},
	{code: "2.0", meaning: "other mailbox status"},
	{code: "2.1", kind: BouncedHard, reason: ReasonNoMailbox, meaning: "mailbox disabled, not accepting messages"},
	{code: "2.2", reason: ReasonMailboxFull, meaning: "mailbox full"},
	{code: "2.3", meaning: "message length exceeds the mailbox's limit"},
	{code: "2.4", meaning: "mailing list expansion problem"},
	{code: "3.0", meaning: "other mail system status"},
	{code: "3.1", meaning: "mail system full"},
	{code: "3.2", meaning: "system not accepting network messages"},
	{code: "3.3", meaning: "system not capable of selected features"},
	{code: "3.4", kind: MessageFault, reason: ReasonTooBig, meaning: "message too big for the system"},
	{code: "3.5", meaning: "system incorrectly configured"},
	{code: "3.6", meaning: "requested priority was changed"},
	{code: "4.0", meaning: "other network or routing status"},
	{code: "4.1", meaning: "no answer from the host"},
	{code: "4.2", meaning: "bad connection"},
	{code: "4.3", meaning: "directory server failure"},
	{code: "4.4", meaning: "unable to route"},
	{code: "4.5", meaning: "mail system congestion"},
	{code: "4.6", meaning: "routing loop detected"},
	{code: "4.7", meaning: "delivery time expired"},
	{code: "5.0", meaning: "other protocol status"},
	{code: "5.1", meaning: "invalid command"},
	{code: "5.2", meaning: "syntax error"},
	{code: "5.3", meaning: "too many recipients"},
	{code: "5.4", meaning: "invalid command arguments"},
	{code: "5.5", meaning: "wrong protocol version"},
	{code: "5.6", meaning: "authentication exchange line is too long"},
	{code: "6.0", meaning: "other media error"},
	{code: "6.1", meaning: "media not supported"},
	{code: "6.2", meaning: "conversion required and prohibited"},
	{code: "6.3", meaning: "conversion required but not supported"},
	{code: "6.4", meaning: "conversion with loss performed"},
	{code: "6.5", meaning: "conversion failed"},
	{code: "6.6", meaning: "message content not available"},
	{code: "6.7", meaning: "non-ASCII addresses not permitted for that recipient"},
	{code: "6.8", meaning: "UTF-8 reply required but not permitted"},
	{code: "6.9", meaning: "UTF-8 header message cannot be transferred"},
	{code: "7.0", kind: Blocked, reason: ReasonPolicy, meaning: "other security or policy status"},
	{code: "7.1", kind: Blocked, reason: ReasonPolicy, meaning: "delivery not authorised, message refused"},
	{code: "7.2", kind: Blocked, reason: ReasonPolicy, meaning: "mailing list expansion prohibited"},
	{code: "7.8", kind: Blocked, reason: ReasonPolicy, meaning: "authentication credentials invalid"},
	{code: "7.20", kind: Blocked, reason: ReasonPolicy, meaning: "no passing DKIM signature found"},
	{code: "7.21", kind: Blocked, reason: ReasonPolicy, meaning: "no acceptable DKIM signature found"},
	{code: "7.23", kind: Blocked, reason: ReasonPolicy, meaning: "SPF validation failed"},
	{code: "7.25", kind: Blocked, reason: ReasonPolicy, meaning: "reverse DNS validation failed"},
	{code: "7.26", kind: SenderFault, reason: ReasonUnproven, meaning: "multiple authentication checks failed"},
	{code: "7.27", kind: Blocked, reason: ReasonPolicy, meaning: "sender address has null MX"},
	{code: "7.28", kind: Blocked, reason: ReasonPolicy, meaning: "mail flood detected"},
	{code: "7.29", kind: Blocked, reason: ReasonPolicy, meaning: "ARC validation failure"},
	{code: "7.515", kind: SenderFault, reason: ReasonUnproven, meaning: "sender does not meet Microsoft's authentication requirements"},
}

// Meaning says in words what an enhanced code such as "5.1.1" stands for, or "" for a code that is in no table.
func Meaning(enhanced string) string { return lookup(enhanced).meaning }

// lookup finds an enhanced code's row, whatever its class; the zero row: there is none.
func lookup(enhanced string) status {
	_, code, _ := strings.Cut(enhanced, ".")
	for _, s := range statuses {
		if s.code == code {
			return s
		}
	}
	return status{}
}

// byStatus is the verdict of the table on a failure. What is temporary says nothing final about an address, a sender or
// a mail; policy is policy in both classes.
func byStatus(enhanced string) (v verdict, listed bool) {
	s := lookup(enhanced)
	if s.kind == 0 && s.reason == "" {
		return verdict{}, false
	}
	v = verdict{s.kind, s.reason}
	if v.kind == 0 {
		v.kind = BouncedSoft
	}
	if strings.HasPrefix(enhanced, "5.") || v.kind == Blocked {
		return v, true
	}
	return verdict{}, false
}
