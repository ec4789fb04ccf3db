package delivery

import (
	"encoding/base64"
	"mime"
)

// entity writes a part of a mail, or all of it below its own headers: those that describe the content, an empty line, and
// the content (RFC 2045 section 2.4).
type entity func(out []byte) []byte

// content is what a checked message carries. Plain text comes first: the last alternative is the preferred one.
func content(m *Message) entity {
	var bodies []entity
	if m.Text != "" || m.HTML == "" {
		bodies = append(bodies, words("text/plain", m.Text))
	}
	if m.HTML != "" {
		bodies = append(bodies, words("text/html", m.HTML))
	}
	if len(m.Attachments) == 0 {
		return alternatives(m, "", bodies)
	}
	parts := []entity{alternatives(m, "1", bodies)}
	for i := range m.Attachments {
		parts = append(parts, m.Attachments[i].entity)
	}
	return several("mixed", boundary(m, "0"), parts)
}

// alternatives lets the reader choose, if there is something to choose.
func alternatives(m *Message, level string, bodies []entity) entity {
	if len(bodies) == 1 {
		return bodies[0]
	}
	return several("alternative", boundary(m, level), bodies)
}

func several(kind, boundary string, parts []entity) entity {
	return func(out []byte) []byte {
		out = append(out, "Content-Type: multipart/"+kind+";\r\n boundary="+boundary+"\r\n\r\n"...)
		for i, write := range parts {
			if i > 0 {
				out = append(out, lineEnd...)
			}
			out = write(append(out, "--"+boundary+"\r\n"...))
		}
		return append(out, "\r\n--"+boundary+"--\r\n"...)
	}
}

func words(kind, text string) entity {
	return func(out []byte) []byte {
		return quoted(append(out, "Content-Transfer-Encoding: quoted-printable\r\nContent-Type: "+kind+"; charset=UTF-8\r\n\r\n"...), text)
	}
}

// entity writes the file. A type that is none is that of any bytes.
func (a *Attachment) entity(out []byte) []byte {
	kind := mime.FormatMediaType(a.Type, map[string]string{"name": a.Name})
	if kind == "" {
		kind = "application/octet-stream"
	}
	out = append(out, "Content-Disposition: "+mime.FormatMediaType("attachment", map[string]string{"filename": a.Name})+
		"\r\nContent-Transfer-Encoding: base64\r\nContent-Type: "+kind+"\r\n\r\n"...)
	const line = 57 // bytes that make 76 letters (RFC 2045 section 6.8)
	for rest := a.Data; len(rest) > 0; rest = rest[min(line, len(rest)):] {
		out = append(base64.StdEncoding.AppendEncode(out, rest[:min(line, len(rest))]), lineEnd...)
	}
	return out
}

// size is about how many bytes a message has: line ends and some letters that are not ASCII make it longer, the
// headers come on top.
func (m *Message) size() int {
	const headers = 2 << 10
	size := headers + (len(m.HTML)+len(m.Text))*5/4
	for i := range m.Attachments {
		size += headers + base64.StdEncoding.EncodedLen(len(m.Attachments[i].Data))*80/76
	}
	return size
}
