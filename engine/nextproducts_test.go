package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules/basket"
	"treue/rules/customer"
	"treue/rules/features"
)

// ordered is an order and its lines, days ago; products are names, category by first letter.
func (s *shop) ordered(who, no int, days int, products ...string) (customer.Order, []customer.Line) {
	external := fmt.Sprintf("%s-%d", name(who), no)
	o := customer.Order{
		ID: customer.NewID("shop", external), CustomerID: id(who), Source: "shop", ExternalID: external, CustomerExternalID: name(who),
		OrderedAt: s.now.AddDate(0, 0, -days), Currency: "EUR", Status: customer.StatusCompleted, Total: 1000,
	}
	var lines []customer.Line
	for i, p := range products {
		lines = append(lines, customer.Line{
			OrderID: o.ID, CustomerID: o.CustomerID, ProductID: customer.NewID("shop", p), No: i + 1, Source: "shop", OrderExternalID: external,
			CustomerExternalID: name(who), ExternalProductID: p, Name: "The " + p, Category: p[:1], Quantity: 1, UnitPrice: 500,
		})
	}
	return o, lines
}

// coffeeShop has 30 customers with a machine and a grinder who order beans every 30 days, 30 of tea, one who has only
// bought a machine (60), one who has and objects to profiling (61), one whose order was cancelled (62), and one who has
// bought nothing (63).
func coffeeShop(t *testing.T) *shop {
	t.Helper()
	s := newShop(t, nil)
	var orders []customer.Order
	var lines []customer.Line
	add := func(o customer.Order, l []customer.Line) { orders, lines = append(orders, o), append(lines, l...) }
	for i := range 30 {
		add(s.ordered(i, 1, 300, "machine", "grinder"))
		for k, days := range []int{120, 90, 60, 30} {
			add(s.ordered(i, 2+k, days, "beans"))
		}
		add(s.ordered(30+i, 1, 200, "pot", "tea"))
	}
	add(s.ordered(60, 1, 10, "machine"))
	add(s.ordered(61, 1, 10, "machine"))
	cancelled, l := s.ordered(62, 1, 10, "machine")
	cancelled.Status = customer.StatusCancelled
	add(cancelled, l)
	s.importOrders(orders...)
	_, err := s.Store().ImportLines(t.Context(), s.intake("lines"), numbered(lines))
	s.must(err)
	objection := []customer.Customer{{ID: id(63), Source: "shop", ExternalID: name(63)}}
	_, err = s.Store().ImportCustomers(t.Context(), s.intake("customers"), []byte("p"), numbered(objection))
	s.must(err)
	s.sql(`INSERT INTO consents (customer_id, seq, kind, effective_at, recorded_at, proven, source, evidence, prev_hash, hash)
		VALUES ($1, 1, 'object_profiling', $2, $2, true, 'letter', '', '', '')`, id(61), s.now.AddDate(0, 0, -5))
	return s
}

func (s *shop) next(who int) (all []string) {
	s.t.Helper()
	next, err := s.Store().NextProductsOf(s.t.Context(), []int64{id(who)}, s.now)
	s.must(err)
	for _, n := range next[id(who)] {
		all = append(all, fmt.Sprintf("%s %s %s", n.Name, n.Reason, n.Because))
	}
	return all
}

func TestNextProducts(t *testing.T) {
	t.Parallel()
	s := coffeeShop(t)
	if _, err := s.Store().NextProductsState(t.Context()); !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	_, err := s.Refresh(t.Context(), s.now, "auto", true)
	s.must(err)
	for who, first := range map[int]string{0: "The beans due ", 30: "The beans popular ", 60: "The grinder because The machine"} {
		if got := s.next(who); len(got) == 0 || got[0] != first {
			t.Errorf("customer %d: %q, want %q first", who, got, first)
		}
	}
	for _, who := range []int{61, 62, 63} {
		if got := s.next(who); len(got) != 0 {
			t.Errorf("customer %d: %q", who, got)
		}
	}
	many, err := s.Store().NextProductsOf(t.Context(), []int64{id(60), id(61), id(0)}, s.now)
	s.must(err)
	if len(many) != 2 || many[id(0)][0].Reason != "due" || many[id(60)][0].Reason != "because" {
		t.Errorf("of several at once: %+v", many)
	}
	state, err := s.Store().NextProductsState(t.Context())
	if err != nil || state.Customers != 61 || state.Orders != 30*5+30+1 || !state.AsOf.Equal(s.now) {
		t.Errorf("%+v, %v", state, err)
	}
	bundles, err := s.Store().Bundles(t.Context(), 10)
	s.must(err)
	if len(bundles) != 2 || bundles[0].Names[0] == "" || bundles[0].Orders != 30 || bundles[0].Lift < 2 {
		t.Errorf("%+v", bundles)
	}
}

// TestWithdrawnProductsAreNeverSuggested withdraws one after a refresh, and refreshes again.
func TestWithdrawnProductsAreNeverSuggested(t *testing.T) {
	t.Parallel()
	s := coffeeShop(t)
	_, err := s.Refresh(t.Context(), s.now, "auto", true)
	s.must(err)
	range1 := []customer.Product{{ID: customer.NewID("shop", "grinder"), Source: "shop", ExternalID: "grinder", Name: "Grinder"}}
	_, err = s.Store().ImportProducts(t.Context(), s.intake("products"), numbered(range1))
	s.must(err)
	for _, when := range []string{"before the next refresh", "after it"} {
		for who := range 62 {
			for _, line := range s.next(who) {
				if line[:7] == "Grinder" {
					t.Errorf("%s customer %d: %q", when, who, line)
				}
			}
		}
		bundles, err := s.Store().Bundles(t.Context(), 10)
		if err != nil || len(bundles) != 1 || !slices.Contains(bundles[0].Names[:], "The tea") {
			t.Errorf("%s: %+v, %v", when, bundles, err)
		}
		_, err = s.Refresh(t.Context(), s.now, "auto", true)
		s.must(err)
	}
	if got := s.next(60); len(got) == 0 || got[0] != "The beans popular " {
		t.Errorf("%q", got)
	}
}

// TestSuggestionsLeaveOutWhatHappenedSince buys and objects after a refresh.
func TestSuggestionsLeaveOutWhatHappenedSince(t *testing.T) {
	t.Parallel()
	s := coffeeShop(t)
	_, err := s.Refresh(t.Context(), s.now, "auto", true)
	s.must(err)
	before := s.now
	s.pass(48 * time.Hour)
	if got := s.next(60); len(got) == 0 || got[0] != "The grinder because The machine" {
		t.Fatalf("%q", got)
	}
	bought, lines := s.ordered(60, 2, 1, "grinder")
	beans, more := s.ordered(0, 9, 1, "beans")
	s.importOrders(bought, beans)
	_, err = s.Store().ImportLines(t.Context(), s.intake("lines"), numbered(append(lines, more...)))
	s.must(err)
	s.sql(`INSERT INTO consents (customer_id, seq, kind, effective_at, recorded_at, proven, source, evidence, prev_hash, hash)
		VALUES ($1, 1, 'object_profiling', $2, $2, true, 'letter', '', '', '')`, id(1), s.now)
	for who, gone := range map[int]string{60: "The grinder because The machine", 0: "The beans due "} {
		if got := s.next(who); slices.Contains(got, gone) {
			t.Errorf("customer %d: %q, of which %q was bought", who, got, gone)
		}
	}
	if got := s.next(1); len(got) != 0 {
		t.Errorf("after an objection: %q", got)
	}
	s.now = before
	if got := s.next(60); len(got) == 0 || got[0] != "The grinder because The machine" {
		t.Errorf("as known before: %q", got)
	}
	s.now = before.Add(-time.Hour)
	if got := s.next(60); len(got) != 0 {
		t.Errorf("before they were made: %q", got)
	}
}

// TestNextProductsAgeLikeAModel holds that refreshes in between write suggestions only when a week has passed.
func TestNextProductsAgeLikeAModel(t *testing.T) {
	t.Parallel()
	s := coffeeShop(t)
	for _, step := range []struct {
		days int
		full bool
		want int // days until the stored as-of
	}{{0, false, 0}, {1, false, 0}, {2, true, 2}, {8, false, 2}, {9, false, 9}} {
		_, err := s.Refresh(t.Context(), s.now.AddDate(0, 0, step.days), "auto", step.full)
		s.must(err)
		state, err := s.Store().NextProductsState(t.Context())
		if want := s.now.AddDate(0, 0, step.want); err != nil || !state.AsOf.Equal(want) {
			t.Errorf("%+v: %v, %v", step, state.AsOf, err)
		}
	}
}

// TestStoredSuggestionsEqualTheModel compares what the database streams with the model over the same lines in memory.
func TestStoredSuggestionsEqualTheModel(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	r := rand.New(rand.NewPCG(5, 6))
	bought := map[int64][]basket.Purchase{}
	var orders []customer.Order
	var lines []customer.Line
	for who := range 300 {
		for no := range 1 + r.IntN(4) {
			var products []string
			for range 1 + r.IntN(4) {
				products = append(products, fmt.Sprintf("%c%d", 'a'+who%3, r.IntN(9)))
			}
			o, l := s.ordered(who, no, r.IntN(300), products...)
			orders, lines = append(orders, o), append(lines, l...)
			for _, x := range l {
				day := int32(features.DayOf(o.OrderedAt, s.zone))
				bought[o.CustomerID] = append(bought[o.CustomerID], basket.Purchase{Product: x.ProductID, Order: o.ID, Day: day, Category: x.Category})
			}
		}
	}
	s.importOrders(orders...)
	_, err := s.Store().ImportLines(t.Context(), s.intake("lines"), numbered(lines))
	s.must(err)
	_, err = s.Refresh(t.Context(), s.now, "auto", true)
	s.must(err)
	learner := basket.NewLearner(int32(features.DayOf(s.now, s.zone)))
	for _, purchases := range bought {
		learner.Add(purchases)
	}
	advisor := learner.Model(func(int64) bool { return true }).Advisor()
	for who, purchases := range bought {
		var want []string
		category := one[string](s, `SELECT coalesce(max(next_category), '') FROM (SELECT * FROM snapshots_a UNION ALL SELECT * FROM snapshots_b) x WHERE customer_id = $1`, who)
		for _, n := range advisor.Next(purchases, category, 5) {
			want = append(want, fmt.Sprintf("%d %s", n.Product, n.Reason))
		}
		got := one[[]string](s, `SELECT coalesce(array_agg(product_id || ' ' || reason ORDER BY rank), '{}')
			FROM next_products, unnest(product_ids, reasons) WITH ORDINALITY u(product_id, reason, rank) WHERE customer_id = $1`, who)
		if !slices.Equal(got, want) {
			t.Fatalf("customer %d: %q, want %q", who, got, want)
		}
	}
}
