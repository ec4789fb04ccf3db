package web

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const mixedMail = "From: =?utf-8?q?R=C3=B6sterei?= <post@shop.example>\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\n =?utf-8?q?_aus_Hamburg?=\r\n" +
	"List-Unsubscribe: <https://shop.example/u/x>,\r\n\t<mailto:off@shop.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" +
	"--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nSch=C3=B6n=\r\n, Sie\r\n" +
	"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+U2Now7Zu\r\nPC9wPg==\r\n--b--\r\n" +
	"--a\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=x.html\r\n\r\n<p>attached</p>\r\n--a--\r\n"

func TestReadMail(t *testing.T) {
	t.Parallel()
	c, err := readMail([]byte(mixedMail))
	if err != nil {
		t.Fatal(err)
	}
	if c.Text != "Schön, Sie" || c.HTML != "<p>Schön</p>" {
		t.Errorf("text %q, HTML %q", c.Text, c.HTML)
	}
	want := []header{{"From", "Rösterei <post@shop.example>"}, {"Subject", "Grüße aus Hamburg"}, {"List-Unsubscribe", "<https://shop.example/u/x>, <mailto:off@shop.example>"}}
	if !slices.Equal(c.Headers[:3], want) {
		t.Errorf("head %q", c.Headers[:3])
	}
}

func TestReadMailForms(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ raw, text, html string }{
		"plain without a type": {"Subject: x\n\nhello", "hello", ""},
		"HTML alone":           {"Content-Type: text/html\n\n<p>x", "", "<p>x"},
		"unknown type":         {"Content-Type: image/png\n\nabc", "", ""},
		"broken type":          {"Content-Type: ;;\n\nabc", "abc", ""},
		"Latin-1 bytes":        {"Content-Type: text/plain\n\nSch\xf6n", "Sch\uFFFDn", ""},
		"encoding in capitals": {"Content-Transfer-Encoding: BASE64\n\naGk=", "hi", ""},
	} {
		got, err := readMail([]byte(c.raw))
		if err != nil || got.Text != c.text || got.HTML != c.html {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestReadMailRefuses(t *testing.T) {
	t.Parallel()
	deep := "Content-Type: multipart/mixed; boundary=a\n\n"
	for range 10 {
		deep += "--a\nContent-Type: multipart/mixed; boundary=a\n\n"
	}
	wide := "Content-Type: multipart/mixed; boundary=a\n\n" + strings.Repeat("--a\n\nx\n", 100) + "--a--\n"
	for name, raw := range map[string]string{
		"no mail": "hello", "nothing": "", "too wide": wide, "boundary missing": "Content-Type: multipart/mixed\n\n--a\n\nx\n--a--",
		"cut off": mixedMail[:len(mixedMail)-200], "bad base64": "Content-Transfer-Encoding: base64\n\n!!!!",
	} {
		if c, err := readMail([]byte(raw)); err == nil {
			t.Errorf("%s is read as %+v", name, c)
		}
	}
	if _, err := readMail([]byte(deep)); err == nil {
		t.Error("too deep a mail is read")
	}
}

// TestReadMailSurvives holds that no bytes bring a page down.
func TestReadMailSurvives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := []byte(mixedMail)
		for range rapid.IntRange(0, 20).Draw(t, "changes") {
			at := rapid.IntRange(0, len(raw)-1).Draw(t, "at")
			raw[at] = rapid.Byte().Draw(t, "byte")
		}
		c, _ := readMail(raw[:rapid.IntRange(0, len(raw)).Draw(t, "length")])
		for _, link := range c.links() {
			if !isWeb(link) {
				t.Fatalf("link %q", link)
			}
		}
	})
}

func TestLinks(t *testing.T) {
	t.Parallel()
	c := mailContent{HTML: `<a href="https://a.example/?x=1&amp;y=2">a</a> <A HREF='http://b.example'>b</A> <a href="javascript:alert(1)">c</a>
		<a href="mailto:x@y.example">d</a> <a href="//c.example">e</a> <a href=" https://b.example">f</a> <a href="http://b.example">again</a>
		<!-- <a href="https://hidden.example"> --> <a name=x> <a href="data:text/html,x">`}
	if got, want := c.links(), []string{"https://a.example/?x=1&y=2", "http://b.example"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
