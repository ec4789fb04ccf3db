package delivery

import (
	"context"
	"strings"
	"time"
)

// tidyTime bounds each wait for an answer that changes no outcome any more,
// only whether the connection can be kept.
const tidyTime = 10 * time.Second

const pipelining = "PIPELINING" // the extension that lets commands go as a group

// command is one line of a transaction.
type command struct {
	stage Stage
	line  string
	want  int // the reply code that grants it, or its first digits
}

// commands lists what comes before the text. RSET ends whatever an earlier
// mail left open, and shows whether the server still listens.
func (s *session) commands(mail Prepared) []command {
	sender := "MAIL FROM:<" + mail.From + ">"
	if s.offers("8BITMIME") {
		sender += " BODY=8BITMIME"
	}
	if mail.UTF8 {
		sender += " SMTPUTF8"
	}
	list := []command{
		{StageReset, "RSET", 250},
		{StageMail, sender, 250},
		{StageRcpt, "RCPT TO:<" + mail.To + ">", 25},
		{StageData, "DATA", 354},
	}
	if !s.used {
		list = list[1:]
	}
	return list
}

// converse gives the commands and waits for their answers: in one round trip
// where the server takes a group (RFC 2920), else in one for each. It returns
// how many were granted; an error belongs to the one after them.
func (s *session) converse(ctx context.Context, commands []command) (granted int, err error) {
	grouped := s.offers(pipelining)
	for i, c := range commands {
		given := commands[i : i+1]
		switch {
		case grouped && i == 0:
			given = commands
		case grouped:
			given = nil
		}
		err := s.wait(ctx, s.server.options.Timeouts.Command, func() error {
			if err := s.give(given); err != nil {
				return err
			}
			_, _, err := s.client.Text.ReadResponse(c.want)
			return err
		})
		if err != nil {
			return i, err
		}
	}
	return len(commands), nil
}

// give writes commands at once.
func (s *session) give(commands []command) error {
	for _, c := range commands {
		if strings.ContainsAny(c.line, "\r\n") {
			return errLineBreak
		}
	}
	for _, c := range commands {
		_, _ = s.client.Text.W.WriteString(c.line + "\r\n") // Flush tells
	}
	return s.client.Text.W.Flush()
}

// tidy reads what a server says to the rest of a group after it has refused
// one, and gives the connection up if that leaves doubt about its state.
func (s *session) tidy(ctx context.Context, rest []command) {
	if !s.offers(pipelining) {
		return // the rest was never given
	}
	recipient, text := false, false
	for _, c := range rest {
		code := s.leftover(ctx, nil)
		switch {
		case refusal(code):
		case c.stage == StageRcpt && code/10 == 25:
			recipient = true
		case c.stage == StageData && code == 354:
			text = true
		default:
			s.broken = true
			return
		}
	}
	if !text {
		return
	}
	// The server waits for a text. A lone dot ends it (RFC 2920 section 3.1), but
	// not if a recipient was taken, who would get an empty mail.
	if recipient || s.client.Text.R.Buffered() > 0 {
		s.broken = true
		return
	}
	if code := s.leftover(ctx, []command{{line: "."}}); code/100 != 2 && !refusal(code) {
		s.broken = true
	}
}

// refusal reports whether a reply code leaves the connection as it was.
func refusal(code int) bool { return (code/100 == 4 || code/100 == 5) && code != 421 }

// leftover reads the code of an answer that decides nothing, 0 without one.
func (s *session) leftover(ctx context.Context, given []command) (code int) {
	limit := min(s.server.options.Timeouts.Command, tidyTime)
	err := s.wait(ctx, limit, func() (err error) {
		if err = s.give(given); err == nil {
			code, _, err = s.client.Text.ReadResponse(0)
		}
		return err
	})
	if err != nil {
		return 0
	}
	return code
}

// offers reports whether the server's answer to the last EHLO named an extension.
func (s *session) offers(extension string) bool {
	offered, _ := s.client.Extension(extension)
	return offered
}
