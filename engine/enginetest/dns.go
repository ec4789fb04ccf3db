package enginetest

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// DNSServer is a name server on 127.0.0.1 with a zone of the test's own. What is not in it does not exist.
type DNSServer struct {
	*net.Resolver // asks this server and no other

	conn net.PacketConn
	mu   sync.Mutex
	zone map[string][]string // by type and name
}

// StartDNS starts a name server; it ends with the test.
func StartDNS(t testing.TB) *DNSServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("start name server: %v", err)
	}
	s := &DNSServer{conn: conn, zone: map[string][]string{}}
	s.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	done := make(chan struct{})
	go func() { defer close(done); s.serve() }()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return s
}

// Set makes the records of a type (TXT, MX as `10 host`, or A) those that a name has; none: the name has no such record.
// The record `fail` makes the server fail instead.
func (s *DNSServer) Set(kind, name string, records ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.zone[kind+" "+strings.ToLower(name)+"."] = records
}

func (s *DNSServer) serve() {
	buf := make([]byte, 1500)
	for {
		n, from, err := s.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var query dnsmessage.Message
		if query.Unpack(buf[:n]) != nil || len(query.Questions) != 1 {
			continue
		}
		if raw, err := s.answer(query).Pack(); err == nil {
			_, _ = s.conn.WriteTo(raw, from)
		}
	}
}

func (s *DNSServer) answer(query dnsmessage.Message) *dnsmessage.Message {
	q := query.Questions[0]
	kind := strings.TrimPrefix(q.Type.String(), "Type")
	name := strings.ToLower(q.Name.String())
	s.mu.Lock()
	records := s.zone[kind+" "+name]
	exists := false
	for key := range s.zone {
		exists = exists || strings.HasSuffix(key, " "+name)
	}
	s.mu.Unlock()
	reply := &dnsmessage.Message{Header: dnsmessage.Header{ID: query.ID, Response: true, RecursionAvailable: true}, Questions: query.Questions}
	if !exists {
		reply.RCode = dnsmessage.RCodeNameError
	}
	for _, r := range records {
		if r == "fail" {
			reply.RCode = dnsmessage.RCodeServerFailure
			return reply
		}
		reply.Answers = append(reply.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 60}, Body: record(q.Type, r),
		})
	}
	return reply
}

// record builds one record from its text.
func record(kind dnsmessage.Type, text string) dnsmessage.ResourceBody {
	switch kind {
	case dnsmessage.TypeMX:
		pref, host, _ := strings.Cut(text, " ")
		n, _ := strconv.ParseUint(pref, 10, 16)
		return &dnsmessage.MXResource{Pref: uint16(n), MX: dnsmessage.MustNewName(strings.TrimSuffix(host, ".") + ".")}
	case dnsmessage.TypeA:
		var a dnsmessage.AResource
		copy(a.A[:], net.ParseIP(text).To4())
		return &a
	}
	var parts []string // a string of a TXT record has 255 bytes at most
	for len(text) > 255 {
		parts, text = append(parts, text[:255]), text[255:]
	}
	return &dnsmessage.TXTResource{TXT: append(parts, text)}
}
