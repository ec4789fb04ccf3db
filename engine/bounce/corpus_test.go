package bounce

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// specimen is one message of the corpus.
type specimen struct {
	family, name string
	raw          string
	want         Kind
}

// corpus is every reply in the forms in which it comes back, notices that are no bounces, and the files of testdata,
// whose names begin with their verdict.
func corpus(t testing.TB) []specimen {
	t.Helper()
	var all []specimen
	for i, r := range replies() {
		name := fmt.Sprintf("%s %d", r.from, i)
		for _, f := range forms() {
			all = append(all, specimen{f.name, name, f.write(r), r.want})
		}
		ts := tongues()
		all = append(all, specimen{"microsoft 365", name, microsoft(r, ts[i%len(ts)]), r.want}, specimen{"gmail", name, gmail(r, ts[(i+3)%len(ts)]), r.want})
		switch r.from {
		case "gmx", "web.de", "german":
			all = append(all, specimen{"gmx, web.de", name, webMailer(r), r.want})
		case "t-online":
			all = append(all, specimen{"t-online", name, telekom(r), r.want})
		case "yahoo":
			all = append(all, specimen{"yahoo", name, yahoo(r), r.want})
		}
	}
	return append(append(all, notices()...), files(t)...)
}

// notices have no effect: delays, successes, absences.
func notices() []specimen {
	late := report("MAILER-DAEMON@mail.shop.example", "Delayed Mail (still being retried)", "####### THIS IS A WARNING ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE. #######\n<"+who+">: 450 4.1.1 user unknown", "delayed", "4.1.1", "450 4.1.1 user unknown")
	done := report("MAILER-DAEMON@mail.shop.example", "Successful Mail Delivery Report", "delivered", "delivered", "2.0.0", "250 2.0.0 ok")
	relayed := report("MAILER-DAEMON@mail.shop.example", "Delivery Status Notification (Relay)", "relayed", "relayed", "2.1.5", "")
	eximLate := header("Mail Delivery System <Mailer-Daemon@mx.shop.example>", "Warning: message delayed 24 hours", "text/plain") +
		"A message that you sent has not yet been delivered to one or more of its recipients after more than 24 hours.\r\nThe message will continue to be tried.\r\n\r\n  " + who + "\r\n    450 user unknown\r\n"
	all := []specimen{{"notices", "delay", late, Unknown}, {"notices", "success", done, Unknown}, {"notices", "relay", relayed, Unknown}, {"notices", "exim delay", eximLate, Unknown}}
	for _, subject := range []string{
		"Out of Office: news", "Automatic reply: Mailbox full of work", "Abwesenheitsnotiz", "=?utf-8?q?R=C3=A9ponse_automatique_:_conges?=",
		"=?utf-8?q?Respuesta_autom=C3=A1tica?=", "Risposta automatica: ferie", "Automatisch antwoord: vakantie", "=?utf-8?q?Autoodpowied=C5=BA?=",
	} {
		raw := "From: Kundin <" + who + ">\r\nTo: " + returnTo + "\r\nSubject: " + subject + "\r\nIn-Reply-To: <" + sentID + ">\r\nContent-Type: text/plain\r\n\r\nI am away; my old address old@firma.example no longer exists, my mailbox is full.\r\n"
		all = append(all, specimen{"notices", subject, raw, AutoReply}, specimen{"notices", "RFC 3834 " + subject, "Auto-Submitted: auto-replied\r\n" + raw, AutoReply})
	}
	return append(all, specimen{"notices", "a person", "From: Kundin <" + who + ">\r\nTo: b@bounce.shop.example\r\nSubject: Re: your mail\r\n\r\nMy mailbox is full of your spam. User unknown.\r\n", Unknown})
}

func files(t testing.TB) (all []specimen) {
	t.Helper()
	names, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d files in testdata: %v", len(names), err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		verdict, _, _ := strings.Cut(filepath.Base(name), "-")
		kind := Kind(slices.Index([]string{"unknown", "hard", "soft", "block", "sender", "complaint", "auto"}, verdict))
		if kind < 0 {
			t.Fatalf("%s begins with no verdict", name)
		}
		all = append(all, specimen{"by hand", name, strings.ReplaceAll(string(raw), "\n", "\r\n"), kind})
	}
	return all
}

// TestCorpus holds that 98 of 100 verdicts are right and that no refusal by policy ever kills an address.
func TestCorpus(t *testing.T) {
	t.Parallel()
	type tally struct{ n, right int }
	families, kinds, total := map[string]*tally{}, map[Kind]*tally{}, tally{}
	for _, s := range corpus(t) {
		r := Parse([]byte(s.raw))
		if families[s.family] == nil {
			families[s.family] = &tally{}
		}
		if kinds[s.want] == nil {
			kinds[s.want] = &tally{}
		}
		for _, c := range []*tally{families[s.family], kinds[s.want], &total} {
			c.n++
			if r.Kind == s.want {
				c.right++
			}
		}
		if r.Kind != s.want {
			t.Logf("%s, %s: %s %s (%q), want %s", s.family, s.name, r.Kind, r.Enhanced, r.Text, s.want)
		}
		if r.Kind == Hard && s.want != Hard {
			t.Errorf("%s, %s: a %s counts as hard", s.family, s.name, s.want)
		}
	}
	for name, c := range families {
		t.Logf("%-15s %4d of %4d", name, c.right, c.n)
	}
	for kind, c := range kinds {
		t.Logf("%-15s %4d of %4d", kind, c.right, c.n)
	}
	t.Logf("total %d of %d", total.right, total.n)
	if total.n < 200 || float64(total.right) < 0.98*float64(total.n) {
		t.Errorf("%d of %d verdicts are right", total.right, total.n)
	}
}

// TestMarks holds that every report in the corpus that quotes our mail names it and its recipient.
func TestMarks(t *testing.T) {
	t.Parallel()
	for _, s := range corpus(t) {
		r := Parse([]byte(s.raw))
		if s.family == "notices" || s.family == "by hand" {
			continue
		}
		if !slices.Equal(r.Tokens, []string{token}) || !slices.Contains(r.MessageIDs, sentID) || r.Recipient != who {
			t.Errorf("%s, %s: %q %q %q", s.family, s.name, r.Tokens, r.MessageIDs, r.Recipient)
		}
	}
}
