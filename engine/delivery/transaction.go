package delivery

import "context"

// deliver runs one transaction: RSET if need be, MAIL, RCPT, DATA, text, dot.
func (s *session) deliver(ctx context.Context, mail Prepared) Outcome {
	if mail.UTF8 && !s.offers("SMTPUTF8") {
		o := Classify(StageRcpt, 0, "5.6.7", "server does not offer SMTPUTF8, which this address needs", nil)
		o.Server = s.server.address()
		return o
	}
	if o, ready := s.fill(ctx, mail); !ready {
		return o
	}
	if ctx.Err() != nil {
		return s.failed(StageData, errStopped)
	}
	return s.dot(ctx)
}

// fill does all that comes before the dot; without ready the outcome is final.
func (s *session) fill(ctx context.Context, mail Prepared) (o Outcome, ready bool) {
	defer s.watch(ctx)()
	commands := s.commands(mail)
	s.used = true
	granted, err := s.converse(ctx, commands)
	if err != nil {
		o = s.failed(commands[granted].stage, err)
		if !s.broken {
			s.tidy(ctx, commands[granted+1:])
		}
		return o, false
	}
	err = s.wait(ctx, s.server.options.Timeouts.Command, func() error { return s.text(mail.Raw) })
	if err != nil {
		return s.failed(StageData, err), false
	}
	return Outcome{}, true
}

// dot sends the final dot and waits for its answer, for a while even when
// cancelled: the server may have the mail now, and only its answer tells. If the
// dot itself provably never left, the mail is merely deferred.
func (s *session) dot(ctx context.Context) Outcome {
	before := s.wire.sent
	ctx, stop := Lingering(ctx, s.server.options.Timeouts.Linger)
	defer stop()
	defer s.watch(ctx)()
	var answer string // usually the server's queue id
	err := s.wait(ctx, s.server.options.Timeouts.Dot, func() (err error) {
		_ = s.give([]command{{line: "."}}) // a server that hung up may have said why
		_, answer, err = s.client.Text.ReadResponse(250)
		return err
	})
	if err != nil {
		stage := StageDot
		if s.wire.sent == before {
			stage = StageData
		}
		return s.failed(stage, err)
	}
	o := Classify(StageDot, 250, "", answer, nil)
	o.Server = s.server.address()
	return o
}

// failed judges a failed step and decides whether the connection survives:
// only a proper reply other than 421 (closing) leaves it in a known state, and
// no refusal of RSET does, after which the next MAIL would be answered by 503.
func (s *session) failed(stage Stage, err error) Outcome {
	o := s.judge(stage, err)
	if o.Code == 0 || o.Code == 421 || o.Reason == ReasonProtocol || stage == StageReset {
		s.broken = true
	}
	return o
}
