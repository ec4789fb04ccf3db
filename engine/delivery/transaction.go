package delivery

import (
	"context"
	"io"
	"net/textproto"
	"time"
)

// step is one command of a mail transaction.
type step struct {
	stage Stage
	limit time.Duration
	run   func(context.Context) error
}

// deliver runs one transaction: MAIL, RCPT, DATA, text, dot.
func (s *session) deliver(ctx context.Context, mail Prepared) Outcome {
	s.used = true
	if offered, _ := s.client.Extension("SMTPUTF8"); mail.UTF8 && !offered {
		o := Classify(StageRcpt, 0, "5.6.7", "server does not offer SMTPUTF8, which this address needs", nil)
		o.Server = s.server.address()
		return o
	}
	s.client.SkipSMTPUTF8(!mail.UTF8)
	var body io.WriteCloser
	limit := s.server.options.Timeouts.Command
	steps := []step{
		{StageMail, limit, func(context.Context) error { return s.client.Mail("<" + mail.From + ">") }},
		{StageRcpt, limit, func(context.Context) error { return s.client.Rcpt("<" + mail.To + ">") }},
		{StageData, limit, func(context.Context) (err error) { body, err = s.client.Data(); return err }},
		{StageData, limit, func(context.Context) error { return s.text(body, mail.Raw) }},
	}
	for _, step := range steps {
		if err := s.phase(ctx, step.limit, step.run); err != nil {
			return s.failed(step.stage, err)
		}
	}
	if ctx.Err() != nil {
		return s.failed(StageData, errStopped)
	}
	return s.dot(ctx, body)
}

// text sends the mail and flushes it, so that only the dot is left to write. A
// server that refuses in the middle may have said why before it hung up.
func (s *session) text(body io.Writer, raw []byte) error {
	_, err := body.Write(raw)
	if err == nil {
		err = s.client.Text.W.Flush()
	}
	if err == nil && s.client.Text.R.Buffered() == 0 {
		return nil
	}
	s.broken = true
	code, message, readErr := s.client.Text.ReadResponse(0)
	if readErr == nil {
		return &textproto.Error{Code: code, Msg: message}
	}
	if err == nil {
		err = readErr
	}
	return err
}

// dot sends the final dot and waits for its answer, for a while even when
// cancelled: the server may have the mail now, and only its answer tells. If the
// dot itself provably never left, the mail is merely deferred.
func (s *session) dot(ctx context.Context, body io.Closer) Outcome {
	before := s.wire.sent
	ctx, stop := Lingering(ctx, s.server.options.Timeouts.Linger)
	defer stop()
	err := s.phase(ctx, s.server.options.Timeouts.Dot, func(context.Context) error { return body.Close() })
	if err != nil {
		stage := StageDot
		if s.wire.sent == before {
			stage = StageData
		}
		return s.failed(stage, err)
	}
	answer := ""
	if closer, ok := body.(interface{ ServerResponse() string }); ok {
		answer = closer.ServerResponse() // usually the server's queue id
	}
	o := Classify(StageDot, 250, "", answer, nil)
	o.Server = s.server.address()
	return o
}

// failed judges a failed step and decides whether the connection survives:
// only a proper reply other than 421 (closing) leaves it in a known state.
func (s *session) failed(stage Stage, err error) Outcome {
	o := s.judge(stage, err)
	if o.Code == 0 || o.Code == 421 || o.Reason == ReasonProtocol {
		s.broken = true
	}
	return o
}

// reset ends whatever an earlier mail left open. A server that refuses even
// that would answer the next MAIL with 503, so the connection is given up.
func (s *session) reset(ctx context.Context) {
	err := s.phase(ctx, s.server.options.Timeouts.Command, func(context.Context) error { return s.client.Reset() })
	if err != nil {
		s.broken = true
	}
}
