package delivery

import (
	"encoding/base64"
	"net"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxLine is the longest line of a mail without its CRLF (RFC 5322 section 2.1.1).
const maxLine = 998

var (
	messageID = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+$")
	listID    = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$`)
	language  = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)
)

// checker collects the first problem of a message.
type checker struct{ err error }

func (c *checker) fail(field, problem string) {
	if c.err == nil {
		c.err = &InvalidError{field, problem}
	}
}

// message returns m with addresses normalised and defaults filled in.
func (c *checker) message(m Message) Message {
	m.From = c.mailbox("from", m.From)
	if m.ReplyTo != (Address{}) {
		m.ReplyTo = c.mailbox("reply_to", m.ReplyTo)
	}
	m.To = c.address("to", m.To)
	if m.ReturnPath == "" {
		m.ReturnPath = m.From.Addr
	}
	m.ReturnPath = c.address("return_path", m.ReturnPath)
	m.Subject = c.line("subject", m.Subject)
	if m.Subject == "" {
		c.fail("subject", "is empty")
	}
	if m.HTML == "" && m.Text == "" {
		c.fail("text", "the mail has neither text nor HTML")
	}
	m.Text, m.HTML = c.body("text", m.Text), c.body("html", m.HTML)
	m.MessageID = strings.TrimSuffix(strings.TrimPrefix(m.MessageID, "<"), ">")
	c.match("message_id", m.MessageID, messageID, "must look like local@domain")
	if m.Date.IsZero() {
		c.fail("date", "is not set")
	}
	c.optional("list_id", m.ListID, listID, "must look like name.domain")
	c.optional("language", m.Language, language, "must be a language tag such as de or en-GB")
	if m.FeedbackID != "" && (!printableASCII(m.FeedbackID) || len(m.FeedbackID) > 200) {
		c.fail("feedback_id", "must be at most 200 printable ASCII characters without blanks")
	}
	m.UnsubscribeMailto = c.mailto(m.UnsubscribeMailto)
	c.link(m.Unsubscribe)
	if m.UnsubscribeMailto != "" && m.Unsubscribe == "" {
		c.fail("unsubscribe", "is missing, though an unsubscribe address is given")
	}
	return m
}

// mailbox refuses a backslash in the name: beside a non-ASCII letter net/mail
// writes it unencoded, and the result is no address that anyone can read.
func (c *checker) mailbox(field string, a Address) Address {
	if strings.Contains(a.Name, `\`) {
		c.fail(field, "has a backslash in the name")
	}
	return Address{Name: c.line(field, a.Name), Addr: c.address(field, a.Addr)}
}

func (c *checker) address(field, addr string) string {
	normal, err := CheckAddress(addr)
	if err != nil {
		c.fail(field, err.Error())
	}
	return normal
}

// line checks a header value and collapses its blanks: a double blank at a
// fold would leave a line of white space only, which some parsers take for
// the end of the headers.
func (c *checker) line(field, value string) string {
	switch {
	case strings.ContainsAny(value, "\r\n\x00"):
		c.fail(field, "contains a line break or NUL")
	case !utf8.ValidString(value):
		c.fail(field, "is not valid UTF-8")
	case len(value) > maxLine:
		c.fail(field, "is longer than 998 bytes")
	}
	for _, r := range value {
		if (r < ' ' && r != '\t') || r == 0x7f {
			c.fail(field, "contains a control character")
		}
	}
	return strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\t' }), " ")
}

// body makes every line end an LF: after a lone CR, mime/quotedprintable
// swallows the next LF.
func (c *checker) body(field, value string) string {
	if strings.ContainsRune(value, 0) || !utf8.ValidString(value) {
		c.fail(field, "contains NUL or is not valid UTF-8")
	}
	if !strings.ContainsRune(value, '\r') {
		return value
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(value)
}

func (c *checker) match(field, value string, form *regexp.Regexp, problem string) {
	if len(value) > 250 || !form.MatchString(value) {
		c.fail(field, problem)
	}
}

func (c *checker) optional(field, value string, form *regexp.Regexp, problem string) {
	if value != "" {
		c.match(field, value, form, problem)
	}
}

// link accepts https anywhere and http on this machine, for the catcher.
func (c *checker) link(link string) {
	if link == "" {
		return
	}
	u, err := url.Parse(link)
	switch {
	case err != nil || u.Host == "" || !headerURL(link):
		c.fail("unsubscribe", "is not a URL that fits a header")
	case u.User != nil:
		c.fail("unsubscribe", "must not carry a user")
	case u.Scheme == "http" && strings.HasPrefix(link, "http:") && loopbackHost(u.Hostname()):
	case u.Scheme != "https":
		c.fail("unsubscribe", "must begin with https:// (http:// only for localhost)")
	}
}

// local reports whether a checked link can be followed on this machine only.
func local(link string) bool {
	u, err := url.Parse(link)
	return err == nil && loopbackHost(u.Hostname())
}

// mailto returns the mailto: URL for an address or a URL.
func (c *checker) mailto(target string) string {
	if target == "" {
		return ""
	}
	rest := strings.TrimPrefix(target, "mailto:")
	addr, query, asked := strings.Cut(rest, "?")
	addr = c.address("unsubscribe_mailto", addr)
	if asked {
		addr += "?" + query
	}
	if !headerURL(addr) {
		c.fail("unsubscribe_mailto", "is not a URL that fits a header")
	}
	return "mailto:" + addr
}

// headerURL refuses what would end the <...> or the list around a URL.
func headerURL(s string) bool {
	return len(s) <= 900 && printableASCII(s) && !strings.ContainsAny(s, `<>,"\`)
}

// encodeLookalike encodes an ASCII value that a reader would take for an
// encoded word (RFC 2047); the encoder itself only looks at non-ASCII ones.
func encodeLookalike(s string) string {
	if !strings.Contains(s, "=?") || !ascii(s) {
		return s
	}
	const chunk = 42 // 56 base64 characters: an encoded word has at most 75
	var words []string
	for len(s) > 0 {
		n := min(chunk, len(s))
		words = append(words, "=?utf-8?b?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}
	return strings.Join(words, " ")
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// printableASCII reports whether s is not empty and has neither blanks nor
// control characters.
func printableASCII(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return s != ""
}

// loopbackHost reports whether a host name means this machine.
func loopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
