package delivery

import (
	"bytes"
	"io"
	"net/mail"
	"strings"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"
	"pgregory.net/rapid"
)

// byLibrary is a message as go-mail writes it.
func byLibrary(t *rapid.T, m *Message) []byte {
	msg := gomail.NewMsg(
		gomail.WithNoDefaultUserAgent(), gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP),
		gomail.WithBoundary(boundary(m, "")),
	)
	msg.FromMailAddress(&mail.Address{Name: m.From.Name, Address: m.From.Addr})
	msg.ToMailAddress(&mail.Address{Address: m.To})
	if m.ReplyTo.Addr != "" {
		msg.ReplyToMailAddress(&mail.Address{Name: m.ReplyTo.Name, Address: m.ReplyTo.Addr})
	}
	msg.Subject(encodeLookalike(m.Subject))
	msg.SetMessageIDWithValue(m.MessageID)
	msg.SetDateWithValue(m.Date)
	for name, value := range map[gomail.Header]string{
		gomail.HeaderContentLang: m.Language, "Feedback-ID": m.FeedbackID,
		"List-Id": strings.ReplaceAll("<"+m.ListID+">", "<>", ""),
	} {
		if value != "" {
			msg.SetGenHeader(name, value)
		}
	}
	if m.Unsubscribe != "" {
		targets := []string{"<" + m.Unsubscribe + ">"}
		if m.UnsubscribeMailto != "" {
			targets = append(targets, "<"+m.UnsubscribeMailto+">")
		}
		msg.SetGenHeader(gomail.HeaderListUnsubscribe, targets...)
		msg.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
		msg.SetGenHeader(gomail.HeaderPrecedence, "bulk")
	}
	write := func(text string) func(io.Writer) (int64, error) {
		return func(w io.Writer) (int64, error) { n, err := io.WriteString(w, text); return int64(n), err }
	}
	switch {
	case m.HTML == "":
		msg.SetBodyWriter(gomail.TypeTextPlain, write(m.Text))
	case m.Text == "":
		msg.SetBodyWriter(gomail.TypeTextHTML, write(m.HTML))
	default:
		msg.SetBodyWriter(gomail.TypeTextPlain, write(m.Text))
		msg.AddAlternativeWriter(gomail.TypeTextHTML, write(m.HTML))
	}
	var out bytes.Buffer
	if _, err := msg.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestMailIsTheLibrarys compares with go-mail: the same bytes for every message without a file.
func TestMailIsTheLibrarys(t *testing.T) {
	t.Parallel()
	label := rapid.StringMatching(`[a-z][a-z0-9]{0,30}`)
	address := rapid.Custom(func(t *rapid.T) string {
		local := rapid.StringMatching(`[a-zA-Z0-9!#'+/=?{|}~_-]{1,60}|é[a-z]{1,9}`).Draw(t, "local")
		return local + "@" + label.Draw(t, "name") + ".example"
	})
	text := rapid.Custom(func(t *rapid.T) string {
		piece := rapid.OneOf(
			rapid.SampledFrom([]string{"a", "ü", "€", "=?", "?=", "\"", ",", "(", "<b>", "@", ".", "_", "\t"}),
			rapid.StringMatching(`[a-zA-Z0-9]{1,12}`), rapid.StringMatching(`[a-z]{60,90}`), rapid.StringMatching(`[a-zäöü]{1,40}`),
		)
		return strings.Join(rapid.SliceOfN(piece, 0, 20).Draw(t, "pieces"), rapid.SampledFrom([]string{"", " "}).Draw(t, "between"))
	})
	rapid.Check(t, func(t *rapid.T) {
		link := "https://" + label.Draw(t, "host") + ".example/u/" + rapid.StringMatching(`[A-Za-z0-9_-]{0,90}`).Draw(t, "token")
		m := Message{
			From: Address{text.Draw(t, "from"), address.Draw(t, "from")}, To: address.Draw(t, "to"), Subject: "s " + text.Draw(t, "subject"),
			Text: text.Draw(t, "text") + "\n", HTML: rapid.SampledFrom([]string{"", "<p>" + text.Draw(t, "html")}).Draw(t, "body"),
			MessageID: rapid.StringMatching(`[a-z0-9]{1,90}`).Draw(t, "id") + "@shop.example",
			Date:      time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "date"), 0).UTC(), Language: rapid.SampledFrom([]string{"", "de", "en-GB"}).Draw(t, "language"),
			Unsubscribe: rapid.SampledFrom([]string{"", link}).Draw(t, "unsubscribe"), ListID: rapid.SampledFrom([]string{"", "winback.shop.example"}).Draw(t, "list"),
			FeedbackID: rapid.StringMatching(`|[a-z:]{1,90}`).Draw(t, "feedback"),
		}
		if rapid.Bool().Draw(t, "reply") {
			m.ReplyTo = Address{text.Draw(t, "reply"), address.Draw(t, "reply")}
		}
		if m.Unsubscribe != "" && rapid.Bool().Draw(t, "mailto") {
			m.UnsubscribeMailto = address.Draw(t, "mailto") + "?subject=x"
		}
		if m.HTML != "" && rapid.Bool().Draw(t, "only html") {
			m.Text = ""
		}
		got, err := Prepare(m)
		if err != nil {
			t.Skip(err) // go-mail does not check
		}
		c := checker{}
		m = c.message(m)
		if want := byLibrary(t, &m); !bytes.Equal(got.Raw, want) {
			t.Fatalf("got\n%q\nwant\n%q", got.Raw, want)
		}
	})
}
