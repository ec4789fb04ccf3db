package bounce

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"time"
)

// Visit takes one message. done says that it has been dealt with and may be deleted. ErrLater leaves it as it is, to be
// read again, and the round goes on; any other error ends it.
type Visit func(raw []byte) (done bool, err error)

// ErrLater says that a message could not be dealt with now.
var ErrLater = errors.New("to be read again later")

// Mailbox is a mailbox over the network.
type Mailbox interface {
	// Each hands every message that was not left behind earlier to visit, at most a few hundred per call, each cut off at
	// 1 MiB. A message is deleted after visit said done; any other stays and is not read again.
	Each(ctx context.Context, visit Visit) error
}

// How much one round takes, and how long a server may take for one answer.
const (
	perRound  = 400
	patience  = time.Minute
	greetings = 20 * time.Second
)

// account is where a mailbox lives. Its secret is in a function, so that nothing that prints an account shows it.
type account struct {
	host, port, folder string
	tls                bool
	user               string
	secret             func() string
}

// ParseMailbox returns the mailbox that the setting `mail.bounce_mailbox` means, without connecting to it:
//
//	imaps://user:secret@host[:993]/FOLDER   (INBOX if no folder is given)
//	pop3s://user:secret@host[:995]
//
// imap:// and pop3:// speak plain text and are for this machine only. No error repeats any part of the text.
func ParseMailbox(text string) (Mailbox, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Hostname() == "" || u.User == nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("cannot be read; want imaps://user:secret@host/INBOX or pop3s://user:secret@host, with special characters of user and secret percent-encoded")
	}
	secret, ok := u.User.Password()
	if !ok || secret == "" || u.User.Username() == "" || strings.ContainsAny(u.User.Username()+secret, "\r\n\x00") {
		return nil, errors.New("needs a user and a secret")
	}
	a := account{host: u.Hostname(), port: u.Port(), folder: strings.Trim(u.Path, "/"), user: u.User.Username(), secret: func() string { return secret }}
	var box Mailbox
	switch u.Scheme {
	case "imaps", "imap":
		a.fill("993", "143", u.Scheme == "imaps")
		box = imapBox{a}
	case "pop3s", "pop3":
		a.fill("995", "110", u.Scheme == "pop3s")
		box = &popBox{account: a, left: map[string]bool{}}
	default:
		return nil, errors.New("must begin with imaps:// or pop3s://")
	}
	if !a.tls && !loopback(a.host) {
		return nil, errors.New("speaks plain text beyond this machine: use imaps:// or pop3s://")
	}
	return box, nil
}

func (a *account) fill(secure, plain string, tls bool) {
	a.tls = tls
	if a.folder == "" {
		a.folder = "INBOX"
	}
	switch {
	case a.port != "":
	case tls:
		a.port = secure
	default:
		a.port = plain
	}
}

func (a account) address() string { return net.JoinHostPort(a.host, a.port) }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
