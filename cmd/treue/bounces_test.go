package main

import (
	"bytes"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBounces takes in mail files and says what became of them.
func TestBounces(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.args = append(s.args, "--set", "mail.bounce=b@bounce.shop.example", "--set", "mail.url=eml:"+s.dir+"/out")
	s.must("import", "customers", s.write("customers.csv", someCustomers))
	s.must("import", "orders", s.write("orders.csv", someOrders))
	s.must("campaigns", "apply", s.write("back.yaml", someCampaign))
	s.must("campaigns", "activate", "back")
	s.must("run", "back", "--as-of", day)
	ids := messageIDs(t, s.dir+"/out")
	if len(ids) != 2 {
		t.Fatalf("mails: %v", ids)
	}
	report := s.write("report.eml", "From: fbl@gmx.example\nTo: b@bounce.shop.example\nContent-Type: multipart/report; report-type=feedback-report; boundary=x\n\n"+
		"--x\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n--x\nContent-Type: text/rfc822-headers\n\nMessage-ID: "+ids[0]+"\n\n--x--\n")
	letter := s.write("letter.eml", "From: a@b.example\nSubject: hello\n\nhello\n")
	same(t, "first", s.document(0, "bounces", report, letter)["messages"], any(map[string]any{"suppressed": 1.0, "ignored": 1.0}))
	same(t, "again", s.document(0, "bounces", report)["messages"], any(map[string]any{"repeated": 1.0}))
	if out := s.must("bounces", report); !strings.Contains(out, "repeated     1") {
		t.Errorf("printed %q", out)
	}
	plan := first(s.document(0, "plan", "back", "--as-of", "2026-11-30"), "plans")
	same(t, "no more mail", plan["decisions"], any(map[string]any{"consent": 3.0, "suppressed": 1.0, "reentry": 1.0}))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"bounces"}, "mail.bounce_mailbox"},
		{[]string{"bounces", s.dir + "/absent.eml"}, "absent.eml"},
		{[]string{"bounces", "imap://u:hidden@mail.example"}, "plain text"},
		{[]string{"bounces", "--set", "mail.bounce_mailbox=imap://u:hidden@mail.example"}, "plain text"},
		{[]string{"plan", "--set", "mail.bounce=too-long-for-a-token@shop.example"}, "mail.bounce"},
	} {
		code, out, _ := s.run(append(c.args, "--json")...)
		if code != 2 || !strings.Contains(out, c.want) || strings.Contains(out, "hidden") {
			t.Errorf("treue %s: exit %d, want 2 and %q\n%s", strings.Join(c.args, " "), code, c.want, out)
		}
	}
}

// messageIDs reads the Message-IDs of the mails in a folder.
func messageIDs(t *testing.T, dir string) (ids []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, m.Header.Get("Message-ID"))
	}
	return ids
}
