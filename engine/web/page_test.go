package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"treue/campaigns"
	"treue/engine/web"
)

// TestShop reads every page of a shop that has run.
func TestShop(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), func(c *web.Config) {
		c.Truth = map[string]float64{"winback": 6.5, "second-order": 1.25}
		c.Story = []web.StoryLine{{"Imported", "792 customers"}, {hostile, hostile}}
	}).fill()
	for name, check := range map[string]func(*testing.T, *shop){
		"start": startShows, "campaign": campaignShows, "campaign without a run": restingShows, "report": reportShows,
		"report too early": earlyShows, "forest": forestShows, "mails": mailsShow, "mail": mailShows, "value": valueShows, "well-formed": wellFormed, "routes": answers, "metrics": metricsCount, "German": speaksGerman,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); check(t, s) })
	}
}

func startShows(t *testing.T, s *shop) {
	page := s.page("/")
	wantText(t, page, "h1", "Rösterei <Nord>")
	wantText(t, page, "dl.story dt", "Imported", hostile)
	wantText(t, page, "article.card h3", "Thanks", hostile, "Win back quiet customers")
	cards := find(page, "article.card")
	wantText(t, cards[0], "span.chip", "Draft")
	wantText(t, cards[1], "span.chip", "active", "too early")
	wantText(t, cards[2], "span.chip", "active", "works")
	if n := len(find(page, "svg.wide")); n != 1 {
		t.Errorf("%d intervals are drawn, want that of the matured campaign alone", n)
	}
	if !strings.Contains(text(cards[2]), "14 Jun 2026, 11:00") {
		t.Errorf("the next run is missing: %s", text(cards[2]))
	}
	if n := len(find(page, "table tbody tr")); n != 2 {
		t.Errorf("%d runs are listed, want 2", n)
	}
	if strings.Contains(text(cards[1]), "€") {
		t.Errorf("a campaign with open windows shows money: %s", text(cards[1]))
	}
}

func campaignShows(t *testing.T, s *shop) {
	page := s.page("/campaigns/winback")
	wantText(t, page, "h1", "Win back quiet customers")
	wantText(t, page, "pre.rule code", "orders >= 2 && days_since_last_order > 90")
	wantText(t, page, "ol.steps li", "Mail “winback-reminder” at once")
	rows := find(page, "table.funnel tbody tr")
	if len(rows) != 3 {
		t.Fatalf("the funnel has %d steps: %s", len(rows), text(page))
	}
	wantText(t, rows[0], "td", "720")
	wantText(t, rows[0], "rect.fill[width=\"100.00%\"]", "")
	if words := text(page); !strings.Contains(words, "daily, 08:00–20:00") || !strings.Contains(words, "accepted by the mail server") {
		t.Errorf("the definition or the states are missing: %s", words)
	}
	if len(find(page, "article.report")) != 1 {
		t.Error("the report is missing")
	}
}

func restingShows(t *testing.T, s *shop) {
	words := text(find(s.page("/campaigns/resting"), "main")[0])
	for _, want := range []string{"Draft", "No run has planned yet", "No mail planned yet", "Nobody has entered yet", "10 % off, a code of their own, valid for 14 days"} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is missing: %s", want, words)
		}
	}
}

func reportShows(t *testing.T, s *shop) {
	page := s.page("/reports/winback")
	report := find(page, "article.report")[0]
	wantText(t, report, "h2 span.chip", "works")
	sentence := text(find(report, "p.sentence")[0])
	if !strings.HasPrefix(sentence, "It works") {
		t.Errorf("the sentence is %q", sentence)
	}
	for _, figure := range find(report, "div.amount") {
		if limits := text(find(figure, "p.limits")[0]); !strings.Contains(limits, " to ") || !strings.Contains(limits, "96 %") {
			t.Errorf("a figure stands without its limits: %s", text(figure))
		}
	}
	plot := find(report, "figure svg.wide")
	if len(plot) < 3 || len(find(report, "figure svg.narrow")) != len(plot) || !strings.Contains(attribute(plot[0], "aria-label"), "planted effect +€6.50") {
		t.Error("a drawing or its words are missing")
	}
	if len(find(plot[0], "polyline.t-planted")) != 1 {
		t.Error("the truth is not drawn")
	}
	wantOrder(t, report, "It works", "Banked, per customer", "Difference per customer", "Cost and return", "Cost of the mails", "Can it be trusted?", "Group sizes",
		"week by week", "Who is in it", "Both groups", "Guardrails and pressure", "Cross-checks", "How it was computed")
	arms := find(report, "table.grid")[0]
	rows := find(arms, "tbody tr")
	if len(rows) != 2 || !strings.HasPrefix(text(rows[0]), "Comparison group") || !strings.HasPrefix(text(rows[1]), "With mail") {
		t.Errorf("the arms are wrong: %s", text(arms))
	}
}

func earlyShows(t *testing.T, s *shop) {
	report := find(s.page("/reports/second-order"), "article.report")[0]
	wantText(t, report, "h2 span.chip", "too early")
	if len(find(report, "circle")) != 0 || len(find(report, "p.figure")) != 0 {
		t.Error("an open window has a figure")
	}
	wantText(t, find(report, "table.grid")[0], "thead th", "Group", "Drawn", "Matured", "Open")
	if got := strings.Count(text(report), "€"); got != 1 {
		t.Errorf("%d amounts, want the planted effect alone: %s", got, text(report))
	}
}

func forestShows(t *testing.T, s *shop) {
	page := s.page("/reports")
	forest := find(page, "figure svg.wide")
	if len(forest) != 1 || len(find(forest[0], "circle")) != 1 {
		t.Fatalf("%d drawings, want one with the one interval there is", len(forest))
	}
	rows := find(page, "table.figures tbody tr")
	if len(rows) != 2 || !strings.Contains(text(rows[0]), "none yet") || !strings.Contains(text(rows[1]), "works") {
		t.Errorf("the drawing's table: %s", text(page))
	}
	if n := len(find(page, "section.reading h2 a")); n != 2 {
		t.Errorf("%d reports are linked", n)
	}
	if !strings.Contains(text(page), "Gap to the global holdout") {
		t.Error("nothing stands against the campaigns' sum")
	}
}

func mailsShow(t *testing.T, s *shop) {
	page := s.page("/mails")
	if n := len(find(page, "table.mails tbody tr")); n != 50 {
		t.Fatalf("%d mails on the first page", n)
	}
	next := find(page, `a[rel="next"]`)
	if len(next) != 1 || attribute(next[0], "href") != "/mails?page=2" || len(find(page, `a[rel="prev"]`)) != 0 {
		t.Error("the way to the older mails is wrong")
	}
	seen := map[string]bool{}
	for path := "/mails"; path != ""; {
		page = s.page(path)
		for _, a := range find(page, "table.mails a") {
			seen[attribute(a, "href")] = true
		}
		path = ""
		if next := find(page, `a[rel="next"]`); len(next) == 1 {
			path = attribute(next[0], "href")
		}
	}
	_, total, err := s.store.CaughtMails(t.Context(), 1, 0)
	if err != nil || int64(len(seen)) != total || total < 400 {
		t.Errorf("paging shows %d of %d mails, %v", len(seen), total, err)
	}
}

func mailShows(t *testing.T, s *shop) {
	link := find(s.page("/mails"), "table.mails a")[0]
	path := attribute(link, "href")
	page := s.page(path)
	wantText(t, page, "h1", text(link))
	frame := find(page, "iframe")[0]
	if attribute(frame, "src") != path+"/html" || strings.Contains(attribute(frame, "sandbox"), "script") || strings.Contains(attribute(frame, "sandbox"), "same-origin") {
		t.Errorf("the frame is open: %v", frame.Attr)
	}
	headers := text(find(page, "table.headers")[0])
	for _, want := range []string{"List-Unsubscribe", "Message-ID", "Subject", "post@shop.example"} {
		if !strings.Contains(headers, want) {
			t.Errorf("the head lacks %s: %s", want, headers)
		}
	}
	if links := text(find(page, "ul.links")[0]); !strings.Contains(links, "/u/") {
		t.Errorf("the unsubscribe link is not listed: %s", links)
	}
	res := s.do(request{path: path + "/html"})
	policy := res.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "sandbox ") || strings.Contains(policy, "allow-scripts") || strings.Contains(policy, "allow-same-origin") || !strings.Contains(policy, "frame-ancestors 'self'") {
		t.Errorf("the mail's policy is %q", policy)
	}
	if !strings.Contains(body(t, res), "<html") {
		t.Error("the mail's HTML is missing")
	}
	raw := s.do(request{path: path + "/raw"})
	if raw.Header.Get("Content-Type") != "message/rfc822" || !strings.HasPrefix(raw.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(body(t, raw), "List-Unsubscribe-Post: List-Unsubscribe=One-Click") {
		t.Error("the raw mail is wrong")
	}
}

// wellFormed holds what every page needs for every reader.
func wellFormed(t *testing.T, s *shop) {
	for _, path := range []string{"/", "/campaigns/winback", "/campaigns/second-order", "/reports", "/reports/winback", "/reports/resting", "/mails", "/value"} {
		page := s.page(path)
		if n := len(find(page, "h1")); n != 1 {
			t.Errorf("%s has %d main headings", path, n)
		}
		if attribute(find(page, "html")[0], "lang") != "en" || len(find(page, "a.skip")) != 1 || len(find(page, "main#content")) != 1 {
			t.Errorf("%s lacks its language, its skip link or its content", path)
		}
		if title := text(find(page, "title")[0]); !strings.HasSuffix(title, " · Treue") || strings.HasPrefix(title, " ") {
			t.Errorf("%s has the title %q", path, title)
		}
		for _, sheet := range find(page, "link") {
			if !strings.HasPrefix(attribute(sheet, "href"), "/static/") {
				t.Errorf("%s has a style sheet or an icon at %q", path, attribute(sheet, "href"))
			}
		}
		for n := range page.Descendants() {
			checkNode(t, path, n)
		}
	}
}

// checkNode finds what a policy would block and what a hostile name would have left behind.
func checkNode(t *testing.T, path string, n *html.Node) {
	if n.Type != html.ElementNode {
		return
	}
	switch n.Data {
	case "script", "style", "img":
		t.Errorf("%s holds a <%s>", path, n.Data)
	case "svg":
		if attribute(n, "role") == "img" && attribute(n, "aria-label") == "" {
			t.Errorf("%s has a drawing without words", path)
		}
	case "th":
		if attribute(n, "scope") == "" {
			t.Errorf("%s has a heading cell that heads nothing: %s", path, text(n))
		}
	}
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.Contains(a.Val, "NaN") || strings.Contains(a.Val, "ZgotmplZ") {
			t.Errorf("%s has %s=%q on <%s>", path, a.Key, a.Val, n.Data)
		}
	}
}

// speaksGerman reads the pages of the same shop in German.
func speaksGerman(t *testing.T, english *shop) {
	s := newShop(t, english.store, func(c *web.Config) { c.Language = "de" })
	for path, want := range map[string]string{
		"/": "Stand 13.06.2026, 11:00", "/reports/winback": "Es wirkt", "/campaigns/winback": "passen zur Regel", "/mails": "Aufgefangene Mails", "/value": "Ein Zehntel von ihnen trägt",
	} {
		page := s.page(path)
		if words := text(find(page, "body")[0]); !strings.Contains(words, want) {
			t.Errorf("%s lacks %q: %s", path, want, words)
		}
		if attribute(find(page, "html")[0], "lang") != "de" {
			t.Errorf("%s does not say that it is German", path)
		}
	}
	if content := body(t, s.do(request{path: "/reports/winback"})); !regexp.MustCompile(`>&#43;\d+,\d\d\x{a0}€<`).MatchString(content) {
		t.Errorf("amounts are not German: %s", content)
	}
}

// TestEmptyShop reads the pages before anything was done.
func TestEmptyShop(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	for path, want := range map[string]string{
		"/": "treue campaigns apply", "/reports": "There is nothing to report yet", "/mails": "No mail caught yet", "/value": "treue refresh",
	} {
		if words := text(s.page(path)); !strings.Contains(words, want) {
			t.Errorf("%s lacks %q: %s", path, want, words)
		}
	}
	if got := body(t, s.do(request{path: "/readyz"})); got != "ready\n" {
		t.Errorf("readyz says %q", got)
	}
}

func TestNotReady(t *testing.T) {
	t.Parallel()
	db := storeOf(t)
	s := newShop(t, db, nil)
	db.Close()
	res := s.do(request{path: "/readyz"})
	if got := body(t, res); res.StatusCode != http.StatusServiceUnavailable || got != "the database does not answer\n" {
		t.Errorf("%s: %q", res.Status, got)
	}
	if res := s.do(request{path: "/healthz"}); res.StatusCode != http.StatusOK {
		t.Errorf("the process is alive, healthz says %s", res.Status)
	}
	metrics := body(t, s.do(request{path: "/metrics"}))
	if !strings.Contains(metrics, "treue_store_up 0") || strings.Contains(metrics, "treue_outbox_due ") {
		t.Errorf("metrics without a database:\n%s", metrics)
	}
}

// metricsCount holds the metrics against the ledger.
func metricsCount(t *testing.T, s *shop) {
	metrics := body(t, s.do(request{path: "/metrics", host: "monitor.shop.example"}))
	counts, err := s.store.SendCounts(t.Context())
	if err != nil || len(counts) == 0 {
		t.Fatal(err)
	}
	for _, c := range counts {
		if line := fmt.Sprintf("treue_sends{campaign=%q,state=%q} %d\n", c.CampaignKey, c.State, c.N); !strings.Contains(metrics, line) {
			t.Errorf("no line %s in\n%s", line, metrics)
		}
	}
	for _, line := range []string{
		"treue_store_up 1\n", "treue_outbox_due 0\n", "treue_outbox_oldest_due_seconds 0\n", "treue_refresh_age_seconds 3600\n", "treue_snapshot_customers 792\n",
		"treue_ticks{outcome=\"missed\"} 0\n",
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("no line %s in\n%s", line, metrics)
		}
	}
	if strings.Contains(metrics, "mail.example") {
		t.Error("an address is among the metrics")
	}
}

// wantText holds the words of all elements that a selector picks.
func wantText(t *testing.T, n *html.Node, selector string, want ...string) {
	t.Helper()
	found := find(n, selector)
	got := make([]string, len(found))
	for i := range found {
		got[i] = text(found[i])
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %q, want %q", selector, got, want)
	}
	for i := range want {
		if got[i] != strings.Join(strings.Fields(want[i]), " ") {
			t.Errorf("%s: %q, want %q", selector, got, want)
		}
	}
}

// wantOrder holds that words come in this order.
func wantOrder(t *testing.T, n *html.Node, words ...string) {
	t.Helper()
	rest := text(n)
	for _, w := range words {
		_, after, ok := strings.Cut(rest, w)
		if !ok {
			t.Errorf("%q is missing or comes too early in: %s", w, text(n))
			return
		}
		rest = after
	}
}

// TestAlarms: the start page and the health check say that no mail leaves, and whose rate is lowered.
func TestAlarms(t *testing.T) {
	t.Parallel()
	db := storeOf(t)
	s := newShop(t, db, nil)
	adjust := func(provider string, change func(campaigns.Rate) campaigns.Rate) {
		_, _, err := db.AdjustRate(t.Context(), provider, asked(), func(r campaigns.Rate, _ campaigns.Traffic) campaigns.Rate { return change(r) })
		s.must(err)
	}
	adjust("gmx", func(r campaigns.Rate) campaigns.Rate {
		return r.Rejected(asked(), "blocked: refused by policy", campaigns.Traffic{Tried: 3, Blocked: 3}, 1)
	})
	if words := text(s.page("/")); !strings.Contains(words, "gmx rejects mail of this shop") || !strings.Contains(words, "Paused until") {
		t.Errorf("page: %s", words)
	}
	if got := body(t, s.do(request{path: "/readyz"})); got != "ready\n" {
		t.Errorf("readyz says %q", got)
	}
	d := s.definitions()[0]
	_, err := db.Apply(t.Context(), d, asked())
	s.must(err)
	s.must(db.SetStatus(t.Context(), d.Key, campaigns.Active, asked()))
	stopped, err := db.StopCampaign(t.Context(), d.Key, "three mails in a row", asked())
	s.must(err)
	if words := text(s.page("/")); !stopped || !strings.Contains(words, "Campaign winback is stopped") {
		t.Errorf("page: %s", words)
	}
	if got := body(t, s.do(request{path: "/readyz"})); got != "ready, but campaign winback is stopped: `treue doctor` says why\n" {
		t.Errorf("readyz says %q", got)
	}
	adjust("gmail", func(r campaigns.Rate) campaigns.Rate { return r.Faulted(asked(), "sender_fault: login refused", 1) })
	if words := text(s.page("/")); !strings.Contains(words, "No mail leaves") || !strings.Contains(words, "login refused") {
		t.Errorf("page: %s", words)
	}
	res := s.do(request{path: "/readyz"})
	if got := body(t, res); res.StatusCode != http.StatusOK || !strings.Contains(got, "no mail can be sent") {
		t.Errorf("%s: %q", res.Status, got)
	}
}
