package web_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/html"

	"treue/campaigns"
	"treue/engine"
	"treue/engine/delivery"
	"treue/engine/enginetest"
	"treue/engine/store"
	"treue/engine/web"
	"treue/rules/customer"
	"treue/templates"
)

// hostile is a name that would break out of a page that trusts it.
const hostile = `</script><script>alert("1")</script><img src=x onerror=alert(2)>`

// opened is when the first campaign of the shop runs; asked is when its windows are over.
func opened() time.Time { return time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC) }
func asked() time.Time  { return opened().AddDate(0, 0, 40) }

const definitions = `
key: winback
kind: winback
name: Win back quiet customers
legal_basis: consent
audience: orders >= 2 && days_since_last_order > 90
schedule: "0 11 * * *"
window: {days: all, from: "08:00", to: "20:00"}
holdout: 33%
measure: 28d
grace: 0d
priority: 70
steps:
  - template: winback-reminder
---
key: second-order
kind: crosssell
name: '` + hostile + `'
legal_basis: consent
audience: orders == 1
schedule: "0 9 * * *"
holdout: 50%
measure: 91d
steps:
  - template: crosssell-next
---
key: resting
kind: loyalty
name: Thanks
legal_basis: consent
audience: orders >= 5
schedule: "0 9 * * *"
steps:
  - template: loyalty-thanks
    offer: {percent: 10, coupon: unique, valid: 14d}
`

// shop is an engine with a site over it, and what both logged.
type shop struct {
	t       testing.TB
	engine  *engine.Engine
	keys    engine.Keys
	store   *store.Store
	handler http.Handler
	log     *safeBuffer
}

// safeBuffer is a log that handlers and the test use at once.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// newShop puts an engine over a store, which may be nil where no page asks it. change may alter the site's settings.
func newShop(t testing.TB, s *store.Store, change func(*web.Config)) *shop {
	t.Helper()
	return newShopMailing(t, s, "catch:", change)
}

// newShopMailing is a shop whose mail goes to another place than the catcher.
func newShopMailing(t testing.TB, s *store.Store, mail string, change func(*web.Config)) *shop {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	set, err := templates.Starters()
	if err != nil {
		t.Fatal(err)
	}
	sender, err := delivery.Parse(mail, delivery.Options{Keeper: engine.Catcher{Store: s}})
	if err != nil {
		t.Fatal(err)
	}
	log := &safeBuffer{}
	share := 0.4
	c := engine.Config{
		Zone: zone, MarginShare: &share, CostPerMail: 0.01, MaxDataAge: -1, CountClicks: true, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		From: delivery.Address{Name: "Rösterei", Addr: "post@shop.example"}, ReplyTo: delivery.Address{Addr: "hallo@shop.example"},
		Shop: templates.Shop{
			Name: "Rösterei <Nord>", URL: "https://shop.example", Colour: "#8a4b2a",
			Imprint: templates.Imprint{Name: "Rösterei", Street: "Weg 1", Zip: "20457", City: "Hamburg", Country: "Deutschland", Email: "hallo@shop.example"},
		},
	}
	keys := engine.NewKeys()
	e, err := engine.New(c, s, sender, set, keys)
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(web.Metrics(e, asked))
	w := web.Config{Engine: e, Now: asked, Language: "en", Gatherer: registry, Version: "1.2.3"}
	if change != nil {
		change(&w)
	}
	h, err := web.New(w)
	if err != nil {
		t.Fatal(err)
	}
	return &shop{t, e, keys, s, h, log}
}

// customers is how many regular customers the shop has; a tenth as many bought once.
const customers = 720

// fill gives the shop customers, lets two campaigns run and lets those who got a mail buy more often.
func (s *shop) fill() *shop {
	s.t.Helper()
	ctx := context.Background()
	yes, signed := true, opened().AddDate(-1, 0, 0)
	var people []customer.Customer
	var orders []customer.Order
	for i := range customers + customers/10 {
		id := fmt.Sprintf("c%d", i)
		people = append(people, customer.Customer{
			ID: customer.NewID("shop", id), Source: "shop", ExternalID: id, Email: fmt.Sprintf("kundin%d@mail.example", i), FirstName: "Käthe",
			Language: []string{"de", "en"}[i%2], SignedUpAt: &signed, Consent: &yes, ConsentAt: &signed, ConsentSource: "checkout",
		})
		orders = append(orders, s.order(id, "a", opened().AddDate(0, 0, -200+i%40)))
		if i < customers {
			orders = append(orders, s.order(id, "b", opened().AddDate(0, 0, -140+i%30)))
		}
	}
	s.importAll(people, orders)
	for _, d := range s.definitions() {
		_, err := s.store.Apply(ctx, d, opened())
		s.must(err)
	}
	s.must(s.store.SetStatus(ctx, "winback", campaigns.Active, opened()))
	s.must(s.store.SetStatus(ctx, "second-order", campaigns.Active, opened()))
	s.run(opened(), "winback")
	s.buy()
	s.run(asked().Add(-time.Hour), "second-order")
	_, err := s.engine.MeasureReports(context.Background(), asked(), nil)
	s.must(err)
	return s
}

func (s *shop) definitions() []campaigns.Definition {
	s.t.Helper()
	all, err := campaigns.ParseFile(strings.NewReader(definitions), campaigns.Defaults{})
	s.must(err)
	return all
}

func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) run(at time.Time, key string) {
	s.t.Helper()
	_, err := s.engine.Run(context.Background(), at, engine.RunOptions{Keys: []string{key}, Confirm: true})
	s.must(err)
}

// buy lets four of ten with a mail and one of seven without come back.
func (s *shop) buy() {
	s.t.Helper()
	arms := map[int64]string{}
	s.must(s.store.Draws(context.Background(), "winback", 1, func(d store.Draw) { arms[d.CustomerID] = d.Arm }))
	var orders []customer.Order
	for i := range customers {
		id := fmt.Sprintf("c%d", i)
		arm := arms[customer.NewID("shop", id)]
		if arm == "treated" && i%10 < 4 || arm == "control" && i%7 == 0 {
			orders = append(orders, s.order(id, "late", opened().AddDate(0, 0, 3+i%20)))
		}
	}
	s.importAll(nil, orders)
}

func (s *shop) order(id, which string, at time.Time) customer.Order {
	return customer.Order{
		ID: customer.NewID("shop", id+which), CustomerID: customer.NewID("shop", id), Source: "shop", ExternalID: id + which,
		CustomerExternalID: id, OrderedAt: at, Currency: "EUR", Status: "completed", Total: int64(4000 + at.YearDay()*13%2500),
	}
}

func (s *shop) importAll(people []customer.Customer, orders []customer.Order) {
	s.t.Helper()
	ctx := context.Background()
	in := func(kind string) store.Import {
		return store.Import{Kind: kind, Source: "shop", File: kind + ".csv", Now: opened(), Close: func() (string, int64) { return kind, 0 }}
	}
	_, err := s.store.ImportCustomers(ctx, in("customers"), s.keys.Pepper, numbered(people))
	s.must(err)
	_, err = s.store.ImportOrders(ctx, in("orders"), numbered(orders))
	s.must(err)
}

func numbered[T any](all []T) iter.Seq2[store.Numbered[T], error] {
	return func(yield func(store.Numbered[T], error) bool) {
		for i, x := range all {
			if !yield(store.Numbered[T]{Line: i + 2, Record: x}, nil) {
				return
			}
		}
	}
}

// request is one request as the operator's own browser makes it, unless told otherwise.
type request struct {
	method, path string
	host         string // defaults to localhost:8080
	remote       string // defaults to loopback
	body         string
	header       map[string]string
}

func (s *shop) do(r request) *http.Response {
	s.t.Helper()
	if r.method == "" {
		r.method = http.MethodGet
	}
	req := httptest.NewRequest(r.method, r.path, strings.NewReader(r.body))
	req.Host, req.RemoteAddr = "localhost:8080", "127.0.0.1:50000"
	if r.host != "" {
		req.Host = r.host
	}
	if r.remote != "" {
		req.RemoteAddr = r.remote
	}
	if r.body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range r.header {
		req.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, req)
	return w.Result()
}

// page fetches a page and parses it.
func (s *shop) page(path string) *html.Node {
	s.t.Helper()
	res := s.do(request{path: path})
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %s", path, res.Status)
	}
	return parse(s.t, res)
}

func parse(t testing.TB, res *http.Response) *html.Node {
	t.Helper()
	doc, err := html.Parse(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func body(t testing.TB, res *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// selector matches elements by tag, class, id and attribute: `tr.treated`, `a[href="/x"]`, `#content`. Descendants are
// separated by spaces.
type selector struct {
	tag, id, class, attr, value string
}

func selectors(text string) (all []selector) {
	pattern := regexp.MustCompile(`^([a-z0-9]*)(?:#([\w-]+))?(?:\.([\w-]+))?(?:\[([\w-]+)(?:="([^"]*)")?\])?$`)
	for part := range strings.FieldsSeq(text) {
		m := pattern.FindStringSubmatch(part)
		if m == nil {
			panic("no selector: " + part)
		}
		all = append(all, selector{m[1], m[2], m[3], m[4], m[5]})
	}
	return all
}

func (s selector) matches(n *html.Node) bool {
	if n.Type != html.ElementNode || s.tag != "" && n.Data != s.tag {
		return false
	}
	has := func(key string, fits func(string) bool) bool {
		for _, a := range n.Attr {
			if a.Key == key && fits(a.Val) {
				return true
			}
		}
		return false
	}
	return (s.id == "" || has("id", func(v string) bool { return v == s.id })) &&
		(s.class == "" || has("class", func(v string) bool { return strings.Contains(" "+v+" ", " "+s.class+" ") })) &&
		(s.attr == "" || has(s.attr, func(v string) bool { return s.value == "" || v == s.value }))
}

// find returns the elements that a selector picks, in the order of the page.
func find(doc *html.Node, text string) []*html.Node {
	found := []*html.Node{doc}
	for _, s := range selectors(text) {
		var next []*html.Node
		for _, n := range found {
			for d := range n.Descendants() {
				if s.matches(d) {
					next = append(next, d)
				}
			}
		}
		found = next
	}
	return found
}

// text returns the words of an element, single-spaced.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// unsubscribeLink returns the path of a customer's link.
func (s *shop) unsubscribeLink(customerID int64) string {
	u, err := url.Parse(s.engine.UnsubscribeLink(customerID, "winback"))
	s.must(err)
	return u.Path
}

func storeOf(t testing.TB) *store.Store { return enginetest.Store(t) }

func (s *shop) terms() store.Terms { return store.Terms{Zone: s.engine.Zone} }
