package enginetest

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/mail"
	"strings"
	"time"
)

// smtpSession is one connection.
type smtpSession struct {
	server   *SMTPServer
	tcp      net.Conn // below TLS
	conn     net.Conn
	in       *bufio.Reader
	number   int
	tls      bool
	user     string
	from, to string
	sender   bool // MAIL was granted
	taking   bool // RCPT was granted
	params   string
	begun    time.Time
}

func (c *smtpSession) run() {
	defer c.server.wg.Done()
	defer func() {
		_ = c.conn.Close()
		c.server.mu.Lock()
		delete(c.server.conns, c.tcp)
		c.server.mu.Unlock()
	}()
	if c.server.config.Implicit && !c.encrypt() {
		return
	}
	c.in = bufio.NewReader(c.conn)
	if !c.answer(AtBanner, "220 scripted.test ESMTP") {
		return
	}
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		c.server.log(SMTPCommand{c.number, c.tls, line})
		if !c.command(line) {
			return
		}
	}
}

// command answers one line and reports whether the connection lives on.
func (c *smtpSession) command(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO":
		return c.answer(AtEhlo, c.offers())
	case "STARTTLS":
		return c.startTLS()
	case "AUTH":
		return c.auth(rest)
	case "MAIL":
		return c.mail(rest)
	case "RCPT":
		return c.rcpt(rest)
	case "DATA":
		return c.data()
	case "RSET":
		return c.answer(AtReset, "250 2.0.0 reset")
	case "NOOP":
		return c.write("250 2.0.0 ok\r\n", false)
	case "QUIT":
		c.answer(AtQuit, "221 2.0.0 bye")
		return false
	}
	return c.write("500 5.5.1 unknown command\r\n", false)
}

func (c *smtpSession) offers() string {
	lines := []string{"scripted.test", "8BITMIME", "ENHANCEDSTATUSCODES"}
	if !c.server.config.NoUTF8 {
		lines = append(lines, "SMTPUTF8")
	}
	if !c.server.config.Stepwise {
		lines = append(lines, "PIPELINING")
	}
	if c.server.config.TLS != nil && !c.tls {
		lines = append(lines, "STARTTLS")
	}
	if c.server.config.User != "" {
		lines = append(lines, "AUTH PLAIN LOGIN")
	}
	for i := range lines {
		lines[i] = map[bool]string{true: "250 ", false: "250-"}[i == len(lines)-1] + lines[i]
	}
	return strings.Join(lines, "\n")
}

func (c *smtpSession) startTLS() bool {
	if c.server.config.TLS == nil {
		return c.write("502 5.5.1 no TLS here\r\n", false)
	}
	if step, scripted := c.server.next(c.to, AtStartTLS); scripted {
		return c.act(step, "220 2.0.0 go ahead")
	}
	if !c.write("220 2.0.0 go ahead\r\n", false) || !c.encrypt() {
		return false
	}
	c.in = bufio.NewReader(c.conn)
	return true
}

func (c *smtpSession) encrypt() bool {
	conn := tls.Server(c.tcp, c.server.config.TLS)
	c.conn, c.tls = conn, true
	return conn.Handshake() == nil
}

// auth knows PLAIN with an initial response, and LOGIN.
func (c *smtpSession) auth(rest string) bool {
	if step, scripted := c.server.next(c.to, AtAuth); scripted {
		return c.act(step, "235 2.7.0 welcome")
	}
	mechanism, initial, _ := strings.Cut(rest, " ")
	given := decode64(initial)
	if strings.EqualFold(mechanism, "LOGIN") {
		given = "\x00" + c.ask("Username:") + "\x00" + c.ask("Password:")
	}
	if given != "\x00"+c.server.config.User+"\x00"+c.server.config.Secret {
		return c.write("535 5.7.8 credentials invalid\r\n", false)
	}
	c.user = c.server.config.User
	return c.write("235 2.7.0 welcome\r\n", false)
}

func (c *smtpSession) ask(prompt string) string {
	c.write("334 "+base64.StdEncoding.EncodeToString([]byte(prompt))+"\r\n", false)
	line, _ := c.in.ReadString('\n')
	return decode64(strings.TrimRight(line, "\r\n"))
}

func decode64(s string) string {
	plain, _ := base64.StdEncoding.DecodeString(s)
	return string(plain)
}

func (c *smtpSession) mail(rest string) bool {
	c.from, c.params = envelope(rest)
	c.begun, c.taking = time.Now(), false
	usual := "250 2.1.0 sender ok"
	if c.server.config.User != "" && c.user == "" {
		usual = "530 5.7.0 login first"
	}
	step, _ := c.server.next(c.to, AtMail)
	c.sender = granted(step, usual)
	return c.act(step, usual)
}

func (c *smtpSession) rcpt(rest string) bool {
	if !c.sender {
		return c.write("503 5.5.1 MAIL first\r\n", false)
	}
	c.to, _ = envelope(rest)
	const usual = "250 2.1.5 recipient ok"
	step, _ := c.server.next(c.to, AtRcpt)
	c.taking = granted(step, usual)
	return c.act(step, usual)
}

// granted reports whether the answer to MAIL or RCPT is a yes.
func granted(step SMTPStep, usual string) bool {
	return strings.HasPrefix(cmp.Or(step.Reply, usual), "25")
}

// nobody answers DATA when there is no recipient. What a lax server then reads
// is kept with the commands.
func (c *smtpSession) nobody() bool {
	const refusal = "554 5.5.1 no valid recipients\r\n"
	if !c.server.config.Lax {
		return c.write(refusal, false)
	}
	if !c.write("354 go ahead\r\n", false) {
		return false
	}
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return false
		}
		c.server.log(SMTPCommand{c.number, c.tls, strings.TrimRight(line, "\r\n")})
		if line == ".\r\n" {
			return c.write(refusal, false)
		}
	}
}

// data reads the text up to the dot; anything but a 354 refuses it.
func (c *smtpSession) data() bool {
	if !c.taking {
		return c.nobody()
	}
	if step, scripted := c.server.next(c.to, AtData); scripted {
		alive := c.act(step, "354 go ahead")
		if !alive || step.Silent || (step.Reply != "" && !strings.HasPrefix(step.Reply, "354")) {
			return alive
		}
	} else if !c.write("354 go ahead\r\n", false) {
		return false
	}
	var raw bytes.Buffer
	for {
		line, err := c.in.ReadBytes('\n')
		if err != nil {
			return false
		}
		if string(line) == ".\r\n" {
			return c.taken(raw.Bytes())
		}
		if raw.Len() == 0 {
			if step, scripted := c.server.next(c.to, AtBody); scripted && !c.act(step, "") {
				return false
			}
		}
		raw.Write(bytes.TrimPrefix(line, []byte(".")))
	}
}

// taken answers the dot. The mail is recorded before the answer, so that a
// test sees it as soon as its client has the outcome.
func (c *smtpSession) taken(raw []byte) bool {
	step, scripted := c.server.next(c.to, AtDot)
	if refused := step.Reply != "" && !strings.HasPrefix(step.Reply, "2") || step.Drop || step.Reset || step.Hang || step.Silent; !refused || step.Keep {
		c.record(raw)
	}
	usual := fmt.Sprintf("250 2.0.0 queued as %d", c.number)
	if scripted {
		return c.act(step, usual)
	}
	return c.write(usual+"\r\n", false)
}

func (c *smtpSession) record(raw []byte) {
	m := SMTPMail{From: c.from, To: c.to, Raw: raw, Params: c.params, Conn: c.number, TLS: c.tls, User: c.user, Begun: c.begun}
	if parsed, err := mail.ReadMessage(bytes.NewReader(raw)); err == nil {
		m.Header, m.MessageID = parsed.Header, parsed.Header.Get("Message-Id")
	}
	if c.server.config.Brief {
		m.Header, m.Raw = nil, nil
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.server.mails = append(c.server.mails, m)
}

// answer plays the script's step for a stage, or gives the usual answer.
func (c *smtpSession) answer(stage SMTPStage, usual string) bool {
	step, _ := c.server.next(c.to, stage)
	return c.act(step, usual)
}

func (c *smtpSession) act(step SMTPStep, usual string) bool {
	if !c.wait(step) {
		return false
	}
	reply := step.Reply
	if reply == "" {
		reply = usual
	}
	if !step.Raw && reply != "" {
		reply = strings.ReplaceAll(reply, "\n", "\r\n") + "\r\n"
	}
	closing := step.Hang || step.Drop || step.Reset
	if reply != "" && !step.Silent && (!closing || step.Reply != "") && !c.write(reply, step.Slow) {
		return false
	}
	if step.Hang {
		_, _ = io.Copy(io.Discard, c.in) // ends when the client leaves, or Stop closes the connection
	}
	if tcp, isTCP := c.tcp.(*net.TCPConn); isTCP && step.Reset {
		_ = tcp.SetLinger(0)
		_ = tcp.Close()
	}
	return !closing
}

// wait holds the answer back; it reports false when the session is over.
func (c *smtpSession) wait(step SMTPStep) bool {
	if step.Reached != nil {
		close(step.Reached)
	}
	if step.Until != nil {
		select {
		case <-step.Until:
		case <-c.server.done:
			return false
		}
	}
	if step.Delay > 0 {
		timer := time.NewTimer(step.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.server.done:
			return false
		}
	}
	return true
}

func (c *smtpSession) write(reply string, slow bool) bool {
	size := len(reply)
	if slow {
		size = 1
	}
	for len(reply) > 0 {
		n := min(size, len(reply))
		if _, err := c.conn.Write([]byte(reply[:n])); err != nil {
			return false
		}
		reply = reply[n:]
	}
	return true
}

// envelope splits "FROM:<a@b> PARAM" into the address and the rest.
func envelope(s string) (addr, params string) {
	_, s, _ = strings.Cut(s, "<")
	addr, params, _ = strings.Cut(s, ">")
	return addr, strings.TrimSpace(params)
}
