package delivery

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func sample() Message {
	return Message{
		From:        Address{"Müllers Käse", "kaese@shop.example"},
		ReplyTo:     Address{"", "antwort@shop.example"},
		To:          "anna@kundin.example",
		Subject:     "Schön, dass es Sie gibt",
		Text:        "Guten Tag,\nein Gutschein über 5 €.\n",
		HTML:        "<p>Guten Tag,<br>ein <b>Gutschein</b> über 5 €.</p>\n",
		MessageID:   "0a1b2c@mail.shop.example",
		Date:        time.Date(2026, 11, 22, 9, 30, 0, 0, time.FixedZone("CET", 3600)),
		Language:    "de",
		Unsubscribe: "https://shop.example/u/abc.def", UnsubscribeMailto: "abmelden@shop.example?subject=abc",
		ListID: "winback.shop.example", FeedbackID: "winback:shop:retention:treue",
	}
}

// parts is a mail read back by the standard library alone.
type parts struct {
	header     mail.Header
	text, html string
}

func parse(t interface{ Fatalf(string, ...any) }, raw []byte) parts {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("read mail: %v\n%s", err, raw)
	}
	p := parts{header: m.Header}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatalf("content type: %v", err)
	}
	if kind != "multipart/alternative" {
		p.add(t, kind, quotedprintable.NewReader(m.Body))
		return p
	}
	reader := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := reader.NextPart() // decodes quoted-printable
		if errors.Is(err, io.EOF) {
			return p
		}
		if err != nil {
			t.Fatalf("next part: %v\n%s", err, raw)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		p.add(t, kind, part)
	}
}

func (p *parts) add(t interface{ Fatalf(string, ...any) }, kind string, r io.Reader) {
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read %s: %v", kind, err)
	}
	switch kind {
	case "text/plain":
		p.text = string(body)
	case "text/html":
		p.html = string(body)
	default:
		t.Fatalf("unexpected part %s", kind)
	}
}

func decoded(t interface{ Fatalf(string, ...any) }, value string) string {
	s, err := new(mime.WordDecoder).DecodeHeader(value)
	if err != nil {
		t.Fatalf("decode %q: %v", value, err)
	}
	return s
}

func TestPrepareHeaders(t *testing.T) {
	t.Parallel()
	p, err := Prepare(sample())
	if err != nil {
		t.Fatal(err)
	}
	got := parse(t, p.Raw)
	want := map[string]string{
		"Message-Id":            "<0a1b2c@mail.shop.example>",
		"Date":                  "Sun, 22 Nov 2026 09:30:00 +0100",
		"To":                    "<anna@kundin.example>",
		"Reply-To":              "<antwort@shop.example>",
		"List-Id":               "<winback.shop.example>",
		"List-Unsubscribe":      "<https://shop.example/u/abc.def>, <mailto:abmelden@shop.example?subject=abc>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Feedback-Id":           "winback:shop:retention:treue",
		"Precedence":            "bulk",
		"Content-Language":      "de",
		"Mime-Version":          "1.0",
		"X-Mailer":              "", "User-Agent": "", "X-Auto-Response-Suppress": "",
	}
	for name, value := range want {
		if got.header.Get(name) != value {
			t.Errorf("%s: got %q, want %q", name, got.header.Get(name), value)
		}
	}
	for name, values := range got.header {
		if len(values) != 1 {
			t.Errorf("%s occurs %d times", name, len(values))
		}
	}
	if p.UTF8 || p.Local || p.From != "kaese@shop.example" || p.MessageID != "0a1b2c@mail.shop.example" {
		t.Errorf("envelope: %+v", p)
	}
	if textAt, htmlAt := bytes.Index(p.Raw, []byte("text/plain")), bytes.Index(p.Raw, []byte("text/html")); textAt > htmlAt {
		t.Error("HTML must be the last, preferred alternative")
	}
}

// A retry must be the same mail to the last byte.
func TestPrepareIsDeterministic(t *testing.T) {
	t.Parallel()
	first, err := Prepare(sample())
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := Prepare(sample())
		if err != nil || !bytes.Equal(first.Raw, again.Raw) {
			t.Fatalf("bytes differ (%v)", err)
		}
	}
}

func TestPrepareVariants(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*Message)
		check  func(Prepared, parts) bool
	}{
		{"text only", func(m *Message) { m.HTML = "" }, func(_ Prepared, p parts) bool { return p.html == "" && p.text != "" }},
		{"HTML only", func(m *Message) { m.Text = "" }, func(_ Prepared, p parts) bool { return p.text == "" && p.html != "" }},
		{"service mail", func(m *Message) { m.Unsubscribe, m.UnsubscribeMailto, m.ListID = "", "", "" }, func(_ Prepared, p parts) bool {
			return p.header.Get("List-Unsubscribe")+p.header.Get("List-Unsubscribe-Post")+p.header.Get("Precedence")+p.header.Get("List-Id") == ""
		}},
		{"catcher link", func(m *Message) { m.Unsubscribe = "http://localhost:8080/u/x" }, func(p Prepared, q parts) bool {
			return p.Local && strings.HasPrefix(q.header.Get("List-Unsubscribe"), "<http://localhost:8080/u/x>")
		}},
		{"https to this machine", func(m *Message) { m.Unsubscribe = "https://127.0.0.1/u/x" }, func(p Prepared, _ parts) bool { return p.Local }},
		{"return path", func(m *Message) { m.ReturnPath = "b+token@Bounce.Shop.example" }, func(p Prepared, _ parts) bool {
			return p.From == "b+token@bounce.shop.example"
		}},
		{"umlaut domain", func(m *Message) { m.To = "anna@käse.example" }, func(p Prepared, _ parts) bool {
			return !p.UTF8 && p.To == "anna@xn--kse-qla.example"
		}},
		{"umlaut local part", func(m *Message) { m.To = "jürgen@shop.example" }, func(p Prepared, _ parts) bool { return p.UTF8 }},
		{"angle brackets", func(m *Message) { m.MessageID = "<x@y.example>" }, func(p Prepared, q parts) bool {
			return p.MessageID == "x@y.example" && q.header.Get("Message-Id") == "<x@y.example>"
		}},
		{"every kind of line end", func(m *Message) { m.Text = "a\rb\nc\r\nd\r\r\ne\n" }, func(_ Prepared, p parts) bool {
			return p.text == "a\r\nb\r\nc\r\nd\r\n\r\ne\r\n"
		}},
		{"lone dots", func(m *Message) { m.Text = ".\n..\n.x\n" }, func(_ Prepared, p parts) bool { return p.text == ".\r\n..\r\n.x\r\n" }},
		{"boundary in the text", func(m *Message) { m.Text = "--" + boundary(m, "") + "--\n" }, func(_ Prepared, p parts) bool {
			return p.html != "" && strings.HasSuffix(p.text, "--\r\n")
		}},
		{"looks encoded", func(m *Message) { m.Subject = "=?utf-8?q?Bcc=3A_x?= " + strings.Repeat("long ", 30) }, func(_ Prepared, p parts) bool {
			s, err := new(mime.WordDecoder).DecodeHeader(p.header.Get("Subject"))
			return err == nil && strings.HasPrefix(s, "=?utf-8?q?Bcc=3A_x?= long")
		}},
		{"quote in the name", func(m *Message) { m.From.Name = `Anna" <x@evil.example>, "` }, func(_ Prepared, p parts) bool {
			list, err := p.header.AddressList("From")
			return err == nil && len(list) == 1 && list[0].Address == "kaese@shop.example"
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := sample()
			tt.change(&m)
			p, err := Prepare(m)
			if err != nil {
				t.Fatal(err)
			}
			if !tt.check(p, parse(t, p.Raw)) {
				t.Errorf("not as expected:\n%s", p.Raw)
			}
		})
	}
}

func TestPrepareRefuses(t *testing.T) {
	t.Parallel()
	fields := []struct {
		name string
		set  func(m *Message, value string)
	}{
		{"from", func(m *Message, v string) { m.From.Name += v }},
		{"from", func(m *Message, v string) { m.From.Addr += v }},
		{"reply_to", func(m *Message, v string) { m.ReplyTo.Name += v }},
		{"reply_to", func(m *Message, v string) { m.ReplyTo.Addr += v }},
		{"return_path", func(m *Message, v string) { m.ReturnPath = "b@shop.example" + v }},
		{"to", func(m *Message, v string) { m.To += v }},
		{"subject", func(m *Message, v string) { m.Subject += v }},
		{"message_id", func(m *Message, v string) { m.MessageID += v }},
		{"language", func(m *Message, v string) { m.Language += v }},
		{"unsubscribe", func(m *Message, v string) { m.Unsubscribe += v }},
		{"unsubscribe_mailto", func(m *Message, v string) { m.UnsubscribeMailto += v }},
		{"list_id", func(m *Message, v string) { m.ListID += v }},
		{"feedback_id", func(m *Message, v string) { m.FeedbackID += v }},
	}
	attacks := []string{
		"\r\nBcc: all@shop.example", "\nBcc: all@shop.example", "\rBcc: all@shop.example", "\x00", "\r\n\r\nbody",
		"\r\n .", "\x0b", "\x7f", strings.Repeat("x", 999),
	}
	for _, field := range fields {
		for _, attack := range attacks {
			m := sample()
			field.set(&m, attack)
			wantRefused(t, m, field.name)
		}
	}
	special := []struct {
		field  string
		change func(*Message)
	}{
		{"from", func(m *Message) { m.From.Name = `\ä` }},
		{"subject", func(m *Message) { m.Subject = " " }},
		{"subject", func(m *Message) { m.Subject = "\xff" }},
		{"text", func(m *Message) { m.Text, m.HTML = "", "" }},
		{"text", func(m *Message) { m.Text = "a\x00b" }},
		{"html", func(m *Message) { m.HTML = "\xff" }},
		{"html", func(m *Message) { m.HTML = strings.Repeat("x", maxMail) }},
		{"date", func(m *Message) { m.Date = time.Time{} }},
		{"message_id", func(m *Message) { m.MessageID = "no-at" }},
		{"message_id", func(m *Message) { m.MessageID = "a b@c" }},
		{"message_id", func(m *Message) { m.MessageID = "a@b> <c@d" }},
		{"to", func(m *Message) { m.To = `"x> ORCPT=rfc822;y"@shop.example` }},
		{"unsubscribe", func(m *Message) { m.Unsubscribe = "http://shop.example/u/x" }},
		{"unsubscribe", func(m *Message) { m.Unsubscribe = "ftp://shop.example/u/x" }},
		{"unsubscribe", func(m *Message) { m.Unsubscribe = "https:///u/x" }},
		{"unsubscribe", func(m *Message) { m.Unsubscribe = "javascript:alert(1)" }},
		{"unsubscribe", func(m *Message) { m.Unsubscribe = "https://shop.example/a>,<b" }},
		{"unsubscribe", func(m *Message) { m.Unsubscribe = "https://shop.example/a b" }},
		{"unsubscribe", func(m *Message) { m.Unsubscribe = "https://user:pw@shop.example/" }},
		{"unsubscribe", func(m *Message) { m.Unsubscribe = "" }}, // with a mailto
		{"unsubscribe_mailto", func(m *Message) { m.UnsubscribeMailto = "https://x.example" }},
		{"unsubscribe_mailto", func(m *Message) { m.UnsubscribeMailto = "a@b.example?x=>,<y" }},
		{"list_id", func(m *Message) { m.ListID = "a> x" }},
		{"feedback_id", func(m *Message) { m.FeedbackID = "ä" }},
	}
	for _, tt := range special {
		m := sample()
		tt.change(&m)
		wantRefused(t, m, tt.field)
	}
}

func wantRefused(t *testing.T, m Message, field string) {
	t.Helper()
	p, err := Prepare(m)
	var invalid *InvalidError
	if !errors.As(err, &invalid) || invalid.Field != field {
		t.Errorf("%s: got error %v and %d bytes, want an InvalidError for the field", field, err, len(p.Raw))
		return
	}
	kind := MessageFault
	if field == "to" {
		kind = BouncedHard
	}
	if o := invalid.Outcome(); o.Kind != kind || o.Reason == "" || strings.Contains(o.Text, m.To) {
		t.Errorf("%s: outcome %v [%s], want %v", field, o, o.Text, kind)
	}
}

// Whatever is built can be read back as what was meant, by a parser that is
// not ours, and obeys the line rules on the wire.
func TestPrepareParsesBack(t *testing.T) {
	t.Parallel()
	word := rapid.StringMatching(`[A-Za-z0-9äöüß€"\\<>@,;:=?_!.🧀-]{1,90}`)
	body := rapid.OneOf(rapid.StringMatching(`([a-zäöü .=<>/"&€🧀-]{0,120}\n){0,8}`), rapid.Map(rapid.String(), withoutNUL))
	rapid.Check(t, func(t *rapid.T) {
		m := sample()
		m.Subject = strings.Join(rapid.SliceOfN(word, 1, 12).Draw(t, "subject"), " ")
		m.From.Name = strings.ReplaceAll(strings.Join(rapid.SliceOfN(word, 0, 4).Draw(t, "name"), " "), `\`, "/")
		m.Text, m.HTML = body.Draw(t, "text")+"x", body.Draw(t, "html")+"x"
		if len(m.Subject) > maxLine || len(m.From.Name) > maxLine {
			return
		}
		p, err := Prepare(m)
		if err != nil {
			t.Fatalf("prepare: %v", err)
		}
		got := parse(t, p.Raw)
		if s := decoded(t, got.header.Get("Subject")); s != m.Subject {
			t.Fatalf("subject: got %q, want %q", s, m.Subject)
		}
		from, err := got.header.AddressList("From")
		if err != nil || len(from) != 1 || from[0].Address != m.From.Addr || from[0].Name != m.From.Name {
			t.Fatalf("from: got %v (%v), want %v", from, err, m.From)
		}
		if got.text != crlf(m.Text) || got.html != crlf(m.HTML) {
			t.Fatalf("bodies: got %q and %q, want %q and %q", got.text, got.html, crlf(m.Text), crlf(m.HTML))
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(string(p.Raw), "\r\n"), "\r\n") {
			if len(line) > maxLine || strings.ContainsAny(line, "\r\n\x00") || !ascii(line) {
				t.Fatalf("line is not fit for the wire: %q", line)
			}
		}
		head, _, _ := strings.Cut(string(p.Raw), "\r\n\r\n")
		for line := range strings.SplitSeq(head, "\r\n") {
			if strings.TrimSpace(line) == "" {
				t.Fatalf("blank line among the headers:\n%s", head)
			}
		}
	})
}

func withoutNUL(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "") }

// crlf is the line-end rule of mail text: CR, LF and CRLF are all line ends.
func crlf(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	return strings.ReplaceAll(s, "\n", "\r\n")
}

func TestLinesThatAServerRefuses(t *testing.T) {
	t.Parallel()
	for raw, good := range map[string]bool{
		"": true, "a": true, "a\r\nb\r\n": true, "\r\n\r\n": true, strings.Repeat("x", maxLine) + "\r\n": true,
		"a\nb\r\n": false, "\n": false, "a\r\r\n": false, "a\rb\r\n": false, "a\r\nb\r": false, "\r": false, "a\x00\r\n": false,
		"\r\n" + strings.Repeat("x", maxLine+1): false, strings.Repeat("x", maxLine+1) + "\r\n": false,
	} {
		if err := checkLines([]byte(raw)); (err == nil) != good {
			t.Errorf("%.20q: %v", raw, err)
		}
	}
}
