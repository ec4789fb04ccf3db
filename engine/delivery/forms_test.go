package delivery

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// move is what a server does when a command comes, instead of agreeing.
type move struct {
	reply string // "" with then: nothing is said
	then  string // "drop", "hang" or "cancel": the client is told to stop, and gets no answer
}

// moved is a server that follows a script for one mail. It talks over pipes, so
// that hours of silence pass in no time.
type moved struct {
	grouped bool            // offers PIPELINING
	lax     bool            // answers DATA with 354 though there is no recipient
	mixedUp bool            // grants RCPT though it has refused MAIL
	cancel  func()          // what "cancel" does
	done    chan struct{}   // ends those that hang
	mu      sync.Mutex      // for what follows
	script  map[string]move // by verb, each for once; "DATA nobody" and ". nobody" are for a mail without recipient
	taken   []string        // the texts of the mails it has accepted
	writes  []string        // what the client wrote, piece by piece
}

// next takes the move for a command off the script.
func (m *moved) next(verb, usual string) move {
	m.mu.Lock()
	defer m.mu.Unlock()
	if made, scripted := m.script[verb]; scripted {
		delete(m.script, verb)
		return made
	}
	return move{reply: usual}
}

// tcpLike makes a pipe tell of its end as a network does.
type tcpLike struct {
	net.Conn

	server *moved
}

func (c tcpLike) Write(p []byte) (int, error) {
	c.server.mu.Lock()
	c.server.writes = append(c.server.writes, string(p))
	c.server.mu.Unlock()
	n, err := c.Conn.Write(p)
	if errors.Is(err, io.ErrClosedPipe) {
		err = syscall.EPIPE
	}
	return n, err
}

func (m *moved) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	go m.serve(there)
	return tcpLike{here, m}, nil
}

// serve is one connection: a server that knows what was granted.
func (m *moved) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	if !m.make(conn, move{reply: "220 hello"}) {
		return
	}
	sender, recipient := false, false
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		made := move{reply: "503 5.5.1 out of order"}
		switch {
		case verb == "EHLO" && m.grouped:
			made.reply = "250-here\r\n250 PIPELINING"
		case verb == "EHLO", verb == "QUIT":
			made.reply = "250 here"
		case verb == "RSET":
			made = m.next(verb, "250 ok")
			sender, recipient = false, false
			if !strings.HasPrefix(made.reply, "250") {
				made.then = "drop" // else the rest of a group would be for a mail of the next connection
			}
		case verb == "MAIL":
			made = m.next(verb, "250 ok")
			sender = strings.HasPrefix(made.reply, "250")
		case verb == "RCPT" && (sender || m.mixedUp):
			made = m.next(verb, "250 ok")
			recipient = strings.HasPrefix(made.reply, "25")
		case verb == "DATA" && (recipient || m.lax):
			if made = m.next(of(verb, recipient), "354 go"); !strings.HasPrefix(made.reply, "354") {
				break
			}
			if !m.make(conn, made) {
				return
			}
			made = m.text(in, recipient)
		case verb == "DATA":
			made = m.next(of(verb, false), "554 5.5.1 nobody")
		}
		if !m.make(conn, made) {
			return
		}
	}
}

func of(verb string, recipient bool) string {
	if recipient {
		return verb
	}
	return verb + " nobody"
}

// text reads up to the dot.
func (m *moved) text(in *bufio.Reader, recipient bool) move {
	var text strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return move{then: "drop"}
		}
		if line != ".\r\n" {
			text.WriteString(line)
			continue
		}
		made := m.next(of(".", recipient), map[bool]string{true: "250 queued", false: "554 5.5.1 nobody"}[recipient])
		if recipient && strings.HasPrefix(made.reply, "2") {
			m.mu.Lock()
			m.taken = append(m.taken, text.String())
			m.mu.Unlock()
		}
		return made
	}
}

// make makes a move and reports whether the connection lives on.
func (m *moved) make(conn net.Conn, made move) bool {
	if made.then == "cancel" {
		m.cancel()
	}
	if made.then == "cancel" || made.then == "hang" {
		<-m.done
		return false
	}
	if made.reply != "" {
		if _, err := conn.Write([]byte(made.reply + "\r\n")); err != nil {
			return false
		}
	}
	return made.then != "drop" && !strings.HasPrefix(made.reply, "421")
}

// run sends a mail that nothing happens to (unless the connection is to be
// fresh), one that meets the script, and one more.
func (m *moved) run(t *testing.T, fresh bool, script map[string]move) (outcomes []Outcome) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		m.done = make(chan struct{})
		o, err := Options{Hello: "shop.example"}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		s := &server{host: "mail.example", port: "25", options: o, connect: m.dial}
		conn := &smtpConn{sender: &smtpSender{servers: []*server{s}, balance: newBalance([]int{1})}}
		send := func() {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			m.cancel = cancel
			mail := Prepared{From: "a@shop.example", To: "b@shop.example", Raw: []byte("Subject: x\r\n\r\n.text\r\n")}
			o := conn.Send(ctx, mail)
			if o.Code == 0 {
				o.Text = "" // the network's words: a write that fails, or a read
			}
			outcomes = append(outcomes, o)
		}
		if !fresh {
			send()
		}
		m.mu.Lock()
		m.script = script
		m.mu.Unlock()
		send()
		m.mu.Lock()
		m.script = nil
		m.mu.Unlock()
		send()
		_ = conn.Close()
		close(m.done)
	})
	return outcomes
}

// moves draws what may happen at each command.
func moves(replies map[string][]string) *rapid.Generator[map[string]move] {
	return rapid.Custom(func(t *rapid.T) map[string]move {
		script := map[string]move{}
		for _, verb := range []string{"RSET", "MAIL", "RCPT", "DATA", "DATA nobody", ".", ". nobody"} {
			made := move{reply: rapid.SampledFrom(slices.Concat([]string{"agree", "agree", "agree", ""}, replies["any"], replies[verb])).Draw(t, verb)}
			switch made.reply {
			case "agree":
				continue
			case "":
				made.then = rapid.SampledFrom([]string{"drop", "hang", "cancel"}).Draw(t, "then")
				if strings.HasSuffix(verb, "nobody") && made.then == "cancel" {
					made.then = "hang" // it might overtake the refusal
				}
			default:
				made.then = rapid.SampledFrom([]string{"", "", "drop"}).Draw(t, "then")
			}
			script[verb] = made
		}
		return script
	})
}

func properReplies() map[string][]string {
	return map[string][]string{
		"any": {
			"421 4.3.2 closing", "421 4.7.28 rate", "450 4.2.1 busy", "451 4.7.1 slow down", "451 no", "500 what", "503 5.5.1 order",
			"530 5.7.0 login", "550 5.1.1 no such user", "550-5.7.1 not\r\n550 5.7.1 you", "552 5.3.4 too big", "554 no", "what", "12", "200 ok", "354 go", "600 x",
		},
		"MAIL": {"250 2.1.0 ok", "250-ok\r\n250 ok"}, "RCPT": {"251 forwarded", "252 perhaps", "250-2.1.5 ok\r\n250 ok"},
		"DATA": {"250 ok"}, ".": {"250 2.0.0 queued as 1", "251 ok"}, ". nobody": {"250 ok"},
	}
}

// TestFormsAgree: whatever a server does that answers every command once, up to
// where it hangs up or falls silent, a mail comes to the same in one group as
// step by step, is taken as often, and the next mail goes through.
func TestFormsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		script := moves(properReplies()).Draw(rt, "script")
		fresh := rapid.Bool().Draw(rt, "fresh")
		stepwise, grouped := &moved{}, &moved{grouped: true, lax: rapid.Bool().Draw(rt, "lax"), mixedUp: rapid.Bool().Draw(rt, "mixed up")}
		want := stepwise.run(t, fresh, maps.Clone(script))
		got := grouped.run(t, fresh, maps.Clone(script))
		if !slices.Equal(got, want) || !slices.Equal(grouped.taken, stepwise.taken) {
			rt.Fatalf("%v:\nin a group %+v, taken %q\nstep by step %+v, taken %q", script, got, grouped.taken, want, stepwise.taken)
		}
		if last := got[len(got)-1]; last.Kind != Accepted {
			rt.Fatalf("%v: the next mail was %+v", script, last)
		}
	})
}

// TestAnswersThatDoNotFit: a server that answers too much, too little or nothing
// at all never gets a mail twice, and what it took is never called undelivered.
func TestAnswersThatDoNotFit(t *testing.T) {
	t.Parallel()
	replies := properReplies()
	for _, verb := range []string{"RSET", "MAIL", "RCPT"} {
		replies[verb] = append(replies[verb], "250-ok", "250 ok\r\n250 ok", "250 ok\r\n550 5.1.1 no", "550 no\r\n354 go", "250 ok\r\n354 go", strings.Repeat("250-x\r\n", 50_000))
	}
	rapid.Check(t, func(rt *rapid.T) {
		script := moves(replies).Draw(rt, "script")
		server := &moved{grouped: rapid.Bool().Draw(rt, "grouped"), lax: rapid.Bool().Draw(rt, "lax")}
		outcomes := server.run(t, true, maps.Clone(script))
		o := outcomes[0]
		later := 0
		if outcomes[1].Kind == Accepted {
			later = 1
		}
		switch taken := len(server.taken) - later; {
		case taken > 1, o.Kind == Accepted && taken != 1, taken == 1 && o.Stage != StageDot:
			rt.Fatalf("%v: taken %d times, outcome %+v, next %+v", script, taken, o, outcomes[1])
		}
	})
}

// TestWrites: where the server takes groups, a mail is one write for all commands, one for the text and the dot.
func TestWrites(t *testing.T) {
	t.Parallel()
	const (
		mail, rcpt, data = "MAIL FROM:<a@shop.example>\r\n", "RCPT TO:<b@shop.example>\r\n", "DATA\r\n"
		text, dot        = "Subject: x\r\n\r\n..text\r\n", ".\r\n"
	)
	for grouped, want := range map[bool][]string{
		true:  {"EHLO shop.example\r\n", mail + rcpt + data, text, dot, "RSET\r\n" + mail + rcpt + data, text, dot, "QUIT\r\n"},
		false: {"EHLO shop.example\r\n", mail, rcpt, data, text, dot, "RSET\r\n", mail, rcpt, data, text, dot, "QUIT\r\n"},
	} {
		server := &moved{grouped: grouped}
		server.run(t, true, nil)
		if !slices.Equal(server.writes, want) {
			t.Errorf("grouped %v: wrote %q, want %q", grouped, server.writes, want)
		}
	}
}

// What is stuffed is what the standard library's writer of texts makes of it.
func TestStuffed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		raw := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{".", "..", "a", "\r\n", "\r\n", " "})).Draw(rt, "raw"), "")
		var want strings.Builder
		out := bufio.NewWriter(&want)
		dots := textproto.NewWriter(out).DotWriter()
		_, _ = dots.Write([]byte(raw))
		_ = dots.Close()
		text, _ := stuffed([]byte(raw), make([]byte, 3))
		if got := string(text) + ".\r\n"; got != want.String() {
			rt.Fatalf("%q became %q, want %q", raw, got, want.String())
		}
	})
}
