package delivery

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// quitTime bounds the goodbye; a server that does not answer it is left.
const quitTime = 2 * time.Second

// server is one SMTP server of a mail URL.
type server struct {
	host, port  string
	loopback    bool // the URL's host means this machine
	implicitTLS bool
	startTLS    bool // required, never merely tried
	login       *login
	options     Options
	connect     func(ctx context.Context, network, address string) (net.Conn, error) // nil: by a dialler
}

// session is one greeted, encrypted and authenticated SMTP connection. It
// drives go-mail's SMTP client step by step: the ready-made Send of go-mail
// reports an unanswered final dot as a permanent error, and the step is what
// tells the harmless failure from the ambiguous one.
type session struct {
	server *server
	wire   *wire
	client *smtp.Client
	timer  *time.Timer // of the wait that is on, see wait
	room   []byte      // for the texts that have to be stuffed
	used   bool        // a transaction has begun on it
	broken bool        // not to be used again
}

// open connects and runs all steps up to the first MAIL FROM.
func (s *server) open(ctx context.Context) (*session, *OpenError) {
	session := &session{server: s}
	steps := []struct {
		stage Stage
		limit time.Duration
		run   func(context.Context) error
	}{
		{StageConnect, s.options.Timeouts.Connect, session.dial},
		{StageTLS, s.options.Timeouts.Connect, session.handshake},
		{StageConnect, s.options.Timeouts.Connect, session.greet},
		{StageHello, s.options.Timeouts.Command, session.hello},
		{StageTLS, s.options.Timeouts.Command, session.encrypt},
		{StageAuth, s.options.Timeouts.Command, session.authenticate},
	}
	for _, step := range steps {
		err := session.phase(ctx, step.limit, step.run)
		if err == nil {
			continue
		}
		session.abandon()
		return nil, &OpenError{Outcome: session.judge(step.stage, err), Err: err}
	}
	return session, nil
}

// phase runs one step of opening or closing under its limit. The limit and a cancelled ctx both end
// it by a past deadline on the wire, so nothing hangs longer; after that the
// connection is beyond use, even if the step just made it.
func (s *session) phase(ctx context.Context, limit time.Duration, run func(context.Context) error) error {
	if ctx.Err() != nil {
		return errStopped
	}
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	stop := func() bool { return true }
	if s.wire != nil {
		s.wire.budget = maxReply
		stop = context.AfterFunc(within, s.wire.interrupt)
	}
	err := run(within)
	if !stop() {
		s.broken = true
	}
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", errStopped, err)
	}
	return err
}

// watch ends every wait when ctx does, until it is released. One watch serves
// all steps of a mail up to the dot.
func (s *session) watch(ctx context.Context) (release func()) {
	stop := context.AfterFunc(ctx, s.wire.interrupt)
	return func() {
		if !stop() {
			s.broken = true
		}
	}
}

// wait runs one step of a mail under its limit, on a watched wire. It does what
// phase does, by one timer for all steps of all mails.
func (s *session) wait(ctx context.Context, limit time.Duration, run func() error) error {
	if ctx.Err() != nil {
		return errStopped
	}
	s.wire.budget = maxReply
	if s.timer == nil {
		s.timer = time.AfterFunc(limit, s.wire.interrupt)
	} else {
		s.timer.Reset(limit)
	}
	err := run()
	if !s.timer.Stop() {
		s.broken = true
	}
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", errStopped, err)
	}
	return err
}

// judge names the outcome of a failed step.
func (s *session) judge(stage Stage, err error) Outcome {
	var reply *textproto.Error
	text := err.Error()
	code := 0
	if errors.As(err, &reply) && !errors.Is(err, errStopped) {
		code, text = reply.Code, reply.Msg
	}
	if s.server.login != nil {
		text = s.server.login.scrub(text)
	}
	o := Classify(stage, code, "", text, err)
	o.Server = s.server.address()
	return o
}

// dial makes the TCP connection. A loopback server may be spoken to in plain
// text, so the address really reached decides, not the name.
func (s *session) dial(ctx context.Context) error {
	connect := s.server.connect
	if connect == nil {
		connect = new(net.Dialer).DialContext
	}
	conn, err := connect(ctx, "tcp", s.server.address())
	if err != nil {
		return err
	}
	s.wire = &wire{Conn: conn}
	return s.server.allows(conn.RemoteAddr())
}

func (s *server) allows(remote net.Addr) error {
	tcp, isTCP := remote.(*net.TCPAddr)
	if s.loopback && (!isTCP || !tcp.IP.IsLoopback()) {
		return errNotLoopback
	}
	return nil
}

// handshake begins implicit TLS.
func (s *session) handshake(ctx context.Context) error {
	if !s.server.implicitTLS {
		return nil
	}
	conn := tls.Client(s.wire, s.server.tlsConfig())
	if err := conn.HandshakeContext(ctx); err != nil {
		return err
	}
	s.wire = &wire{Conn: conn, budget: maxReply}
	return nil
}

func (s *server) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, RootCAs: s.options.RootCAs}
}

func (s *session) greet(context.Context) (err error) {
	s.client, err = smtp.NewClient(s.wire, s.server.host)
	return err
}

func (s *session) hello(context.Context) error { return s.client.Hello(s.server.options.Hello) }

// encrypt starts TLS where it is required. There is no fallback.
func (s *session) encrypt(context.Context) error {
	if !s.server.startTLS {
		return nil
	}
	if offered, _ := s.client.Extension("STARTTLS"); !offered {
		return errNoTLS
	}
	return s.client.StartTLS(s.server.tlsConfig())
}

func (s *session) authenticate(context.Context) error {
	if s.server.login == nil {
		return nil
	}
	_, offered := s.client.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	for _, mechanism := range []string{"PLAIN", "LOGIN"} {
		if slices.Contains(mechanisms, mechanism) {
			return s.client.Auth(s.server.login.auth(mechanism))
		}
	}
	return errNoLogin
}

// quit says goodbye and closes.
func (s *session) quit() {
	if !s.broken {
		_ = s.phase(context.Background(), quitTime, func(context.Context) error { return s.client.Quit() })
	}
	s.abandon()
}

// abandon closes without a word: the wire first, so that TLS does not wait for
// a peer that may not read any more.
func (s *session) abandon() {
	s.broken = true
	if s.wire != nil {
		_ = s.wire.Close()
	}
	if s.client != nil {
		_ = s.client.Close()
	}
}
