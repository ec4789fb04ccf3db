package delivery

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxMail bounds the bytes of one mail; mailbox providers refuse more anyway.
const maxMail = 20 << 20

// Address is a display name and a mail address.
type Address struct {
	Name string // may be empty
	Addr string // local@domain
}

// Message is one mail with everything rendered.
type Message struct {
	From       Address
	ReplyTo    Address   // Addr may be empty
	ReturnPath string    // envelope sender for bounces (VERP); empty means From.Addr
	To         string    // exactly one recipient, address only
	Subject    string    // one line, UTF-8
	HTML, Text string    // at least one; both make multipart/alternative
	MessageID  string    // local@domain, with or without <>; the same at every retry
	Date       time.Time // the Date header
	Language   string    // BCP 47 tag for Content-Language, may be empty

	// Unsubscribe is the one-click link (RFC 8058): https, or http to this very
	// machine, which no sender but a loopback one accepts. Empty for service mail.
	Unsubscribe string
	// UnsubscribeMailto is an address or a mailto: URL, may be empty.
	UnsubscribeMailto string
	ListID            string // RFC 2919, such as winback.shop.example; may be empty
	FeedbackID        string // campaign:tenant:type:sender, may be empty

	Attachments []Attachment

	Room []byte // written over for Prepared.Raw if it is large enough: that of a mail that has left; may be nil
}

// Attachment is a file that travels with a mail.
type Attachment struct {
	Name string // as the reader sees it, such as report.pdf
	Type string // media type, such as application/pdf
	Data []byte
}

// Prepared is a mail as bytes: what every attempt of a send hands over.
type Prepared struct {
	From      string // envelope sender
	To        string // envelope recipient, domain as A-label
	MessageID string // without <>
	Raw       []byte // RFC 5322 with CRLF line ends, dots not stuffed
	UTF8      bool   // needs SMTPUTF8 (RFC 6531), because an address has a non-ASCII local part
	Local     bool   // its unsubscribe link leads to this machine only
}

// InvalidError is what Prepare says of a message it refuses. It does not repeat
// the value, which may be personal.
type InvalidError struct {
	Field   string // name of the Message field in lower case, such as "to"
	Problem string
}

// Error names field and problem.
func (e *InvalidError) Error() string { return fmt.Sprintf("mail field %s: %s", e.Field, e.Problem) }

// Outcome is what a send of the refused message comes to: an address that
// cannot be written is the recipient's bad mailbox syntax (5.1.3), the rest is
// the mail's own fault.
func (e *InvalidError) Outcome() Outcome {
	if e.Field == "to" {
		return Classify(StageRcpt, 0, "5.1.3", e.Problem, nil)
	}
	return Outcome{Kind: MessageFault, Reason: ReasonUnfit, Text: clean(e.Error())}
}

// Prepare checks m and renders its bytes. The same message gives the same
// bytes, so that all copies a retry may cause are one mail. Runs of blanks in
// the subject and in display names become one, since folding a header cannot
// keep them. An error is an [*InvalidError] when the message itself is at fault.
func Prepare(m Message) (Prepared, error) {
	c := checker{}
	m = c.message(m)
	if c.err != nil {
		return Prepared{}, c.err
	}
	raw := slices.Grow(m.Room[:0], m.size())
	raw = content(&m)(headers(raw, &m))
	if err := checkLines(raw); err != nil {
		return Prepared{}, err
	}
	return Prepared{
		From: m.ReturnPath, To: m.To, MessageID: m.MessageID, Raw: raw,
		UTF8:  !ascii(m.From.Addr + m.ReplyTo.Addr + m.ReturnPath + m.To),
		Local: local(m.Unsubscribe),
	}, nil
}

// boundary is derived, not random, so that a retry repeats the same bytes. It
// has no "=", which would need quotes, and so it must be kept apart from the
// bodies by looking.
func boundary(m *Message, level string) string {
	for n := 0; ; n++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "boundary %d %s%s", n, m.MessageID, level))
		b := hex.EncodeToString(sum[:16])
		if !strings.Contains(m.Text, b) && !strings.Contains(m.HTML, b) {
			return b
		}
	}
}

// checkLines is the last gate: what has been rendered obeys RFC 5321 on the wire.
func checkLines(raw []byte) error {
	if len(raw) > maxMail {
		return &InvalidError{"html", fmt.Sprintf("the mail has %d bytes, more than %d", len(raw), maxMail)}
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		return bareByte()
	}
	lines := 0
	for rest := raw; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte{'\n'})
		if ended {
			var whole bool
			if line, whole = bytes.CutSuffix(line, []byte{'\r'}); !whole {
				return bareByte()
			}
			lines++
		}
		if len(line) > maxLine {
			return &InvalidError{"header", fmt.Sprintf("a rendered line has %d bytes, more than %d", len(line), maxLine)}
		}
		rest = after
	}
	if bytes.Count(raw, []byte{'\r'}) > lines {
		return bareByte()
	}
	return nil
}

func bareByte() error {
	return &InvalidError{"html", "the rendered mail has a bare CR, LF or NUL"}
}
