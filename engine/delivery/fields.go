package delivery

import (
	"mime"
	"net/mail"
	"strings"
	"time"
)

// softLine is how long a line of a header should be at most, with its end (RFC 5322 section 2.1.1).
const softLine = 76

// headers appends the headers of a checked message, in the order and folded as go-mail does it. They are written for
// every mail anew; go-mail takes ten times as long, for maps of them and many copies.
func headers(out []byte, m *Message) []byte {
	if m.Language != "" {
		out = field(out, "Content-Language", m.Language)
	}
	out = field(out, "Date", m.Date.Format(time.RFC1123Z))
	if m.FeedbackID != "" {
		out = field(out, "Feedback-ID", m.FeedbackID)
	}
	if m.ListID != "" {
		out = field(out, "List-Id", "<"+m.ListID+">")
	}
	if m.Unsubscribe != "" {
		out = field(out, "List-Unsubscribe", unsubscribing(m))
		out = field(out, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	out = field(out, "MIME-Version", "1.0")
	out = field(out, "Message-ID", "<"+m.MessageID+">")
	if m.Unsubscribe != "" { // asks vacation responders to stay silent
		out = field(out, "Precedence", "bulk")
	}
	out = field(out, "Subject", mime.QEncoding.Encode("UTF-8", encodeLookalike(m.Subject)))
	out = mailbox(out, "From", m.From)
	out = mailbox(out, "To", Address{Addr: m.To})
	if m.ReplyTo.Addr != "" {
		out = mailbox(out, "Reply-To", m.ReplyTo)
	}
	return out
}

func unsubscribing(m *Message) string {
	if m.UnsubscribeMailto == "" {
		return "<" + m.Unsubscribe + ">"
	}
	return "<" + m.Unsubscribe + ">, <" + m.UnsubscribeMailto + ">"
}

func mailbox(out []byte, name string, a Address) []byte {
	address := mail.Address{Name: a.Name, Address: a.Addr}
	return field(out, name, address.String())
}

// field appends a header. It is folded before the words that would make a line too long; those that are too long
// themselves stay whole. A checked value has no line break that could begin a header of its own.
func field(out []byte, name, value string) []byte {
	out = append(append(out, name...), ": "...)
	room, first := softLine-len(lineEnd)-len(name)-len(": "), true
	for word := range strings.SplitSeq(value, " ") {
		if !first {
			out = append(out, ' ')
			room--
		}
		if room-len(word) <= 1 {
			out = append(out[:len(out)-1], "\r\n "...) // nothing stands behind the blank
			room = softLine - len(lineEnd) - len(" ")
		}
		out = append(out, word...)
		room, first = room-len(word), false
	}
	return append(out, lineEnd...)
}
