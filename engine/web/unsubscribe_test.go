package web_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"treue/engine/web"
	"treue/rules/customer"
)

// objected tells whether a customer has objected to advertising, as the engine would know it.
func (s *shop) objected(id int64) bool {
	s.t.Helper()
	all, err := s.store.Aggregates(s.t.Context(), asked().Add(time.Hour), s.terms())
	s.must(err)
	for i := range all {
		if all[i].CustomerID == id {
			return all[i].ConsentDates.ObjectedAt != nil
		}
	}
	s.t.Fatal("no such customer")
	return false
}

// twoCustomers imports two customers and returns their ids.
func (s *shop) twoCustomers() (int64, int64) {
	yes, signed := true, opened().AddDate(-1, 0, 0)
	var people []customer.Customer
	for _, id := range []string{"c1", "c2"} {
		people = append(people, customer.Customer{
			ID: customer.NewID("shop", id), Source: "shop", ExternalID: id, Email: id + "@mail.example", Consent: &yes, ConsentAt: &signed, ConsentSource: "checkout",
		})
	}
	s.importAll(people, nil)
	return people[0].ID, people[1].ID
}

// TestScannersUnsubscribeNobody opens the link as link scanners do: a thousand times, in every way that is no POST.
func TestScannersUnsubscribeNobody(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	id, _ := s.twoCustomers()
	link := s.unsubscribeLink(id)
	for i := range 1000 {
		r := request{path: link, method: []string{"GET", "HEAD"}[i%2], host: "mail.shop.example", remote: "192.0.2.7:1"}
		switch i % 5 {
		case 1:
			r.path += "?List-Unsubscribe=One-Click"
		case 2:
			r.header = map[string]string{"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender"}
		case 3:
			r.header = map[string]string{"X-HTTP-Method-Override": "POST", "X-Method-Override": "POST"}
		case 4:
			r.path += "?_method=post&by=page"
		}
		if res := s.do(r); res.StatusCode != http.StatusOK {
			t.Fatalf("%+v: %s", r, res.Status)
		}
	}
	if s.objected(id) {
		t.Fatal("opening a link unsubscribed a customer")
	}
	for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS"} {
		if res := s.do(request{path: link, method: method}); res.StatusCode < 400 {
			t.Errorf("%s: %s", method, res.Status)
		}
	}
	if s.objected(id) {
		t.Fatal("something other than a POST unsubscribed a customer")
	}
}

// TestUnsubscribe posts in every way a reader or a provider does. None has a cookie, and none is sent elsewhere.
func TestUnsubscribe(t *testing.T) {
	t.Parallel()
	form, kind := multipartForm(t, "List-Unsubscribe", "One-Click")
	for name, r := range map[string]request{
		"one-click":           {body: "List-Unsubscribe=One-Click"},
		"one-click multipart": {body: form, header: map[string]string{"Content-Type": kind}},
		"button":              {body: "by=page", header: map[string]string{"Sec-Fetch-Site": "same-origin"}},
		"no body":             {},
		"unreadable body":     {body: "%zz", header: map[string]string{"Content-Type": "multipart/form-data"}},
		"from another site":   {body: "List-Unsubscribe=One-Click", header: map[string]string{"Origin": "https://mail.provider.example", "Sec-Fetch-Site": "cross-site"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, storeOf(t), nil)
			id, other := s.twoCustomers()
			r.method, r.path, r.host, r.remote = "POST", s.unsubscribeLink(id), "mail.shop.example", "192.0.2.7:1"
			for range 3 { // it may be repeated
				res := s.do(r)
				if res.StatusCode != http.StatusOK || len(res.Cookies()) != 0 || res.Header.Get("Location") != "" {
					t.Fatalf("%s, %v", res.Status, res.Header)
				}
				wantText(t, parse(t, res), "h1", "You are unsubscribed")
			}
			if !s.objected(id) || s.objected(other) {
				t.Error("not that customer alone was unsubscribed")
			}
		})
	}
}

func multipartForm(t *testing.T, name, value string) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField(name, value); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

// TestPageLeadsToTheButton follows the page's own form.
func TestPageLeadsToTheButton(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	id, _ := s.twoCustomers()
	res := s.do(request{path: s.unsubscribeLink(id)})
	if res.Header.Get("Referrer-Policy") != "no-referrer" || res.Header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("the token may leak: %v", res.Header)
	}
	form := find(parse(t, res), `form[method="post"]`)[0]
	hidden := find(form, `input[type="hidden"]`)[0]
	answer := s.do(request{method: "POST", path: attribute(form, "action"), body: attribute(hidden, "name") + "=" + attribute(hidden, "value")})
	if answer.StatusCode != http.StatusOK || !s.objected(id) {
		t.Errorf("the button does not work: %s", answer.Status)
	}
}

func TestBadLinks(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	id, _ := s.twoCustomers()
	good := s.unsubscribeLink(id)
	stranger := s.unsubscribeLink(id + 1) // signed, but nobody of that number is there
	other := newShop(t, nil, nil).unsubscribeLink(id)
	for _, path := range []string{
		"/u/x", "/u/..%2f", "/u/" + strings.Repeat("A", 5000), good[:len(good)-1], good + "A", strings.ToUpper(good[3:]), stranger, other,
		"/u/" + strings.Replace(good[3:], ".", ".A", 1), "/u/%00", "/u/%F0%9F%98%80",
	} {
		if !strings.HasPrefix(path, "/u/") {
			path = "/u/" + path
		}
		res := s.do(request{method: "POST", path: path, body: "List-Unsubscribe=One-Click"})
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%.60s: %s", path, res.Status)
			continue
		}
		if words := text(parse(t, res)); !strings.Contains(words, "reply to the mail") {
			t.Errorf("%.60s: the page does not say what to do: %s", path, words)
		}
	}
	if s.objected(id) {
		t.Error("a bad link unsubscribed a customer")
	}
}

func TestLargeBodiesAreRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	id, _ := s.twoCustomers()
	res := s.do(request{method: "POST", path: s.unsubscribeLink(id), body: "List-Unsubscribe=One-Click&x=" + strings.Repeat("a", 70<<10)})
	if res.StatusCode != http.StatusRequestEntityTooLarge || s.objected(id) {
		t.Errorf("%s", res.Status)
	}
}

// TestReadersLanguage holds that customers are answered in their own language and operators in the shop's.
func TestReadersLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ accepts, customer, operator string }{
		{"de-AT,de;q=0.9,en;q=0.5", "de", "en"},
		{"en-GB", "en", "en"},
		{"fr,de;q=0.4", "de", "en"},
		{"ja", "en", "en"},
		{"", "en", "en"},
		{";;;", "en", "en"},
	} {
		s := newShop(t, nil, nil)
		for path, want := range map[string]string{"/u/x": c.customer, "/nothing": c.operator} {
			res := s.do(request{path: path, header: map[string]string{"Accept-Language": c.accepts}})
			if got := attribute(find(parse(t, res), "html")[0], "lang"); got != want || res.Header.Get("Content-Language") != want {
				t.Errorf("%s for %q is %s, want %s", path, c.accepts, got, want)
			}
		}
	}
	s := newShop(t, nil, func(c *web.Config) { c.Language = "" })
	for accepts, want := range map[string]string{"en": "en", "de": "de", "": "de"} { // the shop's customers are German
		res := s.do(request{path: "/nothing", header: map[string]string{"Accept-Language": accepts}})
		if got := res.Header.Get("Content-Language"); got != want {
			t.Errorf("an operator with %q gets %s, want %s", accepts, got, want)
		}
	}
}

func ExampleNew() {
	_, err := web.New(web.Config{})
	fmt.Println(err)
	// Output: web pages: the engine is missing
}
