package delivery

import (
	"bytes"
	"net/textproto"
)

const (
	lineEnd = "\r\n"
	dotLine = "\r\n." // how a line that begins with a dot looks from the one before
	maxRoom = 256 << 10
)

// text sends the mail, so that only the dot is left to write. A server that
// refuses in the middle may have said why before it hung up.
func (s *session) text(raw []byte) error {
	text, room := stuffed(raw, s.room)
	if cap(room) <= maxRoom { // a larger mail is a rare one
		s.room = room
	}
	_, err := s.client.Text.W.Write(text)
	if err == nil {
		err = s.client.Text.W.Flush()
	}
	if err == nil && s.client.Text.R.Buffered() == 0 {
		return nil
	}
	s.broken = true
	code, message, readErr := s.client.Text.ReadResponse(0)
	if readErr == nil {
		return &textproto.Error{Code: code, Msg: message}
	}
	if err == nil {
		err = readErr
	}
	return err
}

// stuffed returns a text of whole lines in which no line can be taken for the
// final dot (RFC 5321 section 4.5.2). It may be raw itself or lie in room.
func stuffed(raw, room []byte) (text, roomAfter []byte) {
	whole := bytes.HasSuffix(raw, []byte(lineEnd))
	if whole && raw[0] != '.' && !bytes.Contains(raw, []byte(dotLine)) {
		return raw, room
	}
	text = room[:0]
	if bytes.HasPrefix(raw, []byte(".")) {
		text = append(text, '.')
	}
	for {
		i := bytes.Index(raw, []byte(dotLine))
		if i < 0 {
			break
		}
		text = append(append(text, raw[:i+len(dotLine)]...), '.')
		raw = raw[i+len(dotLine):]
	}
	text = append(text, raw...)
	if !whole {
		text = append(text, lineEnd...)
	}
	return text, text
}
