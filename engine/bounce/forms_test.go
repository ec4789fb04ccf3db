package bounce

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
)

// token stands where a signed one does; readers do not check it.
const (
	token    = "mfrggzdfmztwq2lknnwg23tpobyxe43uov3ho6dzpiydcmrtgq2a"
	sentID   = "0123456789abcdef0123456789abcdef@shop.example"
	returnTo = "b+" + token + "@bounce.shop.example"
	who      = "kundin@firma.example"
)

// original is the mail that came back. Its own words would mislead whoever reads them.
const original = "Return-Path: <" + returnTo + ">\r\nReceived: from mail.shop.example by mx.firma.example; Mon, 4 May 2026 12:00:00 +0000\r\n" +
	"From: Shop <post@shop.example>\r\nTo: " + who + "\r\nSubject: Mailbox full? Unknown user of spam filters, 550 5.1.1\r\nMessage-ID: <" + sentID + ">\r\n\r\n" +
	"Your mailbox is full, the user is unknown, this is no spam, 5.7.1, 5.1.1.\r\n"

// A form is how a house writes its reports.
type form struct {
	name  string
	write func(reply) string
}

var enhancedIn = regexp.MustCompile(`\b[45]\.\d{1,3}\.\d{1,3}\b`)

// statusOf is what a reporting server makes of a reply.
func statusOf(text string) string {
	if c := enhancedIn.FindString(text); c != "" {
		return c
	}
	return text[:1] + ".0.0"
}

func header(from, subject, contentType string) string {
	return "Return-Path: <>\r\nDelivered-To: " + returnTo + "\r\nFrom: " + from + "\r\nTo: " + returnTo + "\r\nSubject: " + subject +
		"\r\nDate: Mon, 4 May 2026 12:00:05 +0000\r\nMessage-ID: <bounce.1@mx.example>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: " + contentType + "\r\n\r\n"
}

// report is an RFC 3464 report around a text in words.
func report(from, subject, human, action, status, diagnostic string) string {
	b := header(from, subject, `multipart/report; report-type=delivery-status; boundary="=_b"`)
	b += "--=_b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrapped(human) + "\r\n"
	b += "--=_b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.shop.example\r\nArrival-Date: Mon, 4 May 2026 12:00:00 +0000\r\n\r\n" +
		"Final-Recipient: rfc822; " + who + "\r\nAction: " + action + "\r\nStatus: " + status + "\r\n"
	if diagnostic != "" {
		b += "Diagnostic-Code: smtp; " + folded(diagnostic) + "\r\n"
	}
	return b + "\r\n--=_b\r\nContent-Type: message/rfc822\r\n\r\n" + original + "\r\n--=_b--\r\n"
}

func wrapped(s string) string {
	text := base64.StdEncoding.EncodeToString([]byte(s))
	var b strings.Builder
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	return b.String() + text
}

// folded breaks a header's value as servers do.
func folded(s string) string {
	words := strings.Fields(s)
	out, length := "", 17
	for _, w := range words {
		if length+len(w) > 70 {
			out, length = out+"\r\n   ", 3
		}
		out, length = out+" "+w, length+len(w)+1
	}
	return strings.TrimSpace(out)
}

// forms are the houses' ways.
func forms() []form {
	return []form{
		{"postfix", func(r reply) string {
			human := "This is the mail system at host mail.shop.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\n" +
				"<" + who + ">: host mx.firma.example[192.0.2.25] said: " + r.text + " (in reply to RCPT TO command)\n"
			return report("MAILER-DAEMON@mail.shop.example (Mail Delivery System)", "Undelivered Mail Returned to Sender", human, "failed", statusOf(r.text), r.text)
		}},
		{"exim", func(r reply) string {
			return header("Mail Delivery System <Mailer-Daemon@mx.shop.example>", "Mail delivery failed: returning message to sender", "text/plain; charset=utf-8") +
				"This message was created automatically by mail delivery software.\r\n\r\nA message that you sent could not be delivered to one or more of its\r\nrecipients. This is a permanent error. The following address(es) failed:\r\n\r\n" +
				"  " + who + "\r\n    host mx.firma.example [192.0.2.25]\r\n    SMTP error from remote mail server after RCPT TO:<" + who + ">:\r\n    " + r.text + "\r\n\r\n" +
				"------ This is a copy of the message, including all the headers. ------\r\n\r\n" + original
		}},
		{"exim-dsn", func(r reply) string {
			human := "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its recipients.\n\n  " + who + "\n    " + r.text + "\n"
			return report("Mail Delivery System <Mailer-Daemon@mx.shop.example>", "Mail delivery failed: returning message to sender", human, "failed", r.text[:1]+".0.0", r.text)
		}},
		{"qmail", func(r reply) string {
			return header("MAILER-DAEMON@mx.shop.example", "failure notice", "text/plain; charset=utf-8") +
				"Hi. This is the qmail-send program at mx.shop.example.\r\nI'm afraid I wasn't able to deliver your message to the following addresses.\r\nThis is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n<" + who + ">:\r\n" +
				"192.0.2.25 does not like recipient.\r\nRemote host said: " + r.text + "\r\nGiving up on 192.0.2.25.\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n" + original
		}},
	}
}

// A tongue is how Microsoft 365 and Gmail begin a report in a language.
type tongue struct{ name, subject, human string }

func tongues() []tongue {
	return []tongue{
		{"en", "Undeliverable: Mailbox news", "Your message to %s couldn't be delivered."},
		{"de", "=?utf-8?q?Unzustellbar:_Neues_f=C3=BCr_Sie?=", "Ihre Nachricht an %s konnte nicht zugestellt werden."},
		{"fr", "=?utf-8?q?Non_remis_:_Des_nouvelles?=", "Votre message à %s n'a pas pu être remis."},
		{"es", "=?utf-8?q?No_se_puede_entregar:_Novedades?=", "No se ha podido entregar el mensaje a %s."},
		{"it", "Non recapitabile: Novita", "Impossibile recapitare il messaggio a %s."},
		{"nl", "Onbestelbaar: Nieuws", "Uw bericht aan %s kan niet worden afgeleverd."},
		{"pl", "=?utf-8?q?Niedostarczona:_Nowo=C5=9Bci?=", "Nie można dostarczyć wiadomości do %s."},
	}
}

// microsoft writes HTML beside the fields, in the language of the recipient's house.
func microsoft(r reply, t tongue) string {
	b := header("postmaster@firma.example", t.subject, `multipart/report; report-type=delivery-status; boundary="=_b"`)
	return b + "--=_b\r\nContent-Type: multipart/alternative; boundary=\"=_a\"\r\n\r\n--=_a\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		wrapped("<html><style>p {color: #5.1.1}</style><body><p>"+fmt.Sprintf(t.human, who)+"</p></body></html>") + "\r\n--=_a--\r\n" +
		"--=_b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns;AM0PR05MB1234.eurprd05.prod.outlook.com\r\n\r\nFinal-Recipient: rfc822;" + who +
		"\r\nAction: failed\r\nStatus: " + statusOf(r.text) + "\r\nDiagnostic-Code: smtp;" + folded(r.text) + "\r\n\r\n--=_b\r\nContent-Type: message/rfc822\r\n\r\n" + original + "\r\n--=_b--\r\n"
}

// gmail writes a text in the sender's language and Status without detail where the server gave no code.
func gmail(r reply, t tongue) string {
	human := "** " + fmt.Sprintf(t.human, who) + " **\n\n" + r.text + "\n"
	return report("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)", human, "failed", statusOf(r.text), r.text)
}

// webMailer is GMX's and WEB.DE's own form: German words, no fields at all.
func webMailer(r reply) string {
	return header("\"GMX Mailer Daemon\" <mailer-daemon@gmx.de>", "Mail delivery failed: returning message to sender", "text/plain; charset=utf-8") +
		"Diese Nachricht wurde automatisch vom Mail-System erstellt.\r\n\r\nDie folgende Nachricht konnte nicht zugestellt werden:\r\n\r\n" + who + ":\r\nSMTP error from remote server for RCPT TO command, host: mx.firma.example (192.0.2.25) reason:\r\n" + r.text +
		"\r\n\r\n--- The header of the original message is following. ---\r\n\r\n" + original
}

// telekom is T-Online's form.
func telekom(r reply) string {
	return header("\"Mail Delivery System\" <MAILER-DAEMON@mailout.t-online.de>", "Zustellung fehlgeschlagen", "text/plain; charset=utf-8") +
		"|------------------------- Nachrichtentext: -------------------------|\r\nIhre Nachricht konnte an folgenden Empfänger nicht zugestellt werden:\r\n\r\n<" + who + ">\r\n\r\nDie Antwort des Servers lautete:\r\n" + r.text +
		"\r\n\r\n--- Kopie der Nachricht ---\r\n" + original
}

// yahoo is Yahoo's form.
func yahoo(r reply) string {
	return header("MAILER-DAEMON@yahoo.com", "Failure Notice", "text/plain; charset=utf-8") +
		"Sorry, we were unable to deliver your message to the following address.\r\n\r\n<" + who + ">:\r\n" + r.text + "\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n" + original
}
