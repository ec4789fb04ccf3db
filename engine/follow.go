package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"treue/engine/store"
	"treue/rules/features"
)

// Clicks on links to the shop are counted by a redirect. The link is the same for all readers of a step's mail, so that
// it says nothing about who follows it, unless the reader has agreed to be known (section 25 TDDDG, EDPB guidelines
// 2/2023). There is no pixel, and openings are not counted at all.

// clickLife is how long what is known of single customers' clicks is kept.
const clickLife = 90 * 24 * time.Hour

// route is where the redirect of one mail's links leads from, collecting the links it is asked for.
type route struct {
	*Engine
	claim *store.Claim
	own   bool // the reader agrees to be known
	now   time.Time
	found []store.Link
}

// through returns the address of the redirect to a link, or the link itself if it is not to be counted.
func (r *route) through(address string) string {
	if !r.counts(address) {
		return address
	}
	l := store.NewLink(r.claim.CampaignKey, r.claim.Version, r.claim.StepKey, address)
	if !slices.Contains(r.found, l) {
		r.found = append(r.found, l)
	}
	about := trail{until: features.DayOf(r.now, r.Zone).Date().AddDate(1, 2, 0)}
	if r.own {
		about.customer, about.entry = r.claim.CustomerID, r.claim.Entry
	}
	return r.link(Follow, r.keys.Token(Follow, l.ID, about.String()))
}

// counts reports whether a link leads to the shop and is nobody's own: not what unsubscribes or names the sender, not
// what carries a code or an address.
func (r *route) counts(address string) bool {
	u, err := url.Parse(address)
	// HTTPS:// would do for browsers, but is kept by nobody: such a link stays as it is.
	web := strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
	if err != nil || !web || len(address) > maxLink || !sameSite(u.Host, r.Shop.URL) {
		return false
	}
	if strings.HasPrefix(address, strings.TrimRight(r.PublicURL, "/")+"/u/") || legal(u.Path) {
		return false
	}
	return !r.personal(u)
}

// personal reports whether a link carries what is this customer's alone: counting it would be keeping who followed it.
func (r *route) personal(u *url.URL) bool {
	said := []string{u.Path, u.Fragment}
	for _, values := range u.Query() {
		if slices.Contains(values, r.claim.Customer.ExternalID) {
			return true
		}
		said = append(said, values...)
	}
	text := strings.ToLower(strings.Join(said, "\n"))
	return slices.ContainsFunc([]string{r.claim.CouponCode, r.claim.Customer.Email}, func(own string) bool {
		return own != "" && strings.Contains(text, strings.ToLower(own))
	})
}

// maxLink bounds the address of a link, in bytes.
const maxLink = 2000

// sameSite reports whether a host is the shop's or one of its subdomains.
func sameSite(host, shop string) bool {
	u, err := url.Parse(shop)
	if err != nil || u.Host == "" {
		return false
	}
	own, host := strings.TrimPrefix(strings.ToLower(u.Host), "www."), strings.ToLower(host)
	return host == own || strings.HasSuffix(host, "."+own)
}

// legal reports whether a page says who sends the mail and on what terms: it must be reached without a detour.
func legal(path string) bool {
	pages := []string{"impressum", "imprint", "legal", "legal-notice", "datenschutz", "privacy", "privacy-policy", "agb", "terms", "widerruf", "unsubscribe"}
	return slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(path), func(r rune) bool { return r == '/' || r == '.' }), func(step string) bool {
		return slices.Contains(pages, step)
	})
}

// trail is what a link says beside where it leads.
type trail struct {
	until    time.Time // a day; rounded to its month, so that it does not tell readers apart
	customer int64     // 0: nobody
	entry    int
}

// String has the month until which the link is good and, of a reader who agreed, who it is.
func (t trail) String() string {
	text := t.until.Format("2006-01")
	if t.customer != 0 {
		text += fmt.Sprintf(" %d %d", t.customer, t.entry)
	}
	return text
}

func readTrail(text string) (trail, error) {
	parts := strings.Split(text, " ")
	until, err := time.Parse("2006-01", parts[0])
	t := trail{until: until}
	if len(parts) == 3 && err == nil {
		var wrong error
		t.customer, err = strconv.ParseInt(parts[1], 10, 64)
		t.entry, wrong = strconv.Atoi(parts[2])
		err = cmp.Or(err, wrong)
	}
	if err != nil || len(parts) != 1 && len(parts) != 3 {
		return t, ErrBadToken
	}
	return t, nil
}

// FollowLink returns where a link of a mail leads, and counts the click: machine says that no person made it. ErrBadToken:
// the link is not ours, or too old, or leads nowhere. A click that cannot be counted is followed all the same.
func (e *Engine) FollowLink(ctx context.Context, token string, machine bool, now time.Time) (string, error) {
	id, text, err := e.keys.ReadToken(Follow, token)
	if err != nil {
		return "", err
	}
	about, err := readTrail(text)
	if err != nil || !now.Before(about.until) {
		return "", ErrBadToken
	}
	l, err := e.store.LinkOf(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return "", ErrBadToken
	}
	if err != nil {
		return "", err
	}
	click := store.Click{Link: l, Machine: machine, CustomerID: about.customer, Entry: about.entry}
	if err := e.store.CountClick(ctx, click, features.DayOf(now, e.Zone).Date(), now); err != nil {
		e.Log.Error("a click was not counted", "link", l.ID, "error", err)
	}
	return l.URL, nil
}

// agreed returns which customers of the claims agree that their own clicks are kept.
func (d *dispatch) agreed(ctx context.Context, claims []store.Claim) (map[int64]bool, error) {
	if !d.CountClicks {
		return nil, nil //nolint:nilnil // nobody is asked for
	}
	ids := make([]int64, len(claims))
	for i := range claims {
		ids[i] = claims[i].CustomerID
	}
	return d.store.Tracked(ctx, ids, d.now)
}

// keepLinks stores where a mail leads, once per dispatch. r may be nil.
func (d *dispatch) keepLinks(ctx context.Context, r *route) error {
	if r == nil {
		return nil
	}
	d.mu.Lock()
	fresh := slices.DeleteFunc(r.found, func(l store.Link) bool { return d.links[l] })
	d.mu.Unlock()
	if err := d.store.KeepLinks(ctx, fresh, d.now); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range fresh {
		d.links[l] = true
	}
	return nil
}
