package bounce

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/emersion/go-imap"
	"github.com/emersion/go-imap/client"
)

// imapBox is a folder of an IMAP server (RFC 3501). Messages that are left behind are marked as seen.
type imapBox struct{ account }

// Each implements Mailbox.
func (b imapBox) Each(ctx context.Context, visit Visit) error {
	c, err := b.dial(ctx)
	if err != nil {
		return fmt.Errorf("reach the bounce mailbox: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = c.Terminate() })()
	err = b.round(c, visit)
	if ctx.Err() == nil {
		_ = c.Logout() // what counts has been answered
	}
	_ = c.Terminate()
	if err != nil {
		return fmt.Errorf("read the bounce mailbox: %w", err)
	}
	return nil
}

func (b imapBox) dial(ctx context.Context) (*client.Client, error) {
	d := dialer{net.Dialer{Timeout: greetings}, ctx}
	var c *client.Client
	var err error
	if b.tls {
		c, err = client.DialWithDialerTLS(d, b.address(), &tls.Config{ServerName: b.host, MinVersion: tls.VersionTLS12})
	} else {
		c, err = client.DialWithDialer(d, b.address())
	}
	if err != nil {
		return nil, err
	}
	c.Timeout = patience
	if err := c.Login(b.user, b.secret()); err != nil {
		_ = c.Terminate()
		return nil, fmt.Errorf("log in: %w", err)
	}
	return c, nil
}

// dialer makes a dial of go-imap end with its context.
type dialer struct {
	net.Dialer

	ctx context.Context //nolint:containedctx // go-imap dials without one
}

// Dial implements client.Dialer.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(d.ctx, network, address)
}

// round reads what is new and expunges what was dealt with, also after a failure: it has been committed.
func (b imapBox) round(c *client.Client, visit Visit) error {
	if _, err := c.Select(b.folder, false); err != nil {
		return err
	}
	fresh := imap.NewSearchCriteria()
	fresh.WithoutFlags = []string{imap.SeenFlag, imap.DeletedFlag}
	ids, err := c.UidSearch(fresh)
	if err != nil {
		return err
	}
	dealt := false
	for _, id := range ids[:min(len(ids), perRound)] {
		var done bool
		done, err = visitOne(c, id, visit)
		if errors.Is(err, ErrLater) {
			err = nil
			continue
		}
		if err != nil {
			break
		}
		dealt = dealt || done
	}
	if dealt {
		err = errors.Join(err, c.Expunge(nil))
	}
	return err
}

// visitOne fetches a message without marking it, hands it over and then marks it.
func visitOne(c *client.Client, id uint32, visit Visit) (done bool, err error) {
	set := new(imap.SeqSet)
	set.AddNum(id)
	section := &imap.BodySectionName{Peek: true, Partial: []int{0, maxNested}}
	messages := make(chan *imap.Message, 1)
	fetched := make(chan error, 1)
	go func() { fetched <- c.UidFetch(set, []imap.FetchItem{section.FetchItem()}, messages) }()
	var raw []byte
	for m := range messages {
		if body := m.GetBody(section); body != nil && raw == nil {
			raw, err = io.ReadAll(body)
		}
	}
	if err = errors.Join(err, <-fetched); err != nil || raw == nil {
		return false, err // without a body it was deleted by somebody else
	}
	if done, err = visit(raw); err != nil {
		return false, err
	}
	flag := imap.SeenFlag
	if done {
		flag = imap.DeletedFlag
	}
	return done, c.UidStore(set, imap.FormatFlagsOp(imap.AddFlags, true), []any{flag}, nil)
}
