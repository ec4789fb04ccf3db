package pushdown_test

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/rules"
	"treue/rules/features"
	"treue/rules/pushdown"
)

func env() pushdown.Env {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	return pushdown.Env{
		Day: features.DayOf(now, zone), Now: now, Zone: zone,
		Categories: []string{"Kaffee", "Kaffee > Bohnen", "Tee"}, Tags: []string{"VIP", "abo", "vip"},
		Attributes: map[int64]map[string]string{7: {"Röstung": "Hell"}, 8: {"Röstung": "Dunkel"}},
		Cuts:       &features.Cuts{Recency: [4]float64{-400, -200, -90, -30}, Frequency: [4]float64{2, 3, 4, math.Inf(1)}},
	}
}

func compile(t interface{ Fatalf(string, ...any) }, source string) *rules.Rule {
	rule, err := rules.Compile(source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return rule
}

// readable gives the long statements of events a name.
func readable(sql string) string {
	names := map[features.Events]string{
		features.OrderEvents: "orders", features.LineEvents: "lines", features.ContactEvents: "contacts", features.EntryEvents: "entries", features.PointEvents: "points",
	}
	for kind, name := range names {
		for n := range 9 {
			sql = strings.ReplaceAll(sql, "("+pushdown.Source(kind, fmt.Sprintf("$%d::timestamptz", n))+") e", name)
		}
	}
	return sql
}

func TestPredicates(t *testing.T) {
	t.Parallel()
	for _, test := range predicates() {
		b := pushdown.New(env(), "snapshots_a")
		split := b.Rule(compile(t, test.rule))
		if split.Extent != pushdown.Full || len(split.Rest) > 0 {
			t.Errorf("%s is pushed down %s", test.rule, split.Extent)
		}
		if got := readable(split.Predicate); got != test.sql {
			t.Errorf("%s\n got %s\nwant %s", test.rule, got, test.sql)
		}
		if got := strings.TrimPrefix(readable(b.From()), "snapshots_a s"); strings.TrimSpace(got) != test.joins {
			t.Errorf("%s\n got %s\nwant %s", test.rule, got, test.joins)
		}
		checkPlaceholders(t, b, split.Predicate)
	}
}

// checkPlaceholders holds that a statement uses every value: Postgres cannot tell the type of one that it does not see.
func checkPlaceholders(t interface{ Errorf(string, ...any) }, b *pushdown.Builder, predicates ...string) {
	sql := strings.Join(predicates, " ") + " " + b.From()
	seen := make(map[string]bool)
	for _, p := range regexp.MustCompile(`\$\d+`).FindAllString(sql, -1) {
		seen[p] = true
	}
	for i := range b.Args() {
		if p := fmt.Sprintf("$%d", i+1); !seen[p] {
			t.Errorf("%s is not used in %s", p, sql)
		}
	}
	if len(seen) != len(b.Args()) {
		t.Errorf("%d placeholders for %d values in %s", len(seen), len(b.Args()), sql)
	}
}

func TestValuesOfPlaceholders(t *testing.T) {
	t.Parallel()
	b := pushdown.New(env(), "snapshots_a")
	if p := b.Arg(int64(17)); p != "$1" {
		t.Errorf("the first placeholder is %s", p)
	}
	b.Rule(compile(t, `orders >= 2 && revenue > 99.5 && last_order_at < date("2026-01-31") && country in ["DE", "AT"] && bought("kaffee") && !bought_with("röstung", "hell")`))
	want := []any{
		int64(17), int64(2), 99.5, time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), []string{"DE", "AT"}, []string{"Kaffee", "Kaffee > Bohnen"}, []int64{7}, env().Now,
	}
	if got := b.Args(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWindowsAreDaysOfTheShop(t *testing.T) {
	t.Parallel()
	b := pushdown.New(env(), "snapshots_a")
	b.Rule(compile(t, `orders_within(30) == 0`))
	// From midnight in Berlin, when summer time still held.
	if want := time.Date(2026, 10, 22, 22, 0, 0, 0, time.UTC); !slices.ContainsFunc(b.Args(), func(v any) bool { return v == any(want) }) {
		t.Errorf("no window from %v in %v", want, b.Args())
	}
}

// TestStaysInMemory holds what has no exact meaning in SQL.
func TestStaysInMemory(t *testing.T) {
	t.Parallel()
	nested := "average_order_value"
	for range 12 {
		nested = "round(" + nested + " / 3)"
	}
	for _, source := range []string{
		`lower(channel) == "ads"`, `trim(city) == "Köln"`, `upper(country) in ["DE"]`, `known(lower(country))`, `len(lower(city)) > 3`, `city matches "^K"`,
		`!(orders > 2 || city matches "^K")`,
		`revenue * revenue * revenue * revenue * revenue * revenue * revenue * revenue * revenue * revenue * revenue * revenue * revenue * revenue * revenue * revenue * revenue > 1`,
		`revenue * 1e300 > 1`, `revenue / 1e-300 > 1`, `revenue * 1e-280 > 1`, `1 / (revenue / 1e280) > 1`,
		nested + " > 2",
	} {
		b := pushdown.New(env(), "snapshots_a")
		b.Rule(compile(t, `revenue > 5 && orders_within(7) > 1`))
		args, from := b.Args(), b.From()
		split := b.Rule(compile(t, source))
		if split.Extent != pushdown.None || split.Predicate != "true" || !slices.Equal(split.Rest, []int{0}) {
			t.Errorf("%s became %+v", source, split)
		}
		if !reflect.DeepEqual(b.Args(), args) || b.From() != from {
			t.Errorf("%s left a trace: %v, %s", source, b.Args(), b.From())
		}
	}
}

func TestFailedTermLeavesNoTrace(t *testing.T) {
	t.Parallel()
	pure, mixed := pushdown.New(env(), "t"), pushdown.New(env(), "t")
	want := pure.Rule(compile(t, `spent_within(30) > 5 && country == "DE"`))
	got := mixed.Rule(compile(t, `spent_within(30) > 5 && (spent_within(60) > 1 && channel == "FR" && lower(city) == "x") && country == "DE"`))
	if got.Predicate != want.Predicate || got.Extent != pushdown.Partial || !slices.Equal(got.Rest, []int{1}) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !reflect.DeepEqual(pure.Args(), mixed.Args()) || pure.From() != mixed.From() {
		t.Errorf("the failed term left a trace: %v, %s", mixed.Args(), mixed.From())
	}
}

func TestRulesShareJoins(t *testing.T) {
	t.Parallel()
	b := pushdown.New(env(), "t")
	for _, source := range []string{
		`spent_within(30) > 5`, `orders_within(30) > 2`, `spent_within(30) < 50`, `due_in("Kaffee") < 3`, `days_since_bought("Kaffee") > 3`,
	} {
		b.Rule(compile(t, source))
	}
	if n := strings.Count(b.From(), "LEFT JOIN (SELECT customer_id,") - strings.Count(b.From(), "LEFT JOIN (SELECT customer_id, order_id,"); n != 2 {
		t.Errorf("%d joins in %s", n, b.From())
	}
}

// TestNoTextOfARuleIsSQL puts hostile texts wherever a rule takes one.
func TestNoTextOfARuleIsSQL(t *testing.T) {
	t.Parallel()
	shapes := []string{
		`country == %s`, `%s != city`, `city contains %s`, `city endsWith %s`, `city startsWith %s`, `city in [%s, "a"]`, `%s in tags`, `len(%s) > 2`,
		`has_tag(%s)`, `bought(%s)`, `bought_product(%s)`, `bought_with(%s, "x")`, `bought_with("x", %s)`, `bought_within(%s, 3)`, `due_in(%s) > 1`,
		`received(%s, 7)`, `!in_campaign(%s)`, `city < %s`, `(orders > 1 ? city : %s) == "x"`, `known(%s)`,
	}
	rapid.Check(t, func(t *rapid.T) {
		text := "⟦" + rapid.StringMatching(`[a-zA-Z0-9'"\\$;%_()/*\-> ]{0,20}`).Draw(t, "text") + "⟧"
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
		e := env()
		e.Tags, e.Categories = append(e.Tags, text), append(e.Categories, text)
		e.Attributes[9] = map[string]string{text: "x", "x": text}
		b := pushdown.New(e, "t")
		var predicates []string
		for _, shape := range shapes {
			predicates = append(predicates, b.Rule(compile(t, fmt.Sprintf(shape, quoted))).Predicate)
		}
		if sql := strings.Join(predicates, "\n") + b.From(); strings.ContainsAny(sql, "⟦⟧") {
			t.Fatalf("%s is in %s", text, sql)
		}
		checkPlaceholders(t, b, predicates...)
	})
}

func TestSourcesNameTheirMoment(t *testing.T) {
	t.Parallel()
	for _, kind := range []features.Events{features.OrderEvents, features.LineEvents, features.ContactEvents, features.EntryEvents, features.PointEvents} {
		sql := pushdown.Source(kind, "$42")
		if !strings.Contains(sql, "$42") || strings.Contains(sql, "@") || !strings.Contains(sql, "customer_id") {
			t.Errorf("kind %d: %s", kind, sql)
		}
	}
}
