package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		url      string
		kind     string // type of the sender, "" when refused
		loopback bool
		server   server // first server: host, port, implicitTLS, startTLS
	}{
		{"catch:", "catcher", true, server{}},
		{" catch: ", "catcher", true, server{}},
		{"eml:out", "emlDir", true, server{}},
		{"eml:/var/mail out", "emlDir", true, server{}},
		{"smtp://mail.example", "*smtpSender", false, server{host: "mail.example", port: "587", startTLS: true}},
		{"smtp://mail.example:25/", "*smtpSender", false, server{host: "mail.example", port: "25", startTLS: true}},
		{"smtp://u:p@mail.example:2525", "*smtpSender", false, server{host: "mail.example", port: "2525", startTLS: true}},
		{"smtps://u:p@mail.example", "*smtpSender", false, server{host: "mail.example", port: "465", implicitTLS: true}},
		{"smtp://localhost:1025", "*smtpSender", true, server{host: "localhost", port: "1025", loopback: true}},
		{"smtp://127.0.0.1:1025", "*smtpSender", true, server{host: "127.0.0.1", port: "1025", loopback: true}},
		{"smtp://127.3.2.1:1025", "*smtpSender", true, server{host: "127.3.2.1", port: "1025", loopback: true}},
		{"smtp://[::1]:1025", "*smtpSender", true, server{host: "::1", port: "1025", loopback: true}},
		{"smtp://127.0.0.1:1025?tls=starttls", "*smtpSender", true, server{host: "127.0.0.1", port: "1025", loopback: true, startTLS: true}},
		{"smtp://localhost.evil.example:25", "*smtpSender", false, server{host: "localhost.evil.example", port: "25", startTLS: true}},
		{"smtp://10.0.0.1:25", "*smtpSender", false, server{host: "10.0.0.1", port: "25", startTLS: true}},
		{"smtp://[::ffff:10.0.0.1]:25", "*smtpSender", false, server{host: "::ffff:10.0.0.1", port: "25", startTLS: true}},
		{"smtp://localhost:1 smtp://mail.example", "*smtpSender", false, server{host: "localhost", port: "1", loopback: true}},
		{"smtp://a.example?weight=3 smtps://b.example?weight=1000", "*smtpSender", false, server{host: "a.example", port: "587", startTLS: true}},

		{url: ""},
		{url: "catch"},
		{url: "eml:"},
		{url: "mail.example:25"},
		{url: "smtp:mail.example"},
		{url: "smtp://"},
		{url: "smtp://:25"},
		{url: "http://mail.example"},
		{url: "smtp://mail.example/path"},
		{url: "smtp://mail.example#x"},
		{url: "smtp://mail.example:0"},
		{url: "smtp://mail.example:70000"},
		{url: "smtp://mail.example?weight=0"},
		{url: "smtp://mail.example?weight=1001"},
		{url: "smtp://mail.example?weight=x"},
		{url: "smtp://mail.example?weight=1&weight=2"},
		{url: "smtp://mail.example?tls=off"},
		{url: "smtp://mail.example?tls=opportunistic"},
		{url: "smtp://mail.example?insecure=true"},
		{url: "smtp://mail.example?%zz"},
		{url: "smtp://user@mail.example"},
		{url: "smtp://user:@mail.example"},
		{url: "smtp://:secret@mail.example"},
		{url: "smtp://mail.example catch:"},
		{url: "smtp://mail.example nonsense"},
	}
	for _, tt := range tests {
		got, err := Parse(tt.url, Options{Keeper: keeper{}})
		if tt.kind == "" {
			if err == nil {
				t.Errorf("Parse(%q) was accepted", tt.url)
			}
			continue
		}
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.url, err)
			continue
		}
		if kind := strings.Replace(fmt.Sprintf("%T", got), "delivery.", "", 1); kind != tt.kind || got.Loopback() != tt.loopback {
			t.Errorf("Parse(%q) = %s, loopback %v", tt.url, kind, got.Loopback())
		}
		if s, isSMTP := got.(*smtpSender); isSMTP {
			first := *s.servers[0]
			first.login, first.options = nil, Options{}
			if !reflect.DeepEqual(first, tt.server) {
				t.Errorf("Parse(%q) = %+v, want %+v", tt.url, first, tt.server)
			}
		}
	}
}

func TestParseOptions(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"negative timeout": {Timeouts: Timeouts{Dot: -1}},
		"EHLO name":        {Hello: "a b\r\nMAIL"},
	} {
		if _, err := Parse("smtp://localhost", o); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := Parse("catch:", Options{}); err == nil {
		t.Error("catch: without a keeper was accepted")
	}
	got, err := Parse("smtp://localhost", Options{Timeouts: Timeouts{Dot: time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	o := got.(*smtpSender).servers[0].options
	if o.Timeouts != (Timeouts{30 * time.Second, 5 * time.Minute, time.Second, 4 * time.Second}) || o.Hello == "" {
		t.Errorf("defaults: %+v", o)
	}
}

// Whatever stands where a secret may stand, properly written or not, neither
// an error nor a printed sender repeats it.
func TestSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		secret := "Zq7" + rapid.StringMatching(`[a-z0-9:/?#@%&=\[\] ]{1,12}`).Draw(t, "secret") + "Zq7"
		written := secret
		if rapid.Bool().Draw(t, "escaped") {
			written = url.QueryEscape(secret)
		}
		spec := fmt.Sprintf(rapid.SampledFrom([]string{
			"smtp://user:%s@localhost:1", "smtps://user:%s@localhost:1", "smtp:user:%s@localhost", "smtp://%s", "%s", "smtp://localhost?%s", "smtp://localhost#%s",
		}).Draw(t, "form"), written)
		sender, err := Parse(spec, Options{Hello: "x"})
		printed := fmt.Sprintf("%v %+v %#v %v", sender, sender, sender, err)
		if s, isSMTP := sender.(*smtpSender); isSMTP && strings.Contains(spec, "user:") {
			printed += fmt.Sprintf("%+v %#v", *s.servers[0], s.servers[0].login)
		}
		if isSecretForm := err != nil || strings.Contains(spec, "user:"); isSecretForm && strings.Contains(printed, "Zq7") {
			t.Fatalf("Parse(%q) tells the secret: %s", spec, printed)
		}
	})
}

func TestScrubber(t *testing.T) {
	t.Parallel()
	scrub := scrubber("user", "geheim")
	got := scrub("5.7.8 geheim Z2VoZWlt AHVzZXIAZ2VoZWlt refused")
	if want := "5.7.8 *** *** *** refused"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBalance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 5).Draw(t, "weights")
		b := newBalance(weights)
		total, firsts := 0, make([]int, len(weights))
		for _, w := range weights {
			total += w
		}
		for range 3 * total {
			order := b.order()
			seen := map[int]bool{}
			for _, i := range order {
				seen[i] = true
			}
			if len(order) != len(weights) || len(seen) != len(weights) {
				t.Fatalf("order %v is not a permutation", order)
			}
			firsts[order[0]]++
		}
		for i, w := range weights {
			if firsts[i] != 3*w {
				t.Fatalf("turns %v for weights %v", firsts, weights)
			}
		}
		b.failed(0)
		for range passOver - 1 {
			if order := b.order(); len(order) > 1 && order[len(order)-1] != 0 {
				t.Fatalf("a failed server is not last: %v", order)
			}
		}
		firsts[0] = 0
		for range 2 * total {
			if b.order()[0] == 0 {
				firsts[0]++
			}
		}
		if firsts[0] == 0 {
			t.Fatal("a failed server never returns")
		}
	})
}

// keeper is a Keeper in memory.
type keeper map[string]Caught

func (k keeper) Keep(ctx context.Context, mail Caught) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if mail.To == "full@shop.example" {
		return errors.New("disk full\x00")
	}
	k[mail.MessageID] = mail
	return nil
}
