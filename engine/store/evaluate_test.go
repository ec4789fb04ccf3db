package store_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5/pgconn"

	"treue/engine/store"
	"treue/rules"
	"treue/rules/features"
	"treue/rules/pushdown"
)

// questions are rules of every sort: stored fields, formulas, lists, each kind of event, and what stays in memory.
var questions = []string{
	`orders >= 2`,
	`consent && country == "DE" && days_since_last_order > 30`,
	`country != "DE" && !(clv > 10)`,
	`country not in ["DE", "AT"] && known(country)`,
	`has_tag("VIP") || bought("tee")`,
	`bought("Kaffee") && !bought("Mühlen") && clv_predicted * 2 > revenue`,
	`overdue_factor > 1.5 && average_order_value < 50`,
	`1 / orders > 0.3 && revenue / mails_7d < 10`,
	`orders_within(90) >= 1`,
	`orders_within(90) == 0 && spent_within(365) > 20`,
	`days_since_bought("Kaffee") > 30 && units_bought("tee", 400) >= 1`,
	`bought_with("roast", "dunkel") || bought_product("p1")`,
	`times_bought("Kaffee > Bohnen", 700) >= 2 || spent_on("Obst", 365) > 4`,
	`received("winback", 60)`,
	`points_expiring_within(40) > 1`,
	`was_in_segment("hibernating", 60) || was_in_segment("new", 10)`,
	`crossed("revenue", 20, 30)`,
	`due_in("Kaffee") < 400`,
	`birthday_within(100) && orders > 0`,
	`last_category matches "^[a-d]" && consent && days_since_bought("Tee") > 3`,
	`upper(country) == "AT" && orders >= 1`,
}

var evaluators = []store.Evaluator{store.Auto, store.Memory, store.SQL}

func TestHistoriesAreTheEvents(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 1)
	view := c.view(store.Auto)
	view.Needs = rules.Needs{Cuts: true, Attributes: true, Events: []features.Events{
		features.PointEvents, features.OrderEvents, features.LineEvents, features.ContactEvents, features.EntryEvents,
	}}
	got, err := c.readView(c.set, view)
	if err != nil || len(got) != len(c.rows) {
		t.Fatal(len(got), err)
	}
	anyOrder := []gocmp.Option{
		cmpopts.SortSlices(func(a, b features.OrderEvent) int {
			return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Revenue, b.Revenue))
		}),
		cmpopts.SortSlices(func(a, b features.LineEvent) int {
			return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Product, b.Product), cmp.Compare(a.Units, b.Units), cmp.Compare(a.Category, b.Category))
		}),
		cmpopts.SortSlices(func(a, b features.ContactEvent) int {
			return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Campaign, b.Campaign))
		}),
		cmpopts.SortSlices(func(a, b features.PointLot) int {
			return cmp.Or(cmp.Compare(a.ExpiresOn, b.ExpiresOn), cmp.Compare(a.Points, b.Points))
		}),
		cmpopts.EquateEmpty(),
	}
	for i := range got {
		if diff := gocmp.Diff(c.rows[i].History, got[i].History, anyOrder...); diff != "" {
			t.Errorf("customer %d (-want +got):\n%s", got[i].CustomerID, diff)
		}
		one, err := c.SnapshotOf(c.ctx(), c.set, view, got[i].CustomerID)
		if diff := gocmp.Diff(c.rows[i].History, one.History, anyOrder...); diff != "" || err != nil {
			t.Errorf("customer %d alone (-want +got): %v\n%s", got[i].CustomerID, err, diff)
		}
	}
}

// TestAttributesAreReadWhereAsked: most rules on what was bought need none, and a shop may have very many.
func TestAttributesAreReadWhereAsked(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 1)
	for _, test := range []struct {
		rule string
		asks bool
	}{{`bought_with("roast", "dunkel")`, true}, {`days_since_bought("Kaffee") > 30`, false}} {
		view := c.view(store.Memory)
		view.Needs = compiled(t, test.rule)[0].Needs()
		got, err := c.readView(c.set, view)
		if err != nil {
			t.Fatal(err)
		}
		lines, described := 0, 0
		for i := range got {
			for _, line := range got[i].History.Lines {
				lines++
				if len(line.Attributes) > 0 {
					described++
				}
			}
		}
		if lines == 0 || (described > 0) != test.asks {
			t.Errorf("%s: %d of %d lines have attributes", test.rule, described, lines)
		}
	}
}

// expected counts by the definition: every term on every snapshot.
func (c *crowd) expected(rule *rules.Rule) (store.Counted, []store.ShopID) {
	want := store.Counted{Total: int64(len(c.rows))}
	var ids []store.ShopID
	terms := rule.Terms()
	for _, term := range terms {
		_, names := term.Unknown()
		want.Terms = append(want.Terms, store.TermCount{Expr: term.Expr, Doubtful: names})
	}
	for i := range c.rows {
		s := &c.rows[i]
		reached := true
		for j, v := range rule.Explain(s, c.today()) {
			n := &want.Terms[j]
			lacks := false
			if unknown, names := terms[j].Unknown(); len(names) > 0 {
				lacks = unknown.Matcher()(s, c.today())
			}
			add := func(to *int64, counts bool) {
				if counts {
					*to++
				}
			}
			add(&n.Alone, v.Matched)
			add(&n.Unknown, lacks)
			add(&n.Lost, lacks && reached && !v.Matched)
			reached = reached && v.Matched
			add(&n.InSequence, reached)
		}
		if rule.Match(s, c.today()) {
			want.Matched++
			ids = append(ids, store.ShopID{Source: s.Source, ExternalID: s.ExternalID})
		}
	}
	slices.SortFunc(ids, func(a, b store.ShopID) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.ExternalID, b.ExternalID))
	})
	return want, ids
}

func TestEvaluatorsAgree(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		c := newCrowd(t, seed)
		for _, rule := range compiled(t, questions...) {
			want, ids := c.expected(rule)
			for _, by := range evaluators {
				got, err := c.Count(c.ctx(), c.set, c.view(by), rule)
				if err != nil {
					t.Fatalf("%s by %s: %v", rule.Source(), by, err)
				}
				if (by == store.Memory) != (got.Extent == pushdown.None) {
					t.Errorf("%s by %s: extent %s", rule.Source(), by, got.Extent)
				}
				want.Extent = got.Extent
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Errorf("%s by %s (-want +got):\n%s", rule.Source(), by, diff)
				}
				found, err := c.IDs(c.ctx(), c.set, c.view(by), rule)
				if diff := gocmp.Diff(ids, found, cmpopts.EquateEmpty()); diff != "" || err != nil {
					t.Errorf("ids of %s by %s (-want +got): %v\n%s", rule.Source(), by, err, diff)
				}
			}
		}
	}
}

func TestAllAudiencesInOneScan(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 3)
	all := compiled(t, questions...)
	for len(all) <= 130 {
		all = append(all, all...) // beyond one word of the mask
	}
	for _, by := range evaluators {
		view := c.view(by)
		view.Needs = rules.Needs{Columns: []string{"clv_predicted", "categories"}}
		i := 0
		err := c.Match(c.ctx(), c.set, view, all, func(s *features.Snapshot, holding store.Mask) error {
			for ; i < len(c.rows) && c.rows[i].CustomerID != s.CustomerID; i++ {
				for _, rule := range all {
					if rule.Match(&c.rows[i], c.today()) {
						t.Errorf("%s leaves out customer %d of %s", by, c.rows[i].CustomerID, rule.Source())
					}
				}
			}
			if i == len(c.rows) {
				t.Fatalf("%s: customer %d is out of order", by, s.CustomerID)
			}
			row := &c.rows[i]
			for n, rule := range all {
				if holding.Has(n) != rule.Match(row, c.today()) {
					t.Errorf("%s: %s for customer %d is %v", by, rule.Source(), s.CustomerID, holding.Has(n))
				}
			}
			if !slices.Equal(s.Categories, row.Categories) || s.CLVPredicted != row.CLVPredicted && row.CLVPredicted == row.CLVPredicted {
				t.Errorf("%s: customer %d lacks what was asked for", by, s.CustomerID)
			}
			i++
			return nil
		})
		if err != nil || i == 0 {
			t.Errorf("%s: %d customers seen, %v", by, i, err)
		}
	}
	stop := errors.New("enough")
	if err := c.Match(c.ctx(), c.set, c.view(store.Auto), all, func(*features.Snapshot, store.Mask) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("visit's error becomes %v", err)
	}
	// The visitor's own trouble with a database is no trouble of the statement: nobody is visited twice for it.
	for _, code := range []string{"22003", "57014"} {
		visits, fault := 0, &pgconn.PgError{Code: code}
		err := c.Match(c.ctx(), c.set, c.view(store.Auto), all, func(*features.Snapshot, store.Mask) error {
			visits++
			return fault
		})
		if visits != 1 || err != error(fault) { //nolint:errorlint // it is handed on as it is
			t.Errorf("visit's error of the code %s, after %d visits, becomes %v", code, visits, err)
		}
	}
	if err := c.Match(c.ctx(), c.set, c.view(store.Auto), nil, func(*features.Snapshot, store.Mask) error { return stop }); err != nil {
		t.Errorf("no rule: %v", err)
	}
}

// TestCancellingReachesTheServer cancels a count that waits for a lock: a server that only lost its client would wait on.
func TestCancellingReachesTheServer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	set, err := b.Publish(b.ctx(), b.set(noon), snapshots(3))
	if err != nil {
		t.Fatal(err)
	}
	holder, err := b.db.Begin(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Rollback(context.WithoutCancel(b.ctx())) }()
	if _, err := holder.Exec(b.ctx(), `LOCK TABLE category_names IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	const waiting = `SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_stat_activity a USING (pid)
		WHERE c.relname = 'category_names' AND c.relnamespace = current_schema()::regnamespace AND NOT l.granted AND a.state = 'active'`
	until := func(want int64) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); value[int64](b, waiting) != want; {
			if time.Now().After(deadline) {
				t.Fatalf("%d statements wait in the server, want %d", value[int64](b, waiting), want)
			}
		}
	}
	rule := compiled(t, `bought("Tee")`)[0]
	ctx, cancel := context.WithCancel(b.ctx())
	done := make(chan error, 1)
	go func() {
		_, err := b.Count(ctx, set, all(), rule)
		done <- err
	}()
	until(1)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	until(0)
	go func() {
		done <- b.Match(b.ctx(), set, all(), []*rules.Rule{rule}, func(*features.Snapshot, store.Mask) error { return nil })
	}()
	until(1)
	value[bool](b, strings.Replace(waiting, "count(*)", "bool_and(pg_cancel_backend(a.pid))", 1))
	if err := <-done; err == nil || strings.Contains(err.Error(), "took longer") {
		t.Errorf("stopped by the server's operator, a statement without a limit says %v", err)
	}
}

// TestArithmeticFailsNobody stores amounts that no refresh writes, at which the database gives up.
func TestArithmeticFailsNobody(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 4)
	c.exec(`UPDATE snapshots_a SET clv_predicted = 1e308, revenue = 1e308 WHERE customer_id % 2 = 0`)
	rule := compiled(t, `clv_predicted * revenue > 1`)[0]
	want, err := c.Count(c.ctx(), c.set, c.view(store.Memory), rule)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Count(c.ctx(), c.set, c.view(store.SQL), rule); err == nil {
		t.Error("the database can multiply these: the test shows nothing")
	}
	got, err := c.Count(c.ctx(), c.set, c.view(store.Auto), rule)
	if diff := gocmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("(-want +got): %v\n%s", err, diff)
	}
	ids, err := c.IDs(c.ctx(), c.set, c.view(store.Auto), rule)
	if err != nil || int64(len(ids)) != want.Matched {
		t.Errorf("%d ids, want %d: %v", len(ids), want.Matched, err)
	}
	var seen []int64
	err = c.Match(c.ctx(), c.set, c.view(store.Auto), []*rules.Rule{rule}, func(s *features.Snapshot, _ store.Mask) error {
		seen = append(seen, s.CustomerID)
		return nil
	})
	if err != nil || int64(len(seen)) != want.Matched || !slices.IsSorted(seen) || len(slices.Compact(seen)) != int(want.Matched) {
		t.Errorf("visited %v, want each of %d once: %v", seen, want.Matched, err)
	}
}
