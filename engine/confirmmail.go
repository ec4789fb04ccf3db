package engine

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"html/template"
	"strings"

	"treue/engine/delivery"
	"treue/engine/store"
)

// The confirmation mail is not a template that shops can change: with a picture, an offer or praise in it, it would be
// advertising to somebody who has not agreed yet (OLG Düsseldorf, 17.03.2016, I-15 U 64/15).

// confirmWords are the sentences of the confirmation mail in one language; %s is the shop's name.
type confirmWords struct {
	subject, greeting, why, agree, button, valid, ignore string
}

func wordsOf(language string) confirmWords {
	if language == "de" {
		return confirmWords{
			subject:  "Bitte bestätigen Sie Ihre Anmeldung bei %s",
			greeting: "Guten Tag,",
			why:      "jemand, vermutlich Sie selbst, hat diese Adresse bei %s für Werbung per E-Mail angemeldet. Ohne Ihre Bestätigung gilt die Anmeldung nicht.",
			agree:    "Sie würden zustimmen zu:",
			button:   "Zur Bestätigung",
			valid:    "Der Link gilt sieben Tage.",
			ignore:   "Waren Sie das nicht? Dann tun Sie bitte nichts: Sie werden nicht angemeldet, und Ihre Angaben werden nach 14 Tagen gelöscht.",
		}
	}
	return confirmWords{
		subject:  "Please confirm your subscription at %s",
		greeting: "Hello,",
		why:      "somebody, probably you, has signed this address up for advertising by e-mail at %s. Without your confirmation this does not count.",
		agree:    "You would agree to:",
		button:   "Go to the confirmation",
		valid:    "The link is good for seven days.",
		ignore:   "Was that not you? Then please do nothing: you are not signed up, and your data are deleted after 14 days.",
	}
}

// confirmHTML has no picture, no style sheet from elsewhere and one link.
const confirmHTML = `<!DOCTYPE html>
<html lang="{{.Language}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{{.Subject}}</title></head>
<body style="margin:0;padding:24px;font-family:system-ui,Arial,sans-serif;font-size:16px;line-height:1.5;">
<div style="max-width:560px;margin:0 auto;">
<p>{{.Greeting}}</p>
<p>{{.Why}}</p>
<p>{{.Agree}}</p>
<blockquote style="margin:0 0 20px;padding:2px 16px;border-left:3px solid #888888;">{{.Text}}</blockquote>
<p style="margin:24px 0;"><a href="{{.Link}}" style="display:inline-block;padding:12px 22px;border:2px solid currentColor;border-radius:6px;font-weight:600;">{{.Button}}</a></p>
<p>{{.Valid}} {{.Ignore}}</p>
<p style="margin-top:32px;font-size:13px;">{{range .Imprint}}{{.}}<br>{{end}}</p>
</div>
</body></html>
`

// confirmMail writes the confirmation mail of a request and its Message-ID.
func (e *Engine) confirmMail(r *store.ConsentRequest) (delivery.Prepared, error) {
	w := wordsOf(r.Language)
	r.MessageID = hex.EncodeToString(mac(e.keys.Message, "confirmation", fmt.Sprint(r.ID))[:16]) + "@" + e.domain()
	content := struct {
		Language, Subject, Greeting, Why, Agree, Text, Link, Button, Valid, Ignore string
		Imprint                                                                    []string
	}{
		r.Language, fmt.Sprintf(w.subject, e.Shop.Name), w.greeting, fmt.Sprintf(w.why, e.Shop.Name), w.agree, r.Text, e.ConfirmLink(*r), w.button, w.valid, w.ignore,
		e.Shop.Imprint.Lines(r.Language),
	}
	t, err := template.New("confirmation").Parse(confirmHTML)
	if err != nil {
		return delivery.Prepared{}, fmt.Errorf("write the confirmation mail: %w", err)
	}
	var html bytes.Buffer
	if err := t.Execute(&html, content); err != nil {
		return delivery.Prepared{}, fmt.Errorf("write the confirmation mail: %w", err)
	}
	text := strings.Join([]string{
		w.greeting, content.Why, w.agree + "\n" + r.Text, w.button + ":\n" + content.Link, w.valid + "\n" + w.ignore, "--\n" + strings.Join(content.Imprint, "\n"),
	}, "\n\n") + "\n"
	return e.signed(delivery.Prepare(delivery.Message{
		From: e.From, ReplyTo: e.ReplyTo, To: r.Email, Subject: content.Subject, HTML: html.String(), Text: text,
		MessageID: r.MessageID, Date: r.RequestedAt, Language: r.Language,
	}))
}
