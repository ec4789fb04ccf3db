package bounce

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"regexp"
	"slices"
	"strings"

	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // bounces come in every character set there is
)

// part is a leaf of a message, decoded.
type part struct {
	kind string // media type, lower case
	text string
}

// message is a mail taken apart. Its header is that of the outermost level.
type message struct {
	header gomessage.Header
	kind   string            // media type, lower case
	params map[string]string // of the media type
	parts  []part            // in order; what a message/rfc822 part holds is one part of that kind
}

// open takes a message apart as far as it can be read.
func open(raw []byte) *message {
	m := &message{}
	entity, err := gomessage.Read(bytes.NewReader(raw))
	if entity == nil || err != nil && !gomessage.IsUnknownCharset(err) && !gomessage.IsUnknownEncoding(err) {
		// Not a mail by the book: the words may still say something.
		m.parts = []part{{"text/plain", string(raw[:min(len(raw), maxPart)])}}
		return m
	}
	m.header = entity.Header
	m.kind, m.params = mediaType(entity)
	m.walk(entity, 0)
	return m
}

func mediaType(e *gomessage.Entity) (kind string, params map[string]string) {
	kind, params, err := e.Header.ContentType()
	if err != nil || kind == "" {
		kind, _, _ = strings.Cut(e.Header.Get("Content-Type"), ";")
	}
	kind = strings.ToLower(strings.TrimSpace(kind))
	if kind == "" {
		kind = "text/plain"
	}
	return kind, params
}

// walk collects the leaves. A broken multipart is read up to where it breaks.
func (m *message) walk(e *gomessage.Entity, depth int) {
	if depth > maxDepth || len(m.parts) >= maxParts {
		return
	}
	kind, _ := mediaType(e)
	reader := e.MultipartReader()
	if reader == nil {
		body, _ := io.ReadAll(io.LimitReader(e.Body, maxPart)) // what could be decoded counts
		m.parts = append(m.parts, part{kind, string(body)})
		return
	}
	for range maxParts {
		child, err := reader.NextPart()
		if child == nil || errors.Is(err, io.EOF) {
			return
		}
		if err != nil && !gomessage.IsUnknownCharset(err) && !gomessage.IsUnknownEncoding(err) {
			return
		}
		m.walk(child, depth+1)
	}
}

// values returns all fields of a name from the outermost header, decoded where they are encoded.
func (m *message) values(key string) []string {
	var all []string
	for f := m.header.FieldsByKey(key); f.Next(); {
		all = append(all, f.Value())
	}
	return all
}

func (m *message) get(key string) string { return m.header.Get(key) }

func (m *message) subject() string {
	var d mime.WordDecoder
	if s, err := d.DecodeHeader(m.get("Subject")); err == nil {
		return s
	}
	return m.get("Subject")
}

// first returns the first part of a kind, or nil.
func (m *message) first(kinds ...string) *part {
	for i := range m.parts {
		if slices.Contains(kinds, m.parts[i].kind) {
			return &m.parts[i]
		}
	}
	return nil
}

var (
	tags    = regexp.MustCompile(`(?s)<(?:style|script)\b.*?</(?:style|script)>|<[^>]{0,999}>`)
	address = regexp.MustCompile(`[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+`)
)

// words returns what people read: the text parts, else the HTML ones without their tags.
func (m *message) words() string {
	var plain, rich []string
	for _, p := range m.parts {
		switch p.kind {
		case "text/plain":
			plain = append(plain, p.text)
		case "text/html":
			rich = append(rich, strings.NewReplacer("&lt;", "<", "&gt;", ">", "&nbsp;", " ", "&#39;", "'", "&amp;", "&").Replace(tags.ReplaceAllString(p.text, " ")))
		}
	}
	if len(plain) > 0 {
		return strings.Join(plain, "\n")
	}
	return strings.Join(rich, "\n")
}

// addressesIn finds addresses in free text, lower case.
func addressesIn(text string) []string {
	var all []string
	for _, a := range address.FindAllString(text, maxMarks) {
		all = append(all, strings.ToLower(strings.Trim(a, ".'")))
	}
	return all
}
