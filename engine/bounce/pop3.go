package bounce

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"time"
)

// popBox is a mailbox of a POP3 server (RFC 1939). The protocol knows no marks, so that what is left behind is
// remembered here, for as long as the process lives.
type popBox struct {
	account

	mu   sync.Mutex
	left map[string]bool // unique ids
}

// Each implements Mailbox. POP3 deletes when the session ends well, so that a break before loses no message: what is
// read again has no effect.
func (b *popBox) Each(ctx context.Context, visit Visit) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, err := b.dial(ctx)
	if err != nil {
		return fmt.Errorf("reach the bounce mailbox: %w", err)
	}
	defer s.text.Close()
	defer context.AfterFunc(ctx, func() { _ = s.conn.SetDeadline(time.Unix(1, 0)) })()
	err = b.round(s, visit)
	if err = errors.Join(err, s.ask("QUIT")); err != nil {
		return fmt.Errorf("read the bounce mailbox: %w", err)
	}
	return nil
}

// popSession is one session: commands and answers.
type popSession struct {
	conn net.Conn
	text *textproto.Conn
	ctx  context.Context //nolint:containedctx // a session lives as long as its call
}

func (b *popBox) dial(ctx context.Context) (*popSession, error) {
	d := net.Dialer{Timeout: greetings}
	var conn net.Conn
	var err error
	if b.tls {
		conn, err = (&tls.Dialer{NetDialer: &d, Config: &tls.Config{ServerName: b.host, MinVersion: tls.VersionTLS12}}).DialContext(ctx, "tcp", b.address())
	} else {
		conn, err = d.DialContext(ctx, "tcp", b.address())
	}
	if err != nil {
		return nil, err
	}
	s := &popSession{conn, textproto.NewConn(conn), ctx}
	if err = s.answer(); err == nil {
		err = s.ask("USER " + b.user)
	}
	if err == nil {
		err = s.ask("PASS " + b.secret())
	}
	if err != nil {
		return nil, errors.Join(err, s.text.Close())
	}
	return s, nil
}

func (b *popBox) round(s *popSession, visit Visit) error {
	if err := s.ask("UIDL"); err != nil {
		return err
	}
	list, err := s.lines()
	if err != nil {
		return err
	}
	read := 0
	for l := range strings.Lines(list) {
		fields := strings.Fields(l)
		if len(fields) != 2 || b.left[fields[1]] || read == perRound {
			continue
		}
		read++
		if err := s.ask("RETR " + fields[0]); err != nil {
			return err
		}
		raw, err := s.lines()
		if err != nil {
			return err
		}
		done, err := visit([]byte(raw))
		if errors.Is(err, ErrLater) {
			continue
		}
		if err != nil {
			return err
		}
		if !done {
			b.left[fields[1]] = true
			continue
		}
		if err := s.ask("DELE " + fields[0]); err != nil {
			return err
		}
	}
	return nil
}

// ask sends a command and fails unless the server agrees.
func (s *popSession) ask(command string) error {
	s.limit()
	if err := s.text.PrintfLine("%s", command); err != nil {
		return err
	}
	return s.answer()
}

func (s *popSession) answer() error {
	s.limit()
	l, err := s.text.ReadLine()
	if err == nil && !strings.HasPrefix(l, "+OK") {
		err = fmt.Errorf("the server answers %q", line(l))
	}
	return err
}

// lines reads a dotted answer, of which the first part counts.
func (s *popSession) lines() (string, error) {
	s.limit()
	r := s.text.DotReader()
	kept, err := io.ReadAll(io.LimitReader(r, maxNested))
	if err == nil {
		_, err = io.Copy(io.Discard, r)
	}
	return strings.ReplaceAll(string(kept), "\n", "\r\n"), err
}

// limit gives the server its time for the next answer, unless the call has ended.
func (s *popSession) limit() {
	if s.ctx.Err() == nil {
		_ = s.conn.SetDeadline(time.Now().Add(patience))
	}
}
