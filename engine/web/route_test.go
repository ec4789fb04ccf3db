package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"treue/engine/web"
)

// answers holds what every route answers to every method, on this machine and from elsewhere.
func answers(t *testing.T, s *shop) {
	mails, _, err := s.store.CaughtMails(t.Context(), 1, 0)
	if err != nil || len(mails) == 0 {
		t.Fatal("no mail was caught: ", err)
	}
	mail := fmt.Sprintf("/mails/%d", mails[0].ID)
	style := attribute(find(s.page("/"), `link[rel="stylesheet"]`)[0], "href")
	for _, route := range []struct {
		path   string
		local  int // GET on this machine
		remote int // GET from elsewhere
		post   int // POST on this machine
	}{
		{"/", 200, 403, 405},
		{"/campaigns/winback", 200, 403, 405},
		{"/campaigns/nothing", 404, 403, 405},
		{"/reports", 200, 403, 405},
		{"/value", 200, 403, 405},
		{"/reports/winback", 200, 403, 405},
		{"/reports/winback/report.pdf", 200, 403, 405},
		{"/reports/winback/report.doc", 404, 403, 405},
		{"/reports/report.csv", 200, 403, 405},
		{"/month", 200, 403, 405},
		{"/month?m=2099-01", 404, 403, 405},
		{"/month/report.pdf?m=2026-05", 200, 403, 405},
		{"/reports/nothing", 404, 403, 405},
		{"/mails", 200, 403, 405},
		{"/mails?page=2", 200, 403, 405},
		{"/mails?page=0", 404, 403, 405},
		{"/mails?page=x", 404, 403, 405},
		{"/mails?page=999999", 404, 403, 405},
		{mail, 200, 403, 405},
		{mail + "/html", 200, 403, 405},
		{mail + "/raw", 200, 403, 405},
		{"/mails/1", 404, 403, 405},
		{"/mails/-1", 404, 403, 405},
		{"/mails/x", 404, 403, 405},
		{"/mails/1/html", 404, 403, 405},
		{"/nothing", 404, 403, 405},
		{"/u/", 404, 403, 405},
		{"/u/any.token", 404, 404, 404},
		{"/selftest/0123", 200, 200, 405},
		{"/u/" + strings.Repeat("a", 300), 404, 404, 404},
		{"/healthz", 200, 200, 405},
		{"/readyz", 200, 200, 405},
		{"/metrics", 200, 200, 405},
		{style, 200, 200, 405},
		{"/static/style.css", 404, 404, 405},
		{"/static/..%2fweb.go", 404, 404, 405},
	} {
		s.wants(t, request{path: route.path}, route.local)
		s.wants(t, request{path: route.path, method: "HEAD"}, route.local)
		s.wants(t, request{path: route.path, host: "mail.shop.example"}, route.remote)
		s.wants(t, request{path: route.path, remote: "192.0.2.7:1234"}, route.remote)
		s.wants(t, request{path: route.path, method: "POST"}, route.post)
		if route.post == http.StatusMethodNotAllowed {
			s.wants(t, request{path: route.path, method: "PUT"}, 405)
			s.wants(t, request{path: route.path, method: "DELETE"}, 405)
		}
	}
}

// wants sends a request, checks the answer's status and what must hold for every answer.
func (s *shop) wants(t *testing.T, r request, status int) {
	t.Helper()
	res := s.do(r)
	if res.StatusCode != status {
		t.Errorf("%+v: %s, want %d", r, res.Status, status)
	}
	h := res.Header
	for key, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if h.Get(key) != want {
			t.Errorf("%+v: %s is %q", r, key, h.Get(key))
		}
	}
	policy := h.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "base-uri 'none'", "frame-ancestors", "form-action"} {
		if !strings.Contains(policy, part) {
			t.Errorf("%+v: the policy %q lacks %s", r, policy, part)
		}
	}
	if strings.Contains(policy, "script") || strings.Contains(policy, "unsafe-inline") && !strings.HasPrefix(policy, "sandbox") {
		t.Errorf("%+v: the policy %q lets too much in", r, policy)
	}
	if content := body(t, res); strings.Contains(strings.ToLower(content), "<script") {
		t.Errorf("%+v: the answer holds a script", r)
	}
}

func TestOperatorsHost(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil, nil)
	local := func(r request) bool {
		r.path = "/nothing" // 404 on this machine, 403 elsewhere; neither needs a database
		return s.do(r).StatusCode == http.StatusNotFound
	}
	for _, host := range []string{"localhost", "localhost:8080", "LocalHost:1", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080"} {
		if !local(request{host: host}) {
			t.Errorf("%q does not count as this machine", host)
		}
	}
	for _, host := range []string{
		"mail.shop.example", "localhost.evil.example", "evil.example:8080", "127.0.0.1.nip.io", "127.0.0.2", "localhost.", "0.0.0.0",
		"[::ffff:127.0.0.1]", "localhost@evil.example", "localhost:8080@evil.example", "evil.example#localhost", "127.1", "2130706433", "::1",
		"localhost:80a", "[::1", " localhost", "localhost,evil.example",
	} {
		if local(request{host: host}) {
			t.Errorf("%q counts as this machine", host)
		}
	}
	for _, remote := range []string{"192.0.2.7:1", "10.0.0.1:1", "172.17.0.1:5", "[2001:db8::1]:1", "@", "localhost:1", "127.0.0.1"} {
		if local(request{remote: remote}) {
			t.Errorf("a connection from %q counts as this machine", remote)
		}
	}
	for _, remote := range []string{"127.0.0.1:9", "[::1]:9", "[::ffff:127.0.0.1]:9"} {
		if !local(request{remote: remote}) {
			t.Errorf("a connection from %q does not count as this machine", remote)
		}
	}
	for _, mark := range []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "CF-Connecting-IP"} {
		if local(request{header: map[string]string{mark: "127.0.0.1"}}) {
			t.Errorf("a request that a proxy marked with %s counts as this machine", mark)
		}
	}
}

func TestForeignFormsAreRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil, nil)
	for _, header := range []map[string]string{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
	} {
		if res := s.do(request{method: "POST", path: "/reports", header: header}); res.StatusCode != http.StatusForbidden {
			t.Errorf("a form with %v: %s", header, res.Status)
		}
		if res := s.do(request{method: "POST", path: "/u/bad", body: "List-Unsubscribe=One-Click", header: header}); res.StatusCode != http.StatusNotFound {
			t.Errorf("one-click with %v did not reach its route: %s", header, res.Status)
		}
	}
}

func TestFaultHasAnIDAndNoDetails(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil, nil) // its pages panic for want of a database
	res := s.do(request{path: "/mails"})
	page := parse(t, res)
	if res.StatusCode != http.StatusInternalServerError || res.Header.Get("Content-Security-Policy") == "" {
		t.Fatalf("%s", res.Status)
	}
	words := strings.Fields(text(find(page, "main")[0]))
	id := strings.Trim(words[len(words)-1], ".")
	if len(id) != 10 || !strings.Contains(s.log.String(), "id="+id) {
		t.Errorf("the page shows %q, the log says %s", id, s.log)
	}
	if strings.Contains(text(page), "nil pointer") || strings.Contains(text(page), ".go") {
		t.Error("the page shows the panic")
	}
}

func TestLogNamesRoutesOnly(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil, nil)
	s.do(request{path: "/u/secret.token?address=kundin@mail.example", header: map[string]string{"User-Agent": "spy"}})
	s.do(request{method: "POST", path: "/u/secret.token"})
	s.do(request{path: "/kundin@mail.example"})
	s.do(request{method: "KUNDIN", path: "/"})
	log := s.log.String()
	for _, private := range []string{"secret", "kundin", "KUNDIN", "spy"} {
		if strings.Contains(log, private) {
			t.Errorf("the log holds %q:\n%s", private, log)
		}
	}
	for _, want := range []string{`route="GET /u/{token}"`, `route="POST /u/{token}"`, "status=404", "method=other"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
}

func TestAssetsStayForEver(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil, nil)
	page := parse(t, s.do(request{path: "/nothing"}))
	for _, address := range []string{attribute(find(page, `link[rel="stylesheet"]`)[0], "href"), attribute(find(page, `link[rel="icon"]`)[0], "href")} {
		res := s.do(request{path: address, host: "mail.shop.example"})
		if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") || len(body(t, res)) < 100 {
			t.Errorf("%s: %s, %s", address, res.Status, res.Header.Get("Cache-Control"))
		}
	}
	if res := s.do(request{path: "/nothing"}); res.Header.Get("Cache-Control") != "no-store" {
		t.Error("pages may be kept by caches")
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	e := newShop(t, nil, nil).engine
	for name, c := range map[string]web.Config{
		"no engine": {Now: asked}, "no clock": {Engine: e}, "unknown language": {Engine: e, Now: asked, Language: "fr"},
	} {
		if _, err := web.New(c); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	h, err := web.New(web.Config{Engine: e, Now: asked})
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t, handler: h}
	if res := s.do(request{path: "/metrics"}); res.StatusCode != http.StatusNotFound {
		t.Errorf("metrics without a gatherer: %s", res.Status)
	}
}

// TestSelfTestAnswers holds that only our keys give the answer a run waits for.
func TestSelfTestAnswers(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	if got, want := body(t, s.do(request{path: "/selftest/abc"})), s.engine.SignSelfTest("abc"); got != want || len(want) != 64 {
		t.Errorf("got %q, want %q", got, want)
	}
}
