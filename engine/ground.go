package engine

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Ground says why real mail must not leave this machine yet, each with what is missing; nil: nothing is. Mail to
// the catcher, to files or to a mail server on this machine needs none of it.
func (e *Engine) Ground(ctx context.Context) error {
	if e.sender.Loopback() {
		return nil
	}
	var missing []error
	for _, m := range e.MissingImprint() {
		missing = append(missing, fmt.Errorf("imprint.%s is missing (section 5 DDG)", m))
	}
	if e.ReplyTo.Addr == "" {
		missing = append(missing, errors.New("mail.reply_to is missing: somebody must be able to answer"))
	}
	if !strings.HasPrefix(e.PublicURL, "https://") {
		missing = append(missing, errors.New("public_url is missing or not https: unsubscribe links would be dead"))
	} else if err := e.SelfTest(ctx); err != nil {
		missing = append(missing, fmt.Errorf("public_url does not lead to this server: unsubscribe links would be dead: %w", err))
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("mail must not leave this machine yet: %w", errors.Join(missing...))
}

// MissingImprint returns the settings of the imprint that the law asks for and that are not made (section 5 DDG).
func (e *Engine) MissingImprint() []string {
	i := e.Shop.Imprint
	var missing []string
	for _, f := range []struct{ name, value string }{
		{"name", i.Name}, {"street", i.Street}, {"zip", i.Zip}, {"city", i.City}, {"email", i.Email},
	} {
		if strings.TrimSpace(f.value) == "" {
			missing = append(missing, f.name)
		}
	}
	return missing
}

// selfTestTimeout bounds the look at our own public address.
const selfTestTimeout = 5 * time.Second

// SelfTest asks the public address to sign a nonce: only a server with our keys can. An error says why the links in
// mails would be dead.
func (e *Engine) SelfTest(ctx context.Context) error {
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails
	ctx, cancel := context.WithTimeout(ctx, selfTestTimeout)
	defer cancel()
	url := strings.TrimRight(e.PublicURL, "/") + "/selftest/" + hex.EncodeToString(nonce)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody) //nolint:gosec // the address is the operator's own setting
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req) //nolint:gosec // the address is the operator's own setting
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil {
		return err
	}
	if !hmac.Equal(answer, []byte(e.SignSelfTest(hex.EncodeToString(nonce)))) {
		return fmt.Errorf("%s answered %s without our signature", e.PublicURL, resp.Status)
	}
	return nil
}

// SignSelfTest answers a self-test.
func (e *Engine) SignSelfTest(nonce string) string {
	return hex.EncodeToString(mac(e.keys.Link, "self-test", nonce))
}

// ErrFarClock says why a run at another time must not reach real people.
var ErrFarClock = errors.New("--as-of lies more than five minutes from now: such a run sends only to `catch:`, `eml:` or a mail server on this machine")

// MaySend refuses real mail to a run whose clock is not the wall's, and to a shop without the ground for it.
func (e *Engine) MaySend(ctx context.Context, now, wall time.Time) error {
	const tolerance = 5 * time.Minute
	if d := now.Sub(wall); (d > tolerance || d < -tolerance) && !e.sender.Loopback() {
		return ErrFarClock
	}
	return e.Ground(ctx)
}
