package delivery

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// maxWeight bounds ?weight=.
const maxWeight = 1000

// Parse returns the sender that the setting `mail.url` means:
//
//	catch:                            kept by Options.Keeper for the built-in viewer
//	eml:DIR                           one .eml file per mail
//	smtp://user:secret@host:port      STARTTLS required; plain text only to loopback
//	smtps://user:secret@host:port     TLS from the first byte
//
// Several SMTP servers are separated by spaces; ?weight=N (1 to 1000, default
// 1) gives their shares, and a server that cannot be reached is passed over.
// ?tls=starttls demands STARTTLS of a loopback server, too. The default ports
// are 587 and 465. No error repeats any part of the text, as a misplaced
// character can make a secret look like a host.
func Parse(spec string, o Options) (Sender, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	spec = strings.TrimSpace(spec)
	switch dir, isDir := strings.CutPrefix(spec, "eml:"); {
	case spec == "catch:" && o.Keeper == nil:
		return nil, errors.New("mail URL catch: needs a place to keep the mail")
	case spec == "catch:":
		return catcher{o.Keeper}, nil
	case isDir && dir == "":
		return nil, errors.New("mail URL eml: needs a directory, such as eml:outgoing")
	case isDir:
		return emlDir{dir}, nil
	case spec == "":
		return nil, errors.New("mail URL is empty; write catch:, eml:DIR or smtp://user:secret@host:port")
	}
	return parseServers(strings.Fields(spec), o)
}

func parseServers(fields []string, o Options) (Sender, error) {
	var servers []*server
	var weights []int
	for i, field := range fields {
		s, weight, err := parseServer(field)
		if err != nil {
			return nil, fmt.Errorf("mail URL, server %d: %w", i+1, err)
		}
		s.options = o
		servers, weights = append(servers, s), append(weights, weight)
	}
	return &smtpSender{servers: servers, balance: newBalance(weights)}, nil
}

// parseServer reads one server. url.Parse's own errors are dropped for their
// habit of quoting what they could not read.
func parseServer(field string) (*server, int, error) {
	u, err := url.Parse(field)
	if err != nil || u.Hostname() == "" || u.Opaque != "" {
		return nil, 0, errors.New("cannot be read; write smtp://user:secret@host:port, with special characters of user and secret percent-encoded")
	}
	if (u.Path != "" && u.Path != "/") || u.Fragment != "" {
		return nil, 0, errors.New("has a path or fragment; percent-encode / and # in user and secret")
	}
	port, implicit, err := schemePort(u)
	if err != nil {
		return nil, 0, err
	}
	weight, starttls, err := parseQuery(u.RawQuery)
	if err != nil {
		return nil, 0, err
	}
	s := &server{host: u.Hostname(), port: port, implicitTLS: implicit}
	s.loopback = loopbackHost(s.host)
	s.startTLS = !implicit && (!s.loopback || starttls)
	if u.User != nil {
		secret, given := u.User.Password()
		if !given || secret == "" || u.User.Username() == "" {
			return nil, 0, errors.New("has a user without a secret, or a secret without a user")
		}
		s.login = newLogin(s.host, u.User.Username(), secret)
	}
	return s, weight, nil
}

func schemePort(u *url.URL) (port string, implicit bool, err error) {
	switch u.Scheme {
	case "smtp":
		port = "587"
	case "smtps":
		port, implicit = "465", true
	default:
		return "", false, errors.New("must begin with smtp:// or smtps:// (catch: and eml:DIR stand alone)")
	}
	if u.Port() != "" {
		port = u.Port()
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", false, errors.New("has a port outside 1 to 65535")
	}
	return port, implicit, nil
}

func parseQuery(raw string) (weight int, starttls bool, err error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return 0, false, errors.New("has parameters that cannot be read; percent-encode ? in user and secret")
	}
	weight = 1
	for key, values := range query {
		switch {
		case len(values) != 1:
			return 0, false, errors.New("has a repeated parameter")
		case key == "weight":
			if weight, err = strconv.Atoi(values[0]); err != nil || weight < 1 || weight > maxWeight {
				return 0, false, errors.New("has a weight outside 1 to 1000")
			}
		case key == "tls" && values[0] == "starttls":
			starttls = true
		default:
			return 0, false, errors.New("has an unknown parameter; there are weight=N and tls=starttls")
		}
	}
	return weight, starttls, nil
}

// login makes go-mail's authentication for a mechanism and hides the secret
// from everything that prints a value: only functions hold it.
type login struct {
	auth  func(mechanism string) smtp.Auth
	scrub func(text string) string
}

func newLogin(host, user, secret string) *login {
	return &login{
		auth: func(mechanism string) smtp.Auth {
			// Plain text is possible here only on loopback: the session has made
			// sure of encryption everywhere else.
			if mechanism == "LOGIN" {
				return smtp.LoginAuth(user, secret, host, true)
			}
			return smtp.PlainAuth("", user, secret, host, true)
		},
		scrub: scrubber(user, secret),
	}
}

// address is where to dial.
func (s *server) address() string { return net.JoinHostPort(s.host, s.port) }
