package delivery

import (
	"bytes"
	"net/textproto"
)

var lineEnd = []byte("\r\n")

// text sends the mail, so that only the dot is left to write. A server that
// refuses in the middle may have said why before it hung up.
func (s *session) text(raw []byte) error {
	_, err := s.client.Text.W.Write(stuffed(raw))
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
// final dot (RFC 5321 section 4.5.2). Few mails have a line that begins with a
// dot: the others are not copied, which leaves them to a single write.
func stuffed(raw []byte) []byte {
	whole := bytes.HasSuffix(raw, lineEnd)
	if whole && raw[0] != '.' && !bytes.Contains(raw, []byte("\r\n.")) {
		return raw
	}
	text := make([]byte, 0, len(raw)+len(raw)/64+2)
	for line := range bytes.Lines(raw) {
		if line[0] == '.' {
			text = append(text, '.')
		}
		text = append(text, line...)
	}
	if !whole {
		text = append(text, lineEnd...)
	}
	return text
}
