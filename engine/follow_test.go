package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/campaigns"
	"treue/engine/store"
	"treue/rules/customer"
)

// links returns the addresses of a mail's links in the HTML part.
func links(t *testing.T, mail string) []string {
	t.Helper()
	var all []string
	for _, m := range regexp.MustCompile(`<a\s[^>]*href="([^"]*)"`).FindAllStringSubmatch(mail, -1) {
		all = append(all, m[1])
	}
	return all
}

// counting opens a shop that counts clicks, with customers who have got one mail.
func counting(t *testing.T, n int, change func(*shop)) *shop {
	t.Helper()
	s := newShop(t, func(c *Config) {
		c.CountClicks, c.PublicURL, c.Shop.URL = true, "https://mail.shop.example.com", "https://shop.example.com/?utm_source=treue&utm_medium=mail"
	})
	s.customers(n, nil)
	if change != nil {
		change(s)
	}
	s.start(func(d *campaigns.Definition) {
		d.Holdout = 0
		oneMail(d)
	})
	same(t, "sends", s.run("winback").Sends, states{campaigns.Accepted: n})
	return s
}

// followed returns the tokens of the redirects in a mail of the shop.
func (s *shop) followed(t *testing.T, to string) []string {
	t.Helper()
	var tokens []string
	for _, m := range s.smtp.Mails() {
		if m.To != to {
			continue
		}
		for _, l := range links(t, partOf(t, m, "text/html")) {
			if token, ours := strings.CutPrefix(l, "https://mail.shop.example.com/u/r/"); ours {
				tokens = append(tokens, token)
			}
		}
	}
	return tokens
}

// TestClicksWithoutNames holds that without consent the redirects of two readers are the same, that they lead where the
// mail said with every parameter, and that nothing is kept but counts. The links that the law is about stay as they are.
func TestClicksWithoutNames(t *testing.T) {
	t.Parallel()
	s := counting(t, 2, nil)
	tokens := s.followed(t, address(0))
	same(t, "redirects of two readers", s.followed(t, address(1)), tokens)
	same(t, "redirects in the reminder", len(tokens), 1)
	for _, m := range s.smtp.Mails() {
		all := strings.Join(links(t, partOf(t, m, "text/html")), " ")
		for _, plain := range []string{"/u/", "/u/p/"} {
			if !strings.Contains(all, "https://mail.shop.example.com"+plain) {
				t.Errorf("no link %s in %s", plain, all)
			}
		}
		if text := partOf(t, m, "text/plain"); strings.Contains(text, "/u/r/") || !strings.Contains(text, s.Shop.URL) {
			t.Errorf("the text part hides where it leads:\n%s", text)
		}
	}
	for range 3 {
		to, err := s.FollowLink(t.Context(), tokens[0], false, s.now)
		s.must(err)
		same(t, "leads to", to, s.Shop.URL)
	}
	_, err := s.FollowLink(t.Context(), tokens[0], true, s.now)
	s.must(err)
	counts, err := s.Store().LinkClicks(t.Context(), "winback")
	s.must(err)
	same(t, "clicks", counts, []store.LinkCount{{URL: s.Shop.URL, People: 3, Machines: 1}})
	same(t, "names", one[int](s, `SELECT count(*) FROM mail_events`), 0)
}

// TestClicksOfWhoAgreed keeps clicks of customers who agreed while they agree, for 90 days.
func TestClicksOfWhoAgreed(t *testing.T) {
	t.Parallel()
	agrees := customer.ConsentEvent{Kind: customer.ConsentAllowTracking, Source: "preference centre", Proven: true}
	s := counting(t, 2, func(s *shop) {
		agrees.EffectiveAt = s.now.Add(-time.Hour)
		s.must(s.Store().Declare(t.Context(), id(0), agrees, "agreed"))
	})
	own, shared := s.followed(t, address(0))[0], s.followed(t, address(1))[0]
	if own == shared {
		t.Fatal("the reader who agreed has the link of all")
	}
	follow := func(token string, machine bool) {
		t.Helper()
		to, err := s.FollowLink(t.Context(), token, machine, s.now)
		s.must(err)
		same(t, "leads to", to, s.Shop.URL)
	}
	kept := func() []string {
		return one[[]string](s, `SELECT coalesce(array_agg(customer_id || ' ' || campaign_key || ' ' || entry || ' ' || step_key || ' ' || detail), '{}') FROM mail_events WHERE kind = 'click'`)
	}
	s.pass(3 * time.Second)
	follow(own, false) // nobody reads that fast
	s.pass(time.Minute)
	follow(own, true)
	follow(shared, false)
	same(t, "clicks by machines and by nobody", kept(), []string{})
	follow(own, false)
	same(t, "clicks", kept(), []string{fmt.Sprintf("%d winback 1 reminder %s", id(0), s.Shop.URL)})
	counts, err := s.Store().LinkClicks(t.Context(), "winback")
	s.must(err)
	same(t, "counts", counts, []store.LinkCount{{URL: s.Shop.URL, People: 2, Machines: 2}})

	token := s.keys.PreferencesToken(id(0), address(0), "winback")
	s.must(s.DeclarePreference(t.Context(), token, customer.ConsentWithdrawTracking, Origin{}, s.now))
	same(t, "clicks after the withdrawal", kept(), []string{})
	s.pass(time.Minute)
	follow(own, false)
	same(t, "clicks without consent", kept(), []string{})
	s.pass(time.Minute)
	s.must(s.DeclarePreference(t.Context(), token, customer.ConsentAllowTracking, Origin{}, s.now))
	s.pass(time.Minute)
	follow(own, false)
	same(t, "clicks after agreeing anew", len(kept()), 1)
	n, err := s.Store().ForgetClicks(t.Context(), s.now)
	s.must(err)
	same(t, "forgotten too early", n, int64(0))
	n, err = s.Store().ForgetClicks(t.Context(), s.now.Add(time.Second))
	s.must(err)
	same(t, "forgotten in time", n, int64(1))
	follow(own, false)
	same(t, "clicks before the unsubscribe", len(kept()), 1)
	s.must(s.UnsubscribeCustomer(t.Context(), s.keys.Token(Unsubscribe, id(0), "winback"), s.now, "test"))
	same(t, "clicks after the unsubscribe", kept(), []string{})
}

// TestMutatedRedirects holds that a redirect leads to stored links alone: nothing but the original is followed.
func TestMutatedRedirects(t *testing.T) {
	t.Parallel()
	s := counting(t, 1, nil)
	token := s.followed(t, address(0))[0]
	refused := func(t rapid.TB, token string) {
		if to, err := s.FollowLink(s.t.Context(), token, false, s.now); !errors.Is(err, ErrBadToken) || to != "" {
			t.Errorf("%q leads to %q, %v", token, to, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(token)
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
			letter := rapid.SampledFrom([]byte("ABab09-_.=+/% \r\n\x00")).Draw(t, "letter")
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0:
				b[at] = letter
			case 1:
				b = append(b[:at], b[at+1:]...)
			default:
				b = append(b[:at], append([]byte{letter}, b[at:]...)...)
			}
		}
		if string(b) != token {
			refused(t, string(b))
		}
	})
	for _, forged := range []string{
		"", ".", "https://evil.example/", token + "?url=https://evil.example/",
		s.keys.Token(Unsubscribe, id(0), "winback"), s.keys.Token(Preferences, id(0), "winback"),
		s.keys.Token(Follow, 4711, "2030-01"), // signed, but no link of ours
	} {
		refused(t, forged)
	}
	if err := s.CheckLink(token); !errors.Is(err, ErrBadToken) {
		t.Error("a redirect unsubscribes")
	}
	_, err := s.FollowLink(t.Context(), token, false, s.now.AddDate(1, 0, 0))
	s.must(err)
	if _, err := s.FollowLink(t.Context(), token, false, s.now.AddDate(1, 3, 0)); !errors.Is(err, ErrBadToken) {
		t.Errorf("a link of last year leads on: %v", err)
	}
}

// TestRotatedKeys holds that links signed before a rotation work after it, and that new ones bear the new key.
func TestRotatedKeys(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	old := testKeys()
	fresh := old.Rotated(now).Rotated(now.AddDate(1, 0, 0))
	token, mark := old.Token(Follow, 7, "2030-01"), old.BounceToken(7, strings.Repeat("a", 32), []byte("hash"), now.AddDate(0, 1, 0))
	if id, _, err := fresh.ReadToken(Follow, token); err != nil || id != 7 {
		t.Errorf("%d, %v", id, err)
	}
	if m, err := fresh.ReadBounceToken(mark, now); err != nil || m.CustomerID != 7 {
		t.Errorf("%v, %v", m, err)
	}
	if _, _, err := old.ReadToken(Follow, fresh.Token(Follow, 7, "2030-01")); !errors.Is(err, ErrBadToken) {
		t.Error("the old keys read a link of the new one")
	}
	same(t, "Message-ID", fresh.MessageID(7, "a", 1, "b", "c"), old.MessageID(7, "a", 1, "b", "c"))
	late := fresh.Rotated(now.AddDate(3, 6, 0))
	if _, _, err := late.ReadToken(Follow, token); !errors.Is(err, ErrBadToken) {
		t.Error("a key that was retired over three years ago is still read")
	}
}

func TestRotateKeyFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keys.json")
	if _, err := RotateKeys(file, time.Unix(0, 0)); err == nil {
		t.Error("keys were rotated where there are none")
	}
	before, err := LoadKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	rotated, err := RotateKeys(file, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	after, err := LoadKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "link id in the file", after.LinkID, rotated.LinkID)
	same(t, "id, to which the database is bound", after.ID, before.ID)
	if id, _, err := after.ReadToken(Unsubscribe, before.Token(Unsubscribe, 7, "winback")); err != nil || id != 7 {
		t.Errorf("an old link: %d, %v", id, err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "mode", info.Mode().Perm(), os.FileMode(0o600))
}

func TestLinksThatAreCounted(t *testing.T) {
	t.Parallel()
	r := &route{
		Engine: &Engine{Config: testConfig(berlin(t))},
		claim:  &store.Claim{CouponCode: "MORGEN", Customer: store.Recipient{Email: "Anna@Customer.example", ExternalID: "17"}},
	}
	r.Shop.URL, r.PublicURL = "https://www.shop.example/", "https://mail.shop.example/treue"
	for address, counted := range map[string]bool{
		"https://shop.example/":                                true,
		"https://www.shop.example/p/1?utm_source=a&page=2#b":   true,
		"http://shop.example":                                  true,
		"https://blog.shop.example/news":                       true,
		"https://mail.shop.example/treue/u/4711":               false, // unsubscribes
		"https://mail.shop.example/treue/u/p/4711":             false,
		"https://shop.example/impressum":                       false,
		"https://shop.example/de/Datenschutz.html":             false,
		"https://other.example/":                               false,
		"https://shop.example.evil.example/":                   false,
		"https://evilshop.example/":                            false,
		"https://shop.example@evil.example/":                   false,
		"mailto:hallo@shop.example":                            false,
		"tel:+4940":                                            false,
		"https://shop.example/cart?code=morgen":                false, // the reader's own code
		"https://shop.example/?mail=anna%40customer.example":   false,
		"https://shop.example/?customer=17":                    false,
		"https://shop.example/p/17":                            true,
		"https://shop.example/" + strings.Repeat("x", maxLink): false,
		"https://shop.example/%zz":                             false,
		"HTTPS://shop.example/":                                false, // which the table of links refuses
	} {
		same(t, address, r.counts(address), counted)
	}
}
