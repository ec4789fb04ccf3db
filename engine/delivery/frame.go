package delivery

import (
	"bytes"
	"errors"
	"slices"

	gomail "github.com/wneessen/go-mail"
)

// slot is a body that go-mail has only kept a place for: it would copy it five times, which is most of what
// a mail costs to write. Its mark is found behind an empty line, of which headers and boundaries have none.
type slot struct{ mark, body string }

// setSlots keeps places for the bodies. Plain text comes first: the last alternative is the preferred one.
func setSlots(msg *gomail.Msg, m Message) []slot {
	text, html := slot{"text", m.Text}, slot{"html", m.HTML}
	switch {
	case m.HTML == "":
		msg.SetBodyString(gomail.TypeTextPlain, text.mark)
		return []slot{text}
	case m.Text == "":
		msg.SetBodyString(gomail.TypeTextHTML, html.mark)
		return []slot{html}
	}
	msg.SetBodyString(gomail.TypeTextPlain, text.mark)
	msg.AddAlternativeString(gomail.TypeTextHTML, html.mark)
	return []slot{text, html}
}

// filled appends the frame with the bodies in their places, as quoted-printable.
func filled(mail, frame []byte, slots []slot) ([]byte, error) {
	size := len(frame)
	for _, s := range slots {
		size += len(s.body) + len(s.body)/4 // line ends and some letters that are not ASCII
	}
	mail = slices.Grow(mail, size)
	for _, s := range slots {
		before, after, found := bytes.Cut(frame, []byte("\r\n\r\n"+s.mark)) // after the part's headers
		if !found {
			return nil, errors.New("the mail has no place for its text")
		}
		mail = append(append(mail, before...), "\r\n\r\n"...)
		mail = quoted(mail, s.body)
		frame = after
	}
	return append(mail, frame...), nil
}
