package delivery

import (
	"context"
	"errors"
)

// smtpSender spreads connections over one or more servers.
type smtpSender struct {
	servers []*server
	balance *balance
}

// Loopback reports whether all servers are on this machine.
func (s *smtpSender) Loopback() bool {
	for _, server := range s.servers {
		if !server.loopback {
			return false
		}
	}
	return true
}

// Open connects to the server whose turn it is, or to the next that answers.
func (s *smtpSender) Open(ctx context.Context) (Conn, error) {
	session, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	return &smtpConn{sender: s, session: session}, nil
}

// connect passes over servers that are away. A fault of ours (login,
// certificate) is not passed over: it would hide until the last server fails.
func (s *smtpSender) connect(ctx context.Context) (*session, error) {
	var first *OpenError
	var causes []error
	for _, i := range s.balance.order() {
		session, err := s.servers[i].open(ctx)
		if err == nil {
			return session, nil
		}
		if err.Outcome.Kind != Deferred || err.Outcome.Reason == ReasonCancelled {
			return nil, err
		}
		s.balance.failed(i)
		causes = append(causes, err)
		if first == nil {
			first = err
		}
	}
	return nil, &OpenError{Outcome: first.Outcome, Err: errors.Join(causes...)}
}

// smtpConn is a worker's connection; session is nil while it is broken.
type smtpConn struct {
	sender  *smtpSender
	session *session
}

// Send delivers over the open session, or over a new one.
func (c *smtpConn) Send(ctx context.Context, mail Prepared) Outcome {
	if mail.Local && !c.sender.Loopback() {
		return Outcome{
			Kind: SenderFault, Reason: ReasonLocalLinks, Stage: StageMail,
			Text: "set public_url to an https address that customers can reach",
		}
	}
	if err := ctx.Err(); err != nil {
		return Classify(StageMail, 0, "", err.Error(), errStopped)
	}
	reused := c.session != nil && c.session.used
	if err := c.ready(ctx); err != nil {
		return err.Outcome
	}
	o := c.attempt(ctx, mail)
	if reused && idledOut(o) {
		if err := c.ready(ctx); err != nil {
			return err.Outcome
		}
		o = c.attempt(ctx, mail)
	}
	return o
}

// attempt runs one transaction and drops the session if it did not survive.
func (c *smtpConn) attempt(ctx context.Context, mail Prepared) Outcome {
	o := c.session.deliver(ctx, mail)
	if c.session.broken {
		c.drop()
	}
	return o
}

// ready makes sure of a session.
func (c *smtpConn) ready(ctx context.Context) (err *OpenError) {
	if c.session != nil {
		return nil
	}
	session, failure := c.sender.connect(ctx)
	if failure != nil {
		errors.As(failure, &err)
		return err
	}
	c.session = session
	return nil
}

// idledOut recognises a server that closed a reused connection before it took
// the sender, or would not even reset it: no text has left yet, whatever came
// with MAIL in one group, so a new connection may begin at once.
func idledOut(o Outcome) bool {
	return o.Stage == StageReset ||
		o.Stage == StageMail && o.Kind == Deferred && !o.Rate && (o.Code == 421 || o.Reason == ReasonLost)
}

func (c *smtpConn) drop() {
	c.session.abandon()
	c.session = nil
}

// Close says QUIT and closes. It may be repeated.
func (c *smtpConn) Close() error {
	if c.session == nil {
		return nil
	}
	c.session.quit()
	c.session = nil
	return nil
}
