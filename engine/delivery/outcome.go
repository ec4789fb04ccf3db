package delivery

import (
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is what an attempt came to; the zero Kind is no outcome at all.
type Kind int

// The kinds of outcome and what the caller owes each of them.
const (
	Accepted     Kind = iota + 1 // a server took responsibility; a later bounce message may still follow
	Deferred                     // certainly not delivered; try again later, nothing counts against the customer
	Unknown                      // the final dot was sent and not answered: perhaps delivered, same Message-ID at every retry
	BouncedHard                  // the address does not exist: suppress it
	BouncedSoft                  // this recipient cannot be reached now; a series of them is a hard bounce
	Blocked                      // the receiving side rejects by policy; the customer stays clean
	SenderFault                  // our credentials, certificates or domain records are wrong: pause and alarm
	MessageFault                 // this mail can never be accepted as it is
)

// String returns the kind's name as kept in the ledger.
func (k Kind) String() string {
	names := [...]string{
		"none", "accepted", "deferred", "unknown", "bounced_hard", "bounced_soft", "blocked", "sender_fault", "message_fault",
	}
	if k < 0 || int(k) >= len(names) {
		return fmt.Sprintf("kind(%d)", int(k))
	}
	return names[k]
}

// Stage is how far an SMTP transaction had come.
type Stage int

// The stages in their order; everything before StageDot is certainly undelivered.
const (
	StageConnect Stage = iota + 1 // TCP and the greeting
	StageHello                    // EHLO
	StageTLS                      // STARTTLS or the handshake
	StageAuth                     // AUTH
	StageReset                    // RSET between two mails
	StageMail                     // MAIL FROM
	StageRcpt                     // RCPT TO
	StageData                     // DATA and the text, up to the dot
	StageDot                      // the final dot is on its way
	StageReport                   // not SMTP: a delivery status notification (RFC 3464)
)

// String returns the stage's name as kept in the ledger.
func (s Stage) String() string {
	names := [...]string{
		"none", "connect", "hello", "tls", "auth", "reset", "mail", "rcpt", "data", "dot", "report",
	}
	if s < 0 || int(s) >= len(names) {
		return fmt.Sprintf("stage(%d)", int(s))
	}
	return names[s]
}

// Reason says why an outcome has its kind.
type Reason string

// The reasons an outcome can have.
const (
	ReasonAccepted    Reason = "accepted"
	ReasonTemporary   Reason = "temporary refusal"
	ReasonRate        Reason = "sending too fast"
	ReasonUnreachable Reason = "server unreachable"
	ReasonLost        Reason = "connection lost"
	ReasonTimeout     Reason = "no answer in time"
	ReasonProtocol    Reason = "answer outside the protocol"
	ReasonCancelled   Reason = "stopped by us"
	ReasonStorage     Reason = "could not be stored"
	ReasonNoMailbox   Reason = "no such mailbox or domain"
	ReasonMailboxFull Reason = "mailbox full"
	ReasonPermanent   Reason = "permanent refusal"
	ReasonPolicy      Reason = "refused by policy"
	ReasonUnproven    Reason = "sender not authenticated (SPF, DKIM, DMARC)"
	ReasonLogin       Reason = "login refused or missing"
	ReasonCertificate Reason = "certificate not valid"
	ReasonNoTLS       Reason = "encryption not offered"
	ReasonRefused     Reason = "server refuses this sender"
	ReasonLocalLinks  Reason = "unsubscribe link leads to this machine only"
	ReasonTooBig      Reason = "mail too big"
	ReasonUnfit       Reason = "mail cannot be written"
)

// Outcome is the decision on one delivery attempt, with its reason.
type Outcome struct {
	Kind     Kind
	Reason   Reason
	Stage    Stage  // where the transaction ended; zero for the directory and the catcher
	Code     int    // basic reply code (RFC 5321), 0 without an answer
	Enhanced string // enhanced status code (RFC 3463) such as "5.1.1", "" without one
	Text     string // the server's or the network's words, cleaned, at most 500 bytes; may hold the address
	Rate     bool   // Deferred because of our speed: slow down for this mailbox provider
	Server   string // host:port that answered, or the directory; never a secret
}

// String says kind, reason and codes. The server's words are left out, since
// they tend to repeat the customer's address and this text goes to logs.
func (o Outcome) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", o.Kind, o.Reason)
	if o.Stage == 0 {
		return b.String()
	}
	b.WriteString(" (")
	if o.Code != 0 {
		fmt.Fprintf(&b, "%d ", o.Code)
	}
	if o.Enhanced != "" {
		b.WriteString(o.Enhanced + " ")
	}
	b.WriteString("at " + o.Stage.String() + ")")
	return b.String()
}

// LogValue keeps the server's words out of structured logs, too.
func (o Outcome) LogValue() slog.Value { return slog.StringValue(o.String()) }

const maxText = 500

// clean makes a server's words fit for a database and a page: valid UTF-8, no
// control characters (Postgres refuses NUL in text), one line, bounded.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "�")
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case unicode.IsControl(r):
			return '�'
		}
		return r
	}, text)
	for len(text) > maxText {
		cut := maxText
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut]
	}
	return strings.TrimSpace(text)
}
