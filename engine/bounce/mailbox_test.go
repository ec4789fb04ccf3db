package bounce

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/backend/memory"
	"github.com/emersion/go-imap/server"
)

func TestParseMailbox(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"imaps://b%40shop.example:s%2Fe@mail.shop.example/INBOX": "", "imaps://u:s3cret@host": "", "pop3s://u:s3cret@host:1995": "", "imap://u:s3cret@127.0.0.1:1": "",
		"imap://u:s3cret@host": "plain text", "pop3://u:s3cret@host": "plain text", "https://u:s3cret@host": "must begin", "imaps://host": "cannot be read",
		"imaps://u@host": "secret", "imaps://u:s3cret%0d@host": "secret", "": "cannot be read", "imaps://u:s3cret@host\x00": "cannot be read", "imaps://u:s3cret@host?x": "cannot be read",
	} {
		box, err := ParseMailbox(text)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if box != nil && strings.Contains(fmt.Sprintf("%+v", box), "s3cret") {
			t.Errorf("%q shows its secret", text)
		}
	}
}

// imapServer is a server with these messages unread in the inbox.
func imapServer(t *testing.T, messages ...string) (url string, inbox func() []*memory.Message) {
	t.Helper()
	back := memory.New()
	user, err := back.Login(nil, "username", "password")
	if err != nil {
		t.Fatal(err)
	}
	box, err := user.GetMailbox("INBOX")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		if err := box.CreateMessage(nil, time.Unix(0, 0), literal{strings.NewReader(m)}); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := server.New(back)
	s.AllowInsecureAuth = true
	served := make(chan struct{})
	go func() { defer close(served); _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close(); <-served })
	return "imap://username:password@" + l.Addr().String(), func() []*memory.Message { return box.(*memory.Mailbox).Messages }
}

type literal struct{ *strings.Reader }

func (l literal) Len() int { return l.Reader.Len() }

// popServer answers POP3 sessions over these messages until the test ends.
type popServer struct {
	mu       sync.Mutex
	messages []string // "" is deleted
	breaks   string   // the command at which the connection ends
}

func (p *popServer) start(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var sessions sync.WaitGroup
	sessions.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			sessions.Go(func() { p.session(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); sessions.Wait() })
	return "pop3://u:s@" + l.Addr().String()
}

func (p *popServer) session(conn net.Conn) {
	text := textproto.NewConn(conn)
	defer text.Close()
	var dead []int
	_ = text.PrintfLine("+OK ready")
	for {
		l, err := text.ReadLine()
		command, argument, _ := strings.Cut(l, " ")
		p.mu.Lock()
		stop := err != nil || command == p.breaks
		p.mu.Unlock()
		if stop {
			return
		}
		var n int
		_, _ = fmt.Sscan(argument, &n)
		switch command {
		case "USER", "PASS":
			_ = text.PrintfLine("+OK")
		case "UIDL":
			p.dotted(text, p.list())
		case "RETR":
			p.mu.Lock()
			m := p.messages[n-1]
			p.mu.Unlock()
			p.dotted(text, m)
		case "DELE":
			dead = append(dead, n)
			_ = text.PrintfLine("+OK")
		case "QUIT":
			p.mu.Lock()
			for _, n := range dead {
				p.messages[n-1] = ""
			}
			p.mu.Unlock()
			_ = text.PrintfLine("+OK bye")
			return
		default:
			_ = text.PrintfLine("-ERR")
		}
	}
}

func (p *popServer) dotted(text *textproto.Conn, body string) {
	_ = text.PrintfLine("+OK")
	w := text.DotWriter()
	_, _ = w.Write([]byte(body))
	_ = w.Close()
}

func (p *popServer) list() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b strings.Builder
	for i, m := range p.messages {
		if m != "" {
			fmt.Fprintf(&b, "%d uid%d\r\n", i+1, i+1)
		}
	}
	return b.String()
}

func subjects(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("Subject: %d\r\n\r\n.dot\r\n", i))
	}
	return all
}

// round collects the subjects that a mailbox hands over; even ones are done, and at one of them visit fails.
func round(t *testing.T, box Mailbox, failsAt string) (seen []string, err error) {
	t.Helper()
	err = box.Each(t.Context(), func(raw []byte) (bool, error) {
		r := Parse(raw)
		if r.Subject == failsAt {
			return true, errors.New("not committed")
		}
		if !strings.Contains(string(raw), "\r\n.dot") {
			t.Errorf("%q is not what was sent", raw)
		}
		seen = append(seen, r.Subject)
		return strings.Contains("024", r.Subject), nil
	})
	return seen, err
}

// TestMailboxes holds that every message is handed over, that only what is done is deleted, that what is not comes no
// second time, and that a failure deletes nothing that was not committed.
func TestMailboxes(t *testing.T) {
	t.Parallel()
	for protocol, start := range map[string]func(*testing.T) (string, func() []string){
		"imap": func(t *testing.T) (string, func() []string) {
			url, inbox := imapServer(t, subjects(5)...)
			return url, func() (left []string) {
				for _, m := range inbox()[1:] { // the first is the backend's own, read long ago
					left = append(left, Parse(m.Body).Subject)
				}
				return left
			}
		},
		"pop3": func(t *testing.T) (string, func() []string) {
			p := &popServer{messages: subjects(5)}
			return p.start(t), func() (left []string) {
				p.mu.Lock()
				defer p.mu.Unlock()
				for _, m := range p.messages {
					if m != "" {
						left = append(left, Parse([]byte(m)).Subject)
					}
				}
				return left
			}
		},
	} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			url, left := start(t)
			box, err := ParseMailbox(url)
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range []struct {
				failsAt    string
				seen, left []string
			}{
				{"2", []string{"0", "1"}, []string{"1", "2", "3", "4"}},
				{"", []string{"2", "3", "4"}, []string{"1", "3"}},
				{"", nil, []string{"1", "3"}},
			} {
				seen, err := round(t, box, step.failsAt)
				if (err != nil) != (step.failsAt != "") || !slices.Equal(seen, step.seen) || !slices.Equal(left(), step.left) {
					t.Fatalf("saw %v, want %v; left %v, want %v; %v", seen, step.seen, left(), step.left, err)
				}
			}
		})
	}
}

// TestBrokenMailboxes holds that a server that breaks off, refuses or is away is an error and loses nothing.
func TestBrokenMailboxes(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"USER", "PASS", "UIDL", "RETR", "DELE", "QUIT"} {
		p := &popServer{messages: subjects(1), breaks: command}
		box, err := ParseMailbox(p.start(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = round(t, box, ""); err == nil || p.list() == "" {
			t.Errorf("%s: %v, left %q", command, err, p.list())
		}
	}
	url, _ := imapServer(t)
	for _, text := range []string{strings.Replace(url, "password", "wrong", 1), url + "/Absent", "imap://u:s@127.0.0.1:1", "pop3s://u:s@127.0.0.1:1"} {
		box, err := ParseMailbox(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := box.Each(t.Context(), nil); err == nil || strings.Contains(err.Error(), "wrong") {
			t.Errorf("%s: %v", text, err)
		}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	box, err := ParseMailbox(url)
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Each(stopped, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}
