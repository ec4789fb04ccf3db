package enginetest

import (
	"crypto/tls"
	"net"
	"net/mail"
	"sync"
	"testing"
	"time"
)

// SMTPStage is a moment of an SMTP session at which a script can step in.
type SMTPStage string

// The moments, in the order of a session. AtBody is inside the mail's text,
// AtDot the answer to the final dot.
const (
	AtBanner   SMTPStage = "banner"
	AtEhlo     SMTPStage = "ehlo"
	AtStartTLS SMTPStage = "starttls"
	AtAuth     SMTPStage = "auth"
	AtReset    SMTPStage = "rset"
	AtMail     SMTPStage = "mail"
	AtRcpt     SMTPStage = "rcpt"
	AtData     SMTPStage = "data"
	AtBody     SMTPStage = "body"
	AtDot      SMTPStage = "dot"
	AtQuit     SMTPStage = "quit"
)

// SMTPStep is what the server does at a stage instead of agreeing. The fields
// work in the order given here.
type SMTPStep struct {
	Reached chan<- struct{} // closed on arrival; not with Sticky
	Until   <-chan struct{} // then wait for this channel to close
	Delay   time.Duration   // then for this long
	Reply   string          // answer; lines separated by \n; empty means the usual answer
	Raw     bool            // Reply is sent as it is, line ends included
	Slow    bool            // in packets of one byte
	Silent  bool            // no answer at all
	Hang    bool            // then stay silent until the client leaves; without Reply nothing is said before
	Drop    bool            // then close the connection
	Reset   bool            // close it with a TCP reset
	Keep    bool            // at AtDot: record the mail, although the answer does not accept it
	Sticky  bool            // the step serves every further occasion, too
}

// SMTPConfig is what a scripted server offers; the zero value is a plain one
// without login, with SMTPUTF8 and PIPELINING.
type SMTPConfig struct {
	TLS          *tls.Config // offers STARTTLS
	Implicit     bool        // TLS from the first byte
	User, Secret string      // demands AUTH PLAIN or LOGIN
	NoUTF8       bool        // does not offer SMTPUTF8
	Stepwise     bool        // does not offer PIPELINING
	Lax          bool        // answers DATA with 354 though it has refused the recipient (RFC 2920 section 3.1)
	Brief        bool        // keeps neither commands nor texts: for runs of very many mails
}

// SMTPMail is one mail the server has taken.
type SMTPMail struct {
	From, To  string
	MessageID string // with its <>
	Header    mail.Header
	Raw       []byte // as sent, dots unstuffed
	Params    string // what followed the address in MAIL FROM
	Conn      int    // number of the connection, from 1
	TLS       bool
	User      string    // who had logged in
	Begun     time.Time // when MAIL FROM came
}

// SMTPCommand is one line a client has sent.
type SMTPCommand struct {
	Conn int
	TLS  bool
	Line string
}

// SMTPServer is a mail server on 127.0.0.1 that follows a script.
type SMTPServer struct {
	config   SMTPConfig
	listener net.Listener
	done     chan struct{}
	wg       sync.WaitGroup

	mu       sync.Mutex
	script   map[string][]SMTPStep
	mails    []SMTPMail
	commands []SMTPCommand
	conns    map[net.Conn]struct{}
	accepted int
}

// StartSMTP starts a server that takes every mail until told otherwise; it
// ends with the test.
func StartSMTP(t testing.TB) *SMTPServer { return StartSMTPWith(t, SMTPConfig{}) }

// StartSMTPWith starts a server with the given offers.
func StartSMTPWith(t testing.TB, config SMTPConfig) *SMTPServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("start scripted SMTP server: %v", err)
	}
	s := &SMTPServer{
		config: config, listener: listener, done: make(chan struct{}),
		script: map[string][]SMTPStep{}, conns: map[net.Conn]struct{}{},
	}
	s.wg.Add(1)
	go s.serve()
	t.Cleanup(s.Stop)
	return s
}

// Stop closes the listener and all connections and waits for them. It may be repeated.
func (s *SMTPServer) Stop() {
	s.mu.Lock()
	select {
	case <-s.done:
	default:
		close(s.done)
	}
	_ = s.listener.Close()
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// Addr returns host:port.
func (s *SMTPServer) Addr() string { return s.listener.Addr().String() }

// URL returns the server as a mail URL, with its login.
func (s *SMTPServer) URL() string {
	scheme, user := "smtp", ""
	if s.config.Implicit {
		scheme = "smtps"
	}
	if s.config.User != "" {
		user = s.config.User + ":" + s.config.Secret + "@"
	}
	return scheme + "://" + user + s.Addr()
}

// Script queues steps for a stage, one for each time it is reached.
func (s *SMTPServer) Script(stage SMTPStage, steps ...SMTPStep) { s.ScriptTo("", stage, steps...) }

// ScriptTo queues steps for mails to one recipient, from AtRcpt to AtDot;
// they go before those of Script.
func (s *SMTPServer) ScriptTo(rcpt string, stage SMTPStage, steps ...SMTPStep) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := rcpt + " " + string(stage)
	s.script[key] = append(s.script[key], steps...)
}

// Forget drops the steps of a stage that serve all recipients.
func (s *SMTPServer) Forget(stage SMTPStage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.script, " "+string(stage))
}

// Mails returns copies of all mails taken, in their order.
func (s *SMTPServer) Mails() []SMTPMail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]SMTPMail(nil), s.mails...)
}

// Taken returns how many mails the server has taken.
func (s *SMTPServer) Taken() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.mails)
}

// Commands returns all lines clients have sent outside mail texts.
func (s *SMTPServer) Commands() []SMTPCommand {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]SMTPCommand(nil), s.commands...)
}

func (s *SMTPServer) log(c SMTPCommand) {
	if s.config.Brief {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, c)
}

// Connections returns how many connections there have been.
func (s *SMTPServer) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted
}

func (s *SMTPServer) serve() {
	defer s.wg.Done()
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		select {
		case <-s.done:
			_ = conn.Close()
			s.mu.Unlock()
			return
		default:
		}
		if tcp, isTCP := conn.(*net.TCPConn); isTCP {
			_ = tcp.SetReadBuffer(64 << 10) // so that a server that stops reading is soon felt
		}
		s.accepted++
		s.conns[conn] = struct{}{}
		session := &smtpSession{server: s, tcp: conn, conn: conn, number: s.accepted}
		s.mu.Unlock()
		s.wg.Add(1)
		go session.run()
	}
}

// next takes the step for a stage off the script.
func (s *SMTPServer) next(rcpt string, stage SMTPStage) (SMTPStep, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range []string{rcpt + " " + string(stage), " " + string(stage)} {
		steps := s.script[key]
		if len(steps) == 0 {
			continue
		}
		if !steps[0].Sticky {
			s.script[key] = steps[1:]
		}
		return steps[0], true
	}
	return SMTPStep{}, false
}
