package enginetest_test

import (
	"errors"
	"net/smtp"
	"net/textproto"
	"testing"
	"time"

	"treue/engine/enginetest"
)

const text = "From: <a@shop.test>\r\nMessage-ID: <1@shop.test>\r\n\r\n.dot\r\n..\r\nend\r\n"

// send uses the standard library's client, so that the server is not only
// checked against the client it was written for.
func send(s *enginetest.SMTPServer, auth smtp.Auth, to string) error {
	return smtp.SendMail(s.Addr(), auth, "a@shop.test", []string{to}, []byte(text))
}

func TestSMTPServerTakesMail(t *testing.T) {
	t.Parallel()
	s := enginetest.StartSMTPWith(t, enginetest.SMTPConfig{User: "shop", Secret: "secret"})
	if err := send(s, smtp.PlainAuth("", "shop", "secret", "127.0.0.1"), "b@mail.test"); err != nil {
		t.Fatal(err)
	}
	mails := s.Mails()
	if len(mails) != 1 {
		t.Fatalf("%d mails, want 1", len(mails))
	}
	m := mails[0]
	if m.From != "a@shop.test" || m.To != "b@mail.test" || m.MessageID != "<1@shop.test>" || string(m.Raw) != text || m.User != "shop" || m.Conn != 1 {
		t.Errorf("mail: %+v", m)
	}
	if s.URL() != "smtp://shop:secret@"+s.Addr() || s.Connections() != 1 {
		t.Errorf("URL %s, %d connections", s.URL(), s.Connections())
	}
	wantCode(t, send(s, smtp.PlainAuth("", "shop", "wrong", "127.0.0.1"), "b@mail.test"), 535)
	wantCode(t, send(s, nil, "b@mail.test"), 530)
}

func TestSMTPServerFollowsScript(t *testing.T) {
	t.Parallel()
	type step = enginetest.SMTPStep
	s := enginetest.StartSMTP(t)
	s.ScriptTo("b@mail.test", enginetest.AtRcpt, step{Reply: "450 4.2.1 later"}, step{Reply: "550 5.1.1 never", Sticky: true})
	s.Script(enginetest.AtDot, step{Reply: "451 4.3.0 no"}, step{Delay: time.Millisecond}, step{Drop: true, Keep: true}, step{Reset: true})
	for i, tt := range []struct {
		to   string
		code int // 0 means accepted, -1 an error without a reply
	}{
		{"b@mail.test", 450},
		{"b@mail.test", 550},
		{"b@mail.test", 550},
		{"c@mail.test", 451},
		{"c@mail.test", 0},
		{"c@mail.test", -1},
		{"c@mail.test", -1},
		{"c@mail.test", 0},
	} {
		err := send(s, nil, tt.to)
		switch {
		case tt.code == 0 && err != nil:
			t.Errorf("mail %d: %v", i, err)
		case tt.code > 0:
			wantCode(t, err, tt.code)
		case tt.code < 0:
			var reply *textproto.Error
			if err == nil || errors.As(err, &reply) {
				t.Errorf("mail %d: got %v, want a broken connection", i, err)
			}
		}
	}
	if len(s.Mails()) != 3 { // two accepted, one kept although the answer was dropped
		t.Errorf("%d mails, want 3", len(s.Mails()))
	}
}

func wantCode(t *testing.T, err error, code int) {
	t.Helper()
	var reply *textproto.Error
	if !errors.As(err, &reply) || reply.Code != code {
		t.Errorf("got %v, want a reply %d", err, code)
	}
}

func TestCertificate(t *testing.T) {
	t.Parallel()
	config, pool := enginetest.Certificate(t, "127.0.0.1", time.Now().AddDate(0, 0, 1))
	s := enginetest.StartSMTPWith(t, enginetest.SMTPConfig{TLS: config})
	client, err := smtp.Dial(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	trusting := config.Clone()
	trusting.Certificates, trusting.RootCAs, trusting.ServerName = nil, pool, "127.0.0.1"
	if err := client.StartTLS(trusting); err != nil {
		t.Fatal(err)
	}
	if err := client.Quit(); err != nil {
		t.Fatal(err)
	}
}
