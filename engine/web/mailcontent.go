package web

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// header is one line of a mail's head, decoded.
type header struct{ Name, Value string }

// mailContent is a mail taken apart. Our own mails are UTF-8; bytes that are not become U+FFFD.
type mailContent struct {
	Headers    []header
	HTML, Text string
}

// maxDepth bounds how deep parts may lie in each other, and maxParts how many are looked at.
const (
	maxDepth = 5
	maxParts = 50
)

// readMail takes a mail apart (RFC 5322, RFC 2045). What it could read is returned beside an error, too.
func readMail(raw []byte) (mailContent, error) {
	var c mailContent
	c.Headers = readHeaders(raw)
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return c, fmt.Errorf("read the mail: %w", err)
	}
	parts := maxParts
	err = c.read(textproto.MIMEHeader(m.Header), m.Body, 0, &parts)
	return c, err
}

// readHeaders returns the head in its own order, unfolded.
func readHeaders(raw []byte) []header {
	var headers []header
	var decoder mime.WordDecoder
	head, _, _ := bytes.Cut(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	lines := bufio.NewScanner(bytes.NewReader(head))
	lines.Buffer(nil, len(head)+1)
	for lines.Scan() {
		line := strings.ToValidUTF8(lines.Text(), "\uFFFD")
		if n := len(headers); n > 0 && strings.HasPrefix(strings.ReplaceAll(line, "\t", " "), " ") {
			headers[n-1].Value += " " + strings.TrimSpace(line)
			continue
		}
		if name, value, ok := strings.Cut(line, ":"); ok {
			headers = append(headers, header{name, strings.TrimSpace(value)})
		}
	}
	for i := range headers {
		if text, err := decoder.DecodeHeader(headers[i].Value); err == nil {
			headers[i].Value = text
		}
	}
	return headers
}

// read looks for the first HTML and the first plain text, attachments aside.
func (c *mailContent) read(h textproto.MIMEHeader, body io.Reader, depth int, parts *int) error {
	if *parts--; *parts < 0 || depth > maxDepth {
		return errors.New("read the mail: it has too many parts")
	}
	if disposition, _, _ := mime.ParseMediaType(h.Get("Content-Disposition")); disposition == "attachment" {
		return nil
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		return c.readParts(multipart.NewReader(body, params["boundary"]), depth, parts)
	}
	into := &c.Text
	switch {
	case kind == "text/html":
		into = &c.HTML
	case kind != "text/plain":
		return nil
	}
	text, err := io.ReadAll(decoded(h.Get("Content-Transfer-Encoding"), body))
	if *into == "" {
		*into = strings.ToValidUTF8(string(text), "\uFFFD")
	}
	if err != nil {
		return fmt.Errorf("read the mail: %w", err)
	}
	return nil
}

func (c *mailContent) readParts(r *multipart.Reader, depth int, parts *int) error {
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the mail: %w", err)
		}
		if err := c.read(p.Header, p, depth+1, parts); err != nil {
			return err
		}
	}
}

func decoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	}
	return body
}

// links returns where the mail's links lead, each once: a frame that is locked in cannot open all of them.
func (c *mailContent) links() []string {
	var all []string
	tokens := html.NewTokenizer(strings.NewReader(c.HTML))
	for tokens.Next() != html.ErrorToken {
		token := tokens.Token()
		if token.Type != html.StartTagToken || token.Data != "a" {
			continue
		}
		for _, a := range token.Attr {
			if a.Key == "href" && isWeb(a.Val) && !slices.Contains(all, a.Val) {
				all = append(all, a.Val)
			}
		}
	}
	return all
}

// isWeb keeps links to pages: a mail may hold any scheme.
func isWeb(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
