package engine

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/engine/store"
	"treue/rules/customer"
	"treue/rules/features"
)

// differing names the statistics in which two customers differ by more than the last digits.
func differing(got, want *features.Snapshot) (names []string) {
	if got.CustomerID != want.CustomerID {
		return []string{fmt.Sprintf("customer %d, want %d", got.CustomerID, want.CustomerID)}
	}
	for _, c := range features.Columns() {
		var g, w any
		switch {
		case c.Count != nil:
			g, w = *c.Count(got), *c.Count(want)
		case c.Amount != nil:
			a, b := *c.Amount(got), *c.Amount(want)
			if math.IsNaN(a) && math.IsNaN(b) || near(a, b, 1e-12) {
				continue
			}
			g, w = a, b
		case c.Word != nil:
			g, w = *c.Word(got), *c.Word(want)
		case c.Day != nil:
			g, w = *c.Day(got), *c.Day(want)
		case c.Flag != nil:
			g, w = *c.Flag(got), *c.Flag(want)
		default:
			if slices.Equal(*c.Words(got), *c.Words(want)) {
				continue
			}
			g, w = *c.Words(got), *c.Words(want)
		}
		if g != w {
			names = append(names, fmt.Sprintf("%s = %v, want %v", c.Name, g, w))
		}
	}
	return names
}

// afresh computes every customer from all history as known now: with the norms of a set that was changed in place, or
// with its own. It publishes nothing.
func (s *shop) afresh(frozen *norms) (store.Set, []features.Snapshot) {
	s.t.Helper()
	var set store.Set
	s.must(s.Store().Preview(s.t.Context(), s.now, s.terms(), func(r *store.Refreshing) error {
		f := s.refreshOver(r, s.now, "auto", false)
		f.frost = frozen
		err := f.whole(s.t.Context())
		set = f.done.Set
		return err
	}))
	return set, s.read(set)
}

// normsOf reads the norms of the published set.
func (s *shop) normsOf(set store.Set) *norms {
	s.t.Helper()
	n, known, err := readNorms([]byte(one[string](s, `SELECT norms::text FROM snapshot_sets WHERE set_id = $1`, set.ID)))
	s.must(err)
	if !known {
		s.t.Fatal("the set has no norms")
	}
	return &n
}

const people = 14

// randomShop does what happens to a shop, at random.
type randomShop struct {
	*shop
	r      *rapid.T
	serial *int
	orders *[]customer.Order // all that were imported
}

func (s randomShop) pick(label string, n int) int { return rapid.IntRange(0, n-1).Draw(s.r, label) }

func (s randomShop) odds(label string) bool { return rapid.Bool().Draw(s.r, label) }

// moment is up to some days before now, or up to three days after it.
func (s randomShop) moment(label string, days int) time.Time {
	return s.now.Add(time.Duration(rapid.IntRange(-days*24, 72).Draw(s.r, label)) * time.Hour)
}

func (s randomShop) maybe(label string) *time.Time {
	if s.odds(label + " is dated") {
		return new(s.moment(label, 30))
	}
	return nil
}

func (s randomShop) next() int {
	*s.serial++
	return *s.serial
}

func (s randomShop) buy() {
	var all []customer.Order
	for range 1 + s.pick("orders", 3) {
		external := fmt.Sprint("r", s.next())
		if len(*s.orders) > 0 && s.odds("known order") {
			external = (*s.orders)[s.pick("which order", len(*s.orders))].ExternalID
		}
		who := s.pick("buyer", people)
		o := orderOf(who, s.moment("ordered at", 200), int64(500*s.pick("total", 20)))
		o.ID, o.ExternalID, o.DeliveredAt = customer.NewID("shop", external), external, s.maybe("delivery")
		o.Status = rapid.SampledFrom([]customer.Status{customer.StatusOpen, customer.StatusCompleted, customer.StatusCancelled, customer.StatusTest}).Draw(s.r, "status")
		o.Cost = new(o.Total / int64(2+s.pick("cost", 3)))
		if s.pick("no cost", 8) == 0 {
			o.Cost = nil
		}
		if s.odds("discount") {
			o.Discount = 100
		}
		if o.Total > 0 && s.pick("refund", 4) == 0 {
			o.Refund, o.RefundedAt = o.Total/2, s.maybe("refund")
		}
		if o.Status == customer.StatusCancelled {
			o.CancelledAt = s.maybe("cancellation")
		}
		all = append(all, o)
	}
	s.importOrders(all...)
	*s.orders = append(*s.orders, all...)
}

// fill imports the lines of a known order; a line of another customer's order is rejected.
func (s randomShop) fill() {
	if len(*s.orders) == 0 {
		return
	}
	o := (*s.orders)[s.pick("filled order", len(*s.orders))]
	var all []customer.Line
	for no := range 1 + s.pick("lines", 2) {
		product := rapid.SampledFrom([]string{"tea", "cup", "pot", "tray"}).Draw(s.r, "product")
		all = append(all, customer.Line{
			OrderID: o.ID, CustomerID: o.CustomerID, ProductID: customer.NewID("shop", product), No: no + 1, Source: "shop", OrderExternalID: o.ExternalID,
			CustomerExternalID: o.CustomerExternalID, ExternalProductID: product, Quantity: 1, UnitPrice: 100,
			Category: rapid.SampledFrom([]string{"", "a", "b"}).Draw(s.r, "category"),
		})
	}
	_, err := s.Store().ImportLines(s.t.Context(), s.intake("lines"), numbered(all))
	s.must(err)
}

func (s randomShop) sort() {
	p := customer.Product{ID: customer.NewID("shop", "tea"), Source: "shop", ExternalID: "tea", Name: "Tea", Active: true}
	p.Category = rapid.SampledFrom([]string{"a", "c", "d"}).Draw(s.r, "category of tea")
	_, err := s.Store().ImportProducts(s.t.Context(), s.intake("products"), numbered([]customer.Product{p}))
	s.must(err)
}

func (s randomShop) introduce() {
	i := s.pick("customer", people+3) // some are new
	c := customer.Customer{ID: id(i), Source: "shop", ExternalID: name(i), Country: rapid.SampledFrom([]string{"DE", "AT", ""}).Draw(s.r, "country")}
	c.Channel = rapid.SampledFrom([]string{"", "ads", "friends"}).Draw(s.r, "channel")
	if s.odds("has acquisition cost") {
		c.AcquisitionCost = new(int64(100 * s.pick("acquisition cost", 9)))
	}
	if s.odds("has email") {
		c.Email = address(i)
	}
	if s.odds("declares") {
		c.Consent, c.ConsentSource, c.ConsentAt = new(s.odds("yes")), "form", s.maybe("declared")
	}
	_, err := s.Store().ImportCustomers(s.t.Context(), s.intake("customers"), testKeys().Pepper, numbered([]customer.Customer{c}))
	s.must(err)
}

func (s randomShop) object() {
	kinds := []customer.ConsentKind{customer.ConsentObjectMarketing, customer.ConsentObjectProfiling, customer.ConsentAllowProfiling}
	s.must(s.Store().Declare(s.t.Context(), id(s.pick("objector", people)), customer.ConsentEvent{
		Kind: rapid.SampledFrom(kinds).Draw(s.r, "declaration"), EffectiveAt: s.now, Source: "link",
	}, "test"))
}

func (s randomShop) choose() {
	language := rapid.SampledFrom([]string{"de", "en"}).Draw(s.r, "language")
	s.must(s.Store().Choose(s.t.Context(), id(s.pick("chooser", people)), s.now, func(c store.Choices) customer.Preferences {
		c.Preferences.Language = language
		return c.Preferences
	}))
}

func (s randomShop) say() {
	external, who := fmt.Sprint("f", s.pick("answer", 6)), s.pick("speaker", people) // an answer may move
	_, err := s.Store().ImportFeedback(s.t.Context(), s.intake("feedback"), numbered([]customer.Feedback{{
		ID: customer.NewID("shop", external), Source: "shop", ExternalID: external, CustomerID: id(who), CustomerExternalID: name(who),
		GivenAt: s.moment("given at", 20), Score: float64(s.pick("score", 11)),
	}}))
	s.must(err)
	external = fmt.Sprint("k", who)
	_, err = s.Store().ImportCases(s.t.Context(), s.intake("cases"), numbered([]customer.Case{{
		ID: customer.NewID("shop", external), Source: "shop", ExternalID: external, CustomerID: id(who), CustomerExternalID: name(who),
		OpenedAt: s.moment("opened at", 10), ClosedAt: s.maybe("closing"),
	}}))
	s.must(err)
}

// news is a mail of another tool.
func (s randomShop) news() {
	who := s.pick("reader", people)
	_, err := s.Store().ImportMails(s.t.Context(), s.intake("mails"), numbered([]customer.Mail{{
		Source: "shop", CustomerID: id(who), CustomerExternalID: name(who), SentAt: s.moment("sent at", 40), Kind: fmt.Sprint("news ", s.next()),
	}}))
	s.must(err)
}

// mail is one of another tool, and one of ours, which no import brings.
func (s randomShop) mail() {
	s.news()
	no, who := s.next(), s.pick("customer of ours", people)
	s.sql(`INSERT INTO assignments SELECT $1, 'winback', 1, 1, 'treated', 0, 0.5, $2, 1, NULL, false ON CONFLICT DO NOTHING`, id(who), s.now)
	s.sql(`INSERT INTO entries VALUES ($1, 'winback', $2, 1, 1, 'treated', $3, 1)`, id(who), no, s.now)
	s.sql(`INSERT INTO sends (customer_id, campaign_key, entry, step_key, step_no, version, arm, state, reason, message_id, basis, evidence,
			planned_at, due_at, attempts, unknowns, first_attempt_at, last_attempt_at, finished_at)
		VALUES ($1, 'winback', $2, 'reminder', 1, 1, 'treated', 'accepted', '', $3, 'consent', 'form', $4, $4, 1, 0, $4, $4, $4)`,
		id(who), no, fmt.Sprint("message ", no), s.now)
	s.sql(`INSERT INTO stale_customers VALUES ($1, $2) ON CONFLICT DO NOTHING`, id(who), -s.now.UnixMicro()) // as an attempt does
}

// TestRefreshesEqualAFullComputation lets things happen to a shop in any order, and refreshes in between. Whatever a
// refresh has left out, every statistic of every customer is what a computation from all history gives. Where it changed
// the set in place, that computation uses the norms of the set.
func TestRefreshesEqualAFullComputation(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(c *Config) {
		c.MarginShare, c.CostPerOrder, c.AcquisitionCosts = nil, 0.7, map[string]float64{"ads": 12.5}
	})
	s.customers(people, nil)
	s.start(nil)
	serial, amended, spared, carried, known, months, renewed := 0, 0, 0, 0, 0, 0, 0
	var orders []customer.Order
	var last time.Time
	rapid.Check(t, func(r *rapid.T) {
		o := randomShop{s, r, &serial, &orders}
		for range rapid.IntRange(1, 4).Draw(r, "events") {
			rapid.SampledFrom([]func(){o.buy, o.fill, o.sort, o.introduce, o.object, o.choose, o.say, o.mail}).Draw(r, "event")()
		}
		s.pass(time.Duration(rapid.SampledFrom([]int{0, 1, 9, 24, 26, 30, 200}).Draw(r, "hours")) * time.Hour)
		done, err := s.Refresh(t.Context(), s.now, "auto", rapid.IntRange(0, 9).Draw(r, "full") == 0)
		s.must(err)
		set, err := s.Store().CurrentSet(t.Context())
		s.must(err)
		if set.ID != done.Set.ID || !set.AsOf.Equal(s.now) || set.Buyers != done.Set.Buyers || set.Mailable != done.Set.Mailable {
			r.Fatalf("published %+v, refreshed %+v", set, done.Set)
		}
		got := s.read(set)
		var frozen *norms
		if done.Computed < set.Customers {
			amended++
			frozen = s.normsOf(set)
		} else if done.Renewed < set.Customers {
			spared++
		}
		if done.Carried > 0 {
			carried++
		}
		if done.Known > 0 {
			known++
		}
		private, want := s.afresh(frozen)
		var count tally
		if len(got) != len(want) {
			r.Fatalf("%d customers, want %d", len(got), len(want))
		}
		for i := range want {
			count.add(&want[i])
			if bad := differing(&got[i], &want[i]); len(bad) > 0 {
				r.Errorf("%s after %+v: %v", want[i].ExternalID, done, bad)
			}
		}
		profiled := make([]int64, len(want))
		for i := range want {
			profiled[i] = want[i].CustomerID
		}
		const others = `SELECT count(*) FROM (SELECT customer_id FROM clv_history UNION ALL SELECT customer_id FROM next_products) k WHERE customer_id <> ALL ($1)`
		if n := one[int](s, others, profiled); n > 0 {
			r.Errorf("%d months or suggestions are kept of customers who have no snapshot", n)
		}
		if n := s.normsOf(set); (tally{set.Customers, set.Buyers, set.Mailable, n.Orders, n.Unpriced}) != count {
			r.Errorf("the set counts %+v and %+v, its rows %+v", set, n, count)
		}
		// At one moment several refreshes may follow imports; the first of them keeps the month and the suggestions.
		if s.now.Equal(last) {
			return
		}
		last = s.now
		if remembered(s, set, want) {
			months++
		}
		if suggested(s, set, private) {
			renewed++
		}
	})
	if amended < 10 || spared < 10 || carried < 10 {
		t.Errorf("%d refreshes changed the set in place, %d read some orders and %d carried customers over: too few to compare", amended, spared, carried)
	}
	if known < 3 {
		t.Errorf("%d refreshes had buyers in memory: too few to compare", known)
	}
	if months < 2 || renewed < 5 {
		t.Errorf("%d months were remembered and suggestions renewed %d times: too few to compare", months, renewed)
	}
}

// suggested holds suggestions that were made with the set to those that a computation from all history gives, and
// reports whether they were. Others are less than a week old.
func suggested(s *shop, set, private store.Set) bool {
	s.t.Helper()
	state, err := s.Store().NextProductsState(s.t.Context())
	s.must(err)
	if !state.AsOf.Equal(set.AsOf) {
		if age := set.AsOf.Sub(state.AsOf); age < 0 || age >= modelLife {
			s.t.Errorf("suggestions as of %v beside snapshots as of %v", state.AsOf, set.AsOf)
		}
		return false
	}
	const rows = `SELECT coalesce(array_agg(concat_ws(' ', customer_id, product_ids, reasons, because_of, scores) ORDER BY customer_id), '{}') FROM next_products`
	got := one[[]string](s, rows)
	lessons, err := s.Store().Learn(s.t.Context(), private.AsOf, s.zone)
	s.must(err)
	s.must(s.Store().RenewNextProducts(s.t.Context(), private, lessons, nextProducts))
	if want := one[[]string](s, rows); !slices.Equal(got, want) {
		s.t.Errorf("as of %v: suggestions %q, want %q", set.AsOf, got, want)
	}
	return true
}

// remembered holds the state of a month, if it is that of the set, to the set's rows.
func remembered(s *shop, set store.Set, rows []features.Snapshot) bool {
	s.t.Helper()
	months, err := s.Store().Months(s.t.Context(), set.Day, 1)
	s.must(err)
	if len(months) == 0 || months[0].Month != monthOf(set.Day) {
		s.t.Errorf("nothing is remembered of the month of %v", set.Day)
		return false
	}
	if !months[0].AsOf.Equal(set.AsOf) {
		return false
	}
	for _, kind := range []string{"segment", "tier", "stage"} {
		var n int64
		var historic, predicted, wantHistoric, wantPredicted float64
		for _, g := range months[0].Groups {
			if g.Kind == kind {
				n, historic, predicted = n+g.Customers, historic+g.Historic, predicted+g.Predicted
			}
		}
		for i := range rows {
			if rows[i].Orders > 0 {
				wantHistoric, wantPredicted = wantHistoric+rows[i].CLVHistoric, wantPredicted+rows[i].CLVPredicted
			}
		}
		want := set.Buyers
		if kind == "stage" {
			want = set.Customers
		}
		if n != want || !near(historic, wantHistoric, 1e-9) || !near(predicted, wantPredicted, 1e-9) {
			s.t.Errorf("%v: the %ss remembered add up to %d customers, %v and %v, want %d, %v and %v", set.Day, kind, n, historic, predicted, want, wantHistoric, wantPredicted)
		}
	}
	return true
}
