package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"treue/engine/store"
	"treue/engine/web"
	"treue/rules/customer"
)

// preferencesLink returns the path of a customer's page.
func (s *shop) preferencesLink(customerID int64) string {
	c, err := s.store.ChoicesOf(s.t.Context(), customerID, asked())
	if !errors.Is(err, store.ErrNotFound) {
		s.must(err)
	}
	u, err := url.Parse(s.engine.PreferencesLink(customerID, c.Email, "winback"))
	s.must(err)
	return u.Path
}

// confirmLink asks for a consent and returns the path of the link in the mail that was caught.
func (s *shop) confirmLink(email string) string {
	s.t.Helper()
	res := s.do(request{method: "POST", path: "/consent", host: "mail.shop.example", remote: "192.0.2.7:1", body: "agree=yes&language=de&email=" + url.QueryEscape(email)})
	if res.StatusCode != http.StatusOK {
		s.t.Fatal(res.Status)
	}
	mails, _, err := s.store.CaughtMails(s.t.Context(), 1, 0)
	s.must(err)
	for _, a := range find(s.page("/mails/"+itoa(mails[0].ID)), "a") {
		if href := attribute(a, "href"); strings.Contains(href, "/u/c/") {
			return href[strings.Index(href, "/u/c/"):]
		}
	}
	s.t.Fatal("the mail has no link to confirm")
	return ""
}

func itoa(n int64) string { b, _ := json.Marshal(n); return string(b) }

// choices reads what a customer has chosen and declared.
func (s *shop) choices(id int64) (rests, granted, objected bool) {
	s.t.Helper()
	c, err := s.store.ChoicesOf(s.t.Context(), id, asked())
	s.must(err)
	return c.Preferences.Paused(asked()), c.Consent.Valid(), c.Consent.ObjectedToProfiling()
}

// TestScannersConfirmNothing opens the links of confirmation and preferences a thousand times, in every way that is no POST.
func TestScannersConfirmNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	id, _ := s.twoCustomers()
	confirm, prefs := s.confirmLink("new@mail.example"), s.preferencesLink(id)
	for i := range 1000 {
		r := request{path: confirm, method: []string{"GET", "HEAD"}[i%2], host: "mail.shop.example", remote: "192.0.2.7:1"}
		switch i % 5 {
		case 1:
			r.path = prefs + "?do=withdraw&done=withdraw"
		case 2:
			r.header = map[string]string{"Sec-Purpose": "prefetch;prerender"}
		case 3:
			r.header = map[string]string{"X-HTTP-Method-Override": "POST"}
		case 4:
			r.path = prefs + "/data"
		}
		if res := s.do(r); res.StatusCode != http.StatusOK {
			t.Fatalf("%+v: %s", r, res.Status)
		}
	}
	if all, err := s.store.Declarations(t.Context(), id); err != nil || len(all) != 1 {
		t.Fatalf("opening links declared something: %v %v", all, err)
	}
	if _, err := s.store.FindCustomer(t.Context(), "consent-form"); err == nil {
		t.Error("a stranger became a customer without a confirmation")
	}
	for range 2 {
		res := s.do(request{method: "POST", path: confirm, host: "mail.shop.example", remote: "192.0.2.8:1", header: map[string]string{"Sec-Fetch-Site": "same-origin"}})
		wantText(t, parse(t, res), "h1", "Danke, Sie sind angemeldet")
	}
	if res := s.do(request{method: "POST", path: confirm, header: map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("another site may confirm: %s", res.Status)
	}
}

// TestPreferenceButtons presses every button as a browser without scripts does, and looks at what it did.
func TestPreferenceButtons(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	id, other := s.twoCustomers()
	link := s.preferencesLink(id)
	for _, step := range []struct {
		do                       string
		rests, granted, objected bool
	}{
		{"save&topic=x&language=de&birthday=1980-02-29", false, true, false},
		{"rest", true, true, false},
		{"resume", false, true, false},
		{"withdraw", false, false, false},
		{"object", false, false, true},
		{"allow", false, false, true}, // in the same instant the no wins
	} {
		res := s.do(request{method: "POST", path: link, body: "do=" + step.do, host: "mail.shop.example", remote: "192.0.2.7:1"})
		if res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %s", step.do, res.Status)
		}
		page := s.do(request{path: res.Header.Get("Location")})
		if doc := parse(t, page); len(find(doc, "p.done")) != 1 {
			t.Errorf("%s: the page does not say what was done", step.do)
		}
		if rests, granted, objected := s.choices(id); rests != step.rests || granted != step.granted || objected != step.objected {
			t.Errorf("after %s: rests %v, granted %v, objected %v", step.do, rests, granted, objected)
		}
	}
	if rests, granted, _ := s.choices(other); rests || !granted {
		t.Error("another customer was changed")
	}
	for _, body := range []string{"", "do=erase", "do=save&birthday=tomorrow", "do=save&birthday=2999-01-01", "%zz"} {
		if res := s.do(request{method: "POST", path: link, body: body}); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %s", body, res.Status)
		}
	}
	for _, bad := range []string{link[:len(link)-1], s.preferencesLink(id + 1), "/u/p/" + s.unsubscribeLink(id)[3:], "/u/p/" + strings.Repeat("a", 5000)} {
		for _, path := range []string{bad, bad + "/data", bad + "/data.json"} {
			if res := s.do(request{path: path}); res.StatusCode != http.StatusNotFound {
				t.Errorf("%.40s: %s", path, res.Status)
			}
		}
	}
}

func TestConsentForm(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	post := func(body, remote string) int {
		return s.do(request{method: "POST", path: "/consent", body: body, remote: remote, header: map[string]string{"Origin": "https://shop.example", "Sec-Fetch-Site": "cross-site"}}).StatusCode
	}
	for body, want := range map[string]int{
		"email=a@mail.example": 422, "agree=yes&email=nobody": 422, "agree=yes&email=trap@mail.example&website=http://spam.example": 200,
		"agree=yes&email=a@mail.example": 200, "agree=yes&email=A@mail.example": 200,
	} {
		if got := post(body, "192.0.2.9:1"); got != want {
			t.Errorf("%s: %d, want %d", body, got, want)
		}
	}
	if _, n, err := s.store.CaughtMails(t.Context(), 10, 0); err != nil || n != 1 {
		t.Errorf("%d mails, want one: %v", n, err)
	}
	last := 0
	for range 40 {
		last = post("agree=yes&email=trap@mail.example&website=x", "192.0.2.10:1")
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the fortieth request in a row: %d", last)
	}
	if got := post("agree=yes&email=trap@mail.example&website=x", "192.0.2.11:1"); got != 200 {
		t.Errorf("somebody else: %d", got)
	}
}

func TestPersonalData(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	id, _ := s.twoCustomers()
	link := s.preferencesLink(id)
	if words := text(s.page(link + "/data")); !strings.Contains(words, "c1@mail.example") || strings.Contains(words, "c2@mail.example") {
		t.Errorf("the page holds not exactly one customer: %s", words)
	}
	res := s.do(request{path: link + "/data.json"})
	var doc struct{ Records map[string][]map[string]any }
	if err := json.Unmarshal([]byte(body(t, res)), &doc); err != nil || doc.Records["customers"][0]["email"] != "c1@mail.example" {
		t.Errorf("the file: %v %v", doc, err)
	}
}

// TestProofSaysWhenItIsNone prints a chain before and after somebody changed it.
func TestProofSaysWhenItIsNone(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	id, _ := s.twoCustomers()
	s.do(request{method: "POST", path: s.preferencesLink(id), body: "do=object", header: map[string]string{"User-Agent": "<b>Browser"}})
	all, err := s.store.Declarations(t.Context(), id)
	s.must(err)
	printed := func() string {
		var b bytes.Buffer
		s.must(web.WriteProof(&b, web.Proof{Language: "en", Shop: "Shop", Declarations: all, At: asked()}))
		return b.String()
	}
	if page := printed(); !strings.Contains(page, "The chain of 2 declarations is whole") || strings.Contains(page, "<b>") || strings.Contains(page, "WARNING") {
		t.Errorf("of a whole chain: %s", page)
	}
	all[1].Fits = false
	if page := printed(); !strings.Contains(page, "WARNING: the chain is broken from declaration 2 on") || !strings.Contains(page, "Not proven") {
		t.Errorf("of a broken chain: %s", page)
	}
}

// TestClosedPageTellsNothing opens a customer's page by a link that went to an address of before.
func TestClosedPageTellsNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	id, _ := s.twoCustomers()
	u, err := url.Parse(s.engine.PreferencesLink(id, "before@mail.example", "winback"))
	s.must(err)
	link := u.Path
	for _, r := range []request{
		{path: link},
		{path: link + "/data"},
		{path: link + "/data.json"},
		{method: "POST", path: link, body: "do=grant"},
		{method: "POST", path: link, body: "do=allow"},
		{method: "POST", path: link, body: "do=rest"},
		{method: "POST", path: link, body: "do=save&language=de"},
	} {
		res := s.do(r)
		doc := parse(t, res)
		words := text(doc)
		if res.StatusCode != http.StatusForbidden || strings.Contains(words, "mail.example") {
			t.Errorf("%s %s %s: %s, %s", r.method, r.path, r.body, res.Status, words)
		}
		wantText(t, doc, "h1", "This link shows no data")
		if !strings.Contains(words, "fresh link") || !strings.Contains(words, "hallo@shop.example") {
			t.Errorf("%s does not say how to get another link: %s", r.body, words)
		}
	}
	for _, do := range []string{"withdraw", "object"} {
		res := s.do(request{method: "POST", path: link, body: "do=" + do})
		if res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %s", do, res.Status)
		}
		if doc := parse(t, s.do(request{path: res.Header.Get("Location")})); len(find(doc, "p.done")) != 1 {
			t.Errorf("%s: the page does not say what was done", do)
		}
	}
	if _, granted, objected := s.choices(id); granted || !objected {
		t.Errorf("a no counts not: granted %t, objected %t", granted, objected)
	}
}

// TestOtherLanguagesStay shows a language in which there are no mails, and sends the form back as a browser does.
func TestOtherLanguagesStay(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	id, _ := s.twoCustomers()
	french := customer.Customer{ID: id, Source: "shop", ExternalID: "c1", Email: "c1@mail.example", Language: "fr"}
	s.importAll([]customer.Customer{french}, nil)
	link := s.preferencesLink(id)
	var selected []string
	for _, o := range find(s.page(link), "select option[selected]") {
		selected = append(selected, attribute(o, "value"), text(o))
	}
	if !slices.Equal(selected, []string{"", "français"}) {
		t.Fatalf("selected: %q", selected)
	}
	s.do(request{method: "POST", path: link, body: "do=save&language=" + selected[0]})
	if c, err := s.store.ChoicesOf(t.Context(), id, asked()); err != nil || c.Speaks() != "fr" {
		t.Errorf("saving turned fr into %s, %v", c.Speaks(), err)
	}
}
