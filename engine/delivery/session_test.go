package delivery

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// A name that is taken for loopback may be spoken to in plain text, so it must
// not lead to another machine.
func TestLoopbackNameMustLeadToLoopback(t *testing.T) {
	t.Parallel()
	tests := []struct {
		loopback bool
		remote   net.Addr
		want     error
	}{
		{true, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, nil},
		{true, &net.TCPAddr{IP: net.IPv6loopback}, nil},
		{true, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1)}, errNotLoopback},
		{true, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, errNotLoopback},
		{false, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1)}, nil},
	}
	for _, tt := range tests {
		if err := (&server{loopback: tt.loopback}).allows(tt.remote); !errors.Is(err, tt.want) {
			t.Errorf("loopback %v, remote %v: got %v, want %v", tt.loopback, tt.remote, err, tt.want)
		}
	}
}

// cut is a connection that dies at one write, before or after it has left.
type cut struct {
	net.Conn
	at   string
	left bool
}

func (c cut) Write(p []byte) (int, error) {
	if string(p) != c.at {
		return c.Conn.Write(p)
	}
	n := 0
	if c.left {
		n, _ = c.Conn.Write(p)
	}
	_ = c.Conn.Close()
	return n, syscall.EPIPE
}

// If the dot provably never left, the mail is not delivered; if it may have
// left, nobody knows, whatever the write said.
func TestDotThatNeverLeft(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		cut  cut
		kind Kind
	}{
		{"text lost", cut{at: "From: x\r\n\r\ntext\r\n"}, Deferred},
		{"dot not sent", cut{at: ".\r\n"}, Deferred},
		{"dot sent, then lost", cut{at: ".\r\n", left: true}, Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			here, there := net.Pipe()
			done := make(chan struct{})
			go func() { defer close(done); agree(there) }()
			t.Cleanup(func() { _ = here.Close(); <-done })
			tt.cut.Conn = here
			s := &session{server: &server{host: "mail.example", port: "25"}}
			s.server.options.Timeouts = Timeouts{Connect: time.Minute, Command: time.Minute, Dot: time.Minute, Linger: time.Minute}
			s.wire = &wire{Conn: tt.cut, budget: maxReply}
			var err error
			if s.client, err = smtp.NewClient(s.wire, "mail.example"); err != nil {
				t.Fatal(err)
			}
			if err := s.client.Hello("shop.example"); err != nil {
				t.Fatal(err)
			}
			got := s.deliver(context.Background(), Prepared{From: "a@shop.example", To: "b@shop.example", Raw: []byte("From: x\r\n\r\ntext\r\n")})
			if got.Kind != tt.kind || !s.broken {
				t.Errorf("got %v (broken %v), want %v and a broken session", got, s.broken, tt.kind)
			}
		})
	}
}

// agree is a server that says yes to commands and nothing to the dot.
func agree(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	reply := "220 hello\r\n"
	in := bufio.NewReader(conn)
	for {
		if _, err := conn.Write([]byte(reply)); err != nil {
			return
		}
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		reply = "250 ok\r\n"
		if strings.HasPrefix(line, "DATA") {
			_, _ = conn.Write([]byte("354 go\r\n"))
			for err == nil && line != ".\r\n" {
				line, err = in.ReadString('\n')
			}
			return
		}
	}
}
