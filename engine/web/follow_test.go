package web_test

import (
	"net/http"
	"strings"
	"testing"

	"treue/engine"
	"treue/engine/store"
)

const browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// TestFollow holds that the redirect leads to a stored address alone, whatever else the request says, and tells people
// from machines.
func TestFollow(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	_, err := s.store.Apply(t.Context(), s.definitions()[0], opened())
	s.must(err)
	const to = "https://shop.example/p/1?coupon=AUTUMN&utm_source=treue#reviews"
	link := store.NewLink("winback", 1, "winback-reminder", to)
	s.must(s.store.KeepLinks(t.Context(), []store.Link{link, link}, opened()))
	token := s.keys.Token(engine.Follow, link.ID, "2027-07")
	follow := func(r request, userAgent string) *http.Response {
		t.Helper()
		if r.header == nil {
			r.header = map[string]string{}
		}
		r.path, r.host, r.remote, r.header["User-Agent"] = "/u/r/"+token+r.path, "mail.shop.example", "192.0.2.7:1", userAgent
		res := s.do(r)
		if res.StatusCode != http.StatusFound || res.Header.Get("Location") != to || res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%+v: %s %v", r, res.Status, res.Header)
		}
		return res
	}
	follow(request{}, browser)
	follow(request{path: "?url=https://evil.example/&utm_medium=x"}, browser)
	follow(request{method: http.MethodHead}, browser)
	follow(request{header: map[string]string{"Sec-Purpose": "prefetch;prerender"}}, browser)
	follow(request{}, "")
	follow(request{}, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
	follow(request{}, "python-requests/2.32")
	counts, err := s.store.LinkClicks(t.Context(), "winback")
	s.must(err)
	if len(counts) != 1 || counts[0] != (store.LinkCount{URL: to, People: 2, Machines: 5}) {
		t.Errorf("counted %+v", counts)
	}
	if page := text(s.page("/campaigns/winback")); !strings.Contains(page, to) {
		t.Errorf("the campaign's page does not show the link:\n%s", page)
	}
	for _, forged := range []string{token[:len(token)-1], "A" + token, "https:%2f%2fevil.example", s.keys.Token(engine.Unsubscribe, link.ID, "2027-07"), strings.Repeat("a", 300)} {
		res := s.do(request{path: "/u/r/" + forged, host: "mail.shop.example", remote: "192.0.2.7:1"})
		if res.StatusCode != http.StatusNotFound || res.Header.Get("Location") != "" {
			t.Errorf("%s: %s, to %q", forged, res.Status, res.Header.Get("Location"))
		}
	}
}

// TestAgreeToTracking goes both ways on the customer's own page.
func TestAgreeToTracking(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	id, _ := s.twoCustomers()
	link := s.preferencesLink(id)
	for _, step := range []struct {
		do      string
		tracked bool
	}{{"track", true}, {"untrack", false}} {
		if len(find(s.page(link), `button[value="`+step.do+`"]`)) != 1 {
			t.Fatalf("the page has no button %s", step.do)
		}
		if res := s.do(request{method: "POST", path: link, body: "do=" + step.do}); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %s", step.do, res.Status)
		}
		tracked, err := s.store.Tracked(t.Context(), []int64{id}, asked())
		s.must(err)
		if tracked[id] != step.tracked {
			t.Errorf("after %s: tracked %v", step.do, tracked[id])
		}
	}
	chain, err := s.store.Declarations(t.Context(), id)
	s.must(err)
	agreed, ok := engine.ReadEvidence(chain[len(chain)-2].Evidence)
	if !ok || !strings.Contains(agreed.Text, "90 ") || len(agreed.Purposes) != 1 || agreed.Purposes[0] != engine.PurposeClicks {
		t.Errorf("the evidence is %+v", agreed)
	}
}
