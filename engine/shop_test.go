package engine

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
	"treue/engine/delivery"
	"treue/engine/enginetest"
	"treue/engine/store"
	"treue/rules/customer"
	"treue/templates"
)

// shop is a shop of the test's own: a database, a mail server and an engine over both.
type shop struct {
	*Engine
	t    testing.TB
	url  string // of the database
	smtp *enginetest.SMTPServer
	now  time.Time
	zone *time.Location
}

// testKeys are the same in every process, so that a child of a test signs like its parent.
func testKeys() Keys {
	key := func(b byte) []byte { return []byte(strings.Repeat(string(b), keySize)) }
	return Keys{ID: "test", Pepper: key('p'), Link: key('l'), Message: key('m')}
}

// testConfig is what all shops of the tests have decided.
func testConfig(zone *time.Location) Config {
	return Config{
		Zone: zone, GlobalHoldout: "0%", Shop: templates.Sample("de", time.Unix(0, 0)).Shop,
		From: delivery.Address{Name: "Shop", Addr: "shop@shop.example"}, Unsubscribe: "leave@shop.example",
	}
}

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// newShop opens a shop on Monday, 4 May 2026, at noon. change may alter the configuration.
func newShop(t testing.TB, change func(*Config)) *shop {
	t.Helper()
	return newShopWith(t, enginetest.Database(t), enginetest.SMTPConfig{}, change)
}

func newShopWith(t testing.TB, database string, mail enginetest.SMTPConfig, change func(*Config)) *shop {
	t.Helper()
	zone := berlin(t)
	s := &shop{t: t, url: database, smtp: enginetest.StartSMTPWith(t, mail), zone: zone, now: time.Date(2026, 5, 4, 12, 0, 0, 0, zone)}
	db := s.openStore()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := testConfig(zone)
	if change != nil {
		change(&c)
	}
	s.Engine = s.engineOver(db, c, s.smtp.URL())
	return s
}

func (s *shop) openStore() *store.Store {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), s.url)
	s.must(err)
	s.t.Cleanup(db.Close)
	return db
}

func (s *shop) engineOver(db *store.Store, c Config, mailURL string) *Engine {
	s.t.Helper()
	e, err := testEngine(db, c, mailURL)
	s.must(err)
	return e
}

func testEngine(db *store.Store, c Config, mailURL string) (*Engine, error) {
	sender, err := delivery.Parse(mailURL, delivery.Options{Hello: "shop.example"})
	if err != nil {
		return nil, err
	}
	set, err := templates.Starters()
	if err != nil {
		return nil, err
	}
	return New(c, db, sender, set, testKeys())
}

func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// sql runs a statement past the engine, as an accident or an intruder would.
func (s *shop) sql(statement string, args ...any) {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.url)
	s.must(err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(s.t.Context(), statement, args...)
	s.must(err)
}

// one reads a single value.
func one[T any](s *shop, query string, args ...any) T {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.url)
	s.must(err)
	defer conn.Close(context.Background())
	var v T
	s.must(conn.QueryRow(s.t.Context(), query, args...).Scan(&v))
	return v
}

// all reads a column.
func all[T any](s *shop, query string, args ...any) []T {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.url)
	s.must(err)
	defer conn.Close(context.Background())
	rows, err := conn.Query(s.t.Context(), query, args...)
	s.must(err)
	values, err := pgx.CollectRows(rows, pgx.RowTo[T])
	s.must(err)
	return values
}

func id(i int) int64 { return customer.NewID("shop", name(i)) }

func name(i int) string { return fmt.Sprintf("k%d", i) }

func address(i int) string { return name(i) + "@customer.example" }

func numbered[T any](records []T) iter.Seq2[store.Numbered[T], error] {
	return func(yield func(store.Numbered[T], error) bool) {
		for i, r := range records {
			if !yield(store.Numbered[T]{Line: i + 2, Record: r}, nil) {
				return
			}
		}
	}
}

func (s *shop) intake(kind string) store.Import {
	return store.Import{Kind: kind, Source: "shop", File: kind + ".csv", Now: s.now, Close: func() (string, int64) { return "hash", 0 }}
}

// customers imports customers 0 to n-1, all with proven consent and two orders, the newer one 150 days ago. change may
// alter one.
func (s *shop) customers(n int, change func(i int, c *customer.Customer)) {
	s.t.Helper()
	s.customersFrom(0, n, change)
}

// customersFrom imports customers from to to-1.
func (s *shop) customersFrom(from, to int, change func(i int, c *customer.Customer)) {
	s.t.Helper()
	yes, since := true, s.now.AddDate(-2, 0, 0)
	var people []customer.Customer
	for i := from; i < to; i++ {
		c := customer.Customer{
			ID: id(i), Source: "shop", ExternalID: name(i), Email: address(i), FirstName: "Käthe", Language: "de",
			Consent: &yes, ConsentAt: &since, ConsentSource: "checkout",
		}
		if change != nil {
			change(i, &c)
		}
		people = append(people, c)
	}
	_, err := s.Store().ImportCustomers(s.t.Context(), s.intake("customers"), testKeys().Pepper, numbered(people))
	s.must(err)
	s.ordersFrom(from, to, s.now.AddDate(0, 0, -400), s.now.AddDate(0, 0, -150))
}

// orders imports an order of 30 euros and a few cents at each of the times for every customer from 0 to n-1.
func (s *shop) orders(n int, at ...time.Time) {
	s.t.Helper()
	s.ordersFrom(0, n, at...)
}

func (s *shop) ordersFrom(from, to int, at ...time.Time) {
	s.t.Helper()
	var orders []customer.Order
	for i := from; i < to; i++ {
		for _, t := range at {
			orders = append(orders, orderOf(i, t, 3000+int64(i%7)))
		}
	}
	s.importOrders(orders...)
}

func orderOf(i int, at time.Time, total int64) customer.Order {
	external := fmt.Sprintf("o%d-%d", i, at.Unix())
	return customer.Order{
		ID: customer.NewID("shop", external), Source: "shop", ExternalID: external, CustomerID: id(i), CustomerExternalID: name(i),
		OrderedAt: at, Currency: "EUR", Status: customer.StatusCompleted, Total: total,
	}
}

func (s *shop) importOrders(all ...customer.Order) {
	s.t.Helper()
	_, err := s.Store().ImportOrders(s.t.Context(), s.intake("orders"), numbered(all))
	s.must(err)
}

// definition is a win-back campaign with two mails for everybody who has been quiet for 90 days.
func definition(change func(*campaigns.Definition)) campaigns.Definition {
	d := campaigns.Definition{
		Key: "winback", Kind: campaigns.Winback, Name: "Win back", LegalBasis: campaigns.Consent,
		Audience: "orders >= 2 && days_since_last_order > 90", Schedule: "0 12 * * *", Timezone: "Europe/Berlin", Holdout: 0.33,
		Measure: 28, Reads: []campaigns.Days{28}, Grace: 14, Cooldown: 180, Priority: 50, Missed: campaigns.Skip,
		LatestStart: 2 * time.Hour, Expires: 24 * time.Hour,
		Steps: []campaigns.Step{
			{Key: "reminder", Template: "winback-reminder"},
			{Key: "offer", Template: "winback-offer", Wait: 7, Offer: &campaigns.Offer{Percent: 10, Unique: true, Valid: 14}},
		},
	}
	if change != nil {
		change(&d)
	}
	return d
}

// oneMail makes a campaign end with its first mail.
func oneMail(d *campaigns.Definition) { d.Steps = d.Steps[:1] }

// start applies a campaign and activates it as of some days ago.
func (s *shop) start(change func(*campaigns.Definition)) *campaigns.Campaign {
	s.t.Helper()
	c := s.apply(change)
	s.must(s.Store().SetStatus(s.t.Context(), c.Key, campaigns.Active, s.now.AddDate(0, 0, -3)))
	return c
}

func (s *shop) apply(change func(*campaigns.Definition)) *campaigns.Campaign {
	s.t.Helper()
	d := definition(change)
	s.must(d.Validate())
	a, err := s.Store().Apply(s.t.Context(), d, s.now.AddDate(0, 0, -3))
	s.must(err)
	return a.Campaign
}

// run is one cycle that must work.
func (s *shop) run(keys ...string) Ran {
	s.t.Helper()
	ran, err := s.Run(s.t.Context(), s.now, RunOptions{Keys: keys, Confirm: true})
	s.must(err)
	return ran
}

// planOnly plans without sending.
func (s *shop) planOnly(keys ...string) Ran {
	s.t.Helper()
	ran, err := s.Run(s.t.Context(), s.now, RunOptions{Keys: keys, Confirm: true, NoDispatch: true})
	s.must(err)
	return ran
}

func (s *shop) dispatch() map[campaigns.State]int {
	s.t.Helper()
	states, err := s.Dispatch(s.t.Context(), s.now, nil)
	s.must(err)
	return states
}

func (s *shop) pass(d time.Duration) { s.now = s.now.Add(d) }

// days lets calendar days pass at the same local time.
func (s *shop) days(n int) { s.now = s.now.In(s.zone).AddDate(0, 0, n) }

// states counts a campaign's sends by state.
func (s *shop) states(key string) map[campaigns.State]int {
	s.t.Helper()
	states, err := s.Store().SendStates(s.t.Context(), key)
	s.must(err)
	return states
}

// counts are a plan's figures in a form that compares.
func counts(p *Planned) map[string]int {
	all := map[string]int{
		"matched": p.Matched, "control": p.Control(), "to_send": p.ToSend(), "due_treated": p.DueTreated, "due_ghost": p.DueGhost,
	}
	for gate, n := range p.Stopped() {
		all[string(gate)] = n
	}
	return all
}

// armOf returns the stored arm in the first split.
func (s *shop) armOf(i int, key string) string {
	s.t.Helper()
	arm, err := s.Store().ArmOf(s.t.Context(), key, 1, id(i))
	s.must(err)
	return arm
}

// pick returns the first customer from the given one on with that arm.
func (s *shop) pick(arm, key string, from int) int {
	s.t.Helper()
	for i := from; i < from+500; i++ {
		if s.armOf(i, key) == arm {
			return i
		}
	}
	s.t.Fatalf("no customer with the arm %s", arm)
	return 0
}

// arrives waits until a mail has come as far as the script says, and fails when none does.
func arrives(t *testing.T, reached <-chan struct{}) {
	t.Helper()
	select {
	case <-reached:
	case <-time.After(20 * time.Second):
		t.Fatal("no mail came that far")
	}
}
