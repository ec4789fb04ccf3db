package rules_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"treue/rules"
	"treue/rules/features"
)

func TestTerms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rule string
		want []string
	}{
		{`orders >= 2`, []string{`orders >= 2`}},
		{`orders >= 2 && days_since_last_order > 90`, []string{`orders >= 2`, `days_since_last_order > 90`}},
		{`consent and orders > 1 and country != "CH"`, []string{`consent`, `orders > 1`, `country != "CH"`}},
		{"  orders>=2\n  &&\tconsent // both\n", []string{`orders>=2`, `consent`}},
		{`consent && (orders > 1 && tier == "a")`, []string{`consent`, `(orders > 1 && tier == "a")`}},
		{`(consent && orders > 1) && tier == "a"`, []string{`(consent && orders > 1)`, `tier == "a"`}},
		{`consent || orders > 1 && tier == "a"`, []string{`consent || orders > 1 && tier == "a"`}},
		{`consent && orders > 1 ? true : false`, []string{`consent && orders > 1 ? true : false`}},
		{`30 < orders < 60`, []string{`30 < orders < 60`}},
		{`30 < orders < 60 && consent`, []string{`30 < orders < 60`, `consent`}},
		{`not consent && !(orders > 1 && consent)`, []string{`not consent`, `!(orders > 1 && consent)`}},
		{`country == "a && b" && consent`, []string{`country == "a && b"`, `consent`}},
		{`bought("Mühlen") && bought("Öl")`, []string{`bought("Mühlen")`, `bought("Öl")`}},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			t.Parallel()
			rule := compile(t, test.rule)
			var got []string
			for _, term := range rule.Terms() {
				got = append(got, term.Expr)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if rule.Source() != test.rule {
				t.Errorf("source %q", rule.Source())
			}
		})
	}
}

func TestFieldsInOrderOfAppearance(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		`tier == "a" && orders > 1 && tier != "b"`: {"tier", "orders"},
		`bought("Kaffee") && !has_tag("abo")`:      {"categories", "tags"},
		`days_since(first_order_at) > 3`:           {"first_order_at"},
		`today() > date("2026-01-01")`:             nil,
		`(consent ? revenue : margin) > 1`:         {"consent", "revenue", "margin"},
	}
	for source, want := range tests {
		if got := compile(t, source).Fields(); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", source, got, want)
		}
	}
}

func TestExplainShowsEveryTermWithItsValues(t *testing.T) {
	t.Parallel()
	rule := compile(t, `orders >= 5 && days_since_last_order > 90 && bought("Kaffee") && last_order_at > date("2026-01-01") && p_alive < 0.5`)
	got := rule.Explain(regular(), evaluated())
	want := []rules.TermVerdict{
		{Expr: `orders >= 5`, Matched: false, Values: []rules.FieldValue{{Name: "orders", Value: "4", Known: true}}},
		{Expr: `days_since_last_order > 90`, Matched: true, Values: []rules.FieldValue{{Name: "days_since_last_order", Value: "100", Known: true}}},
		{Expr: `bought("Kaffee")`, Matched: true, Values: []rules.FieldValue{{Name: "categories", Value: `["Geräte>Mühlen", "Kaffee > Bohnen > Espresso"]`, Known: true}}},
		{Expr: `last_order_at > date("2026-01-01")`, Matched: true, Values: []rules.FieldValue{{Name: "last_order_at", Value: "2026-08-14", Known: true}}},
		{Expr: `p_alive < 0.5`, Matched: true, Values: []rules.FieldValue{{Name: "p_alive", Value: "0.4", Known: true}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	unknown := compile(t, `p_alive < 0.5`).Explain(stranger(), evaluated())
	if v := unknown[0]; v.Matched || v.Values[0].Known || v.Values[0].Value != "unknown" {
		t.Errorf("unknown value explained as %+v", v)
	}
}

func TestVerdictNamesTheFirstTermThatFails(t *testing.T) {
	t.Parallel()
	rule := compile(t, `consent && orders >= 5 && p_alive > 0.9`)
	verdict := rule.Verdict(regular(), evaluated())
	if verdict.Matched || verdict.Reason() != "orders >= 5: no (orders = 4)" {
		t.Errorf("got %v, %q", verdict.Matched, verdict.Reason())
	}
	if got := verdict.Terms[0].String(); got != "consent: yes (consent = true)" {
		t.Errorf("got %q", got)
	}
	verdict = compile(t, `consent`).Verdict(regular(), evaluated())
	if !verdict.Matched || verdict.Reason() != "every term holds" {
		t.Errorf("got %v, %q", verdict.Matched, verdict.Reason())
	}
}

// TestReturnedSlicesAreCopies protects a rule that many goroutines share.
func TestReturnedSlicesAreCopies(t *testing.T) {
	t.Parallel()
	rule := compile(t, `consent && orders > 1`)
	rule.Fields()[0], rule.Terms()[0] = "broken", rules.Term{}
	s := regular()
	verdict := compile(t, `len(tags) == 2`).Explain(s, evaluated())
	if rule.Fields()[0] != "consent" || rule.Terms()[0].Expr != "consent" || verdict[0].Values[0].Value != `["Vip", "abo"]` || s.Tags[0] != "Vip" {
		t.Error("a returned slice is shared")
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	sources := append(realistic(),
		`country in ["A","B","C","D","E","F","G","H","I","DE"] && orders in [1,2,3,4,5,6,7,8,9,10]`,
		`channel matches "^google_[a-z]+$"`,
		`bought("geräte > mühlen") && has_tag("ABO") && lower(language) == "de"`,
		`year(first_order_at) == 2024 && weekday(today()) == 7 && days_since(last_order_at) > 3`,
		`min(orders, 3, revenue) > round(p_alive) && known(revenue / orders) && len(country) == 2`,
		`(orders > 2 ? country : language) == "DE" && orders % 2 == 0 && "abo" in tags`,
	)
	for _, source := range sources {
		rule := compile(t, source)
		for _, s := range []*features.Snapshot{regular(), stranger()} {
			if allocs := testing.AllocsPerRun(100, func() { rule.Match(s, evaluated()) }); allocs != 0 {
				t.Errorf("%s: %.1f allocations", source, allocs)
			}
		}
	}
}

func TestOneRuleServesManyGoroutines(t *testing.T) {
	t.Parallel()
	rule := compile(t, `country in ["A","B","C","D","E","F","G","H","I","DE"] && channel matches "^google" && bought("kaffee")`)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 200 {
				if !rule.Match(regular(), evaluated()) || rule.Match(stranger(), evaluated()) || len(rule.Explain(regular(), evaluated())) != 3 {
					t.Error("wrong verdict")
					return
				}
			}
		})
	}
	group.Wait()
}

// TestEveryExampleOfTheReferenceCompiles and reads what it is an example of.
func TestEveryExampleOfTheReferenceCompiles(t *testing.T) {
	t.Parallel()
	for _, f := range features.Fields() {
		if rule := compile(t, f.Example); !slices.Contains(rule.Fields(), f.Name) {
			t.Errorf("the example of %s does not read it: %s", f.Name, f.Example)
		}
	}
	for _, f := range rules.Functions() {
		compile(t, f.Example)
		if !strings.Contains(f.Example, f.Name+"(") {
			t.Errorf("the example of %s does not call it: %s", f.Name, f.Example)
		}
	}
	if n := len(rules.Functions()); n < 15 {
		t.Errorf("%d functions", n)
	}
}

func ExampleCompile() {
	rule, err := rules.Compile(`orders >= 2 && days_since_last_order > 90`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rule.Match(regular(), evaluated()))
	// Output: true
}

func ExampleCompile_hint() {
	_, err := rules.Compile(`bestellungen = 2 UND p_alive < 0,5`)
	if fault, ok := errors.AsType[*rules.Error](err); ok {
		fmt.Println(fault.Hint)
	}
	// Output: use == to compare; the whole rule: orders == 2 && p_alive < 0.5
}

func ExampleError() {
	_, err := rules.Compile(`orders >= 2 && segment == "champion"`)
	if fault, ok := errors.AsType[*rules.Error](err); ok {
		fmt.Println(fault.Snippet)
	}
	// Output:
	// orders >= 2 && segment == "champion"
	//                           ^
}

func ExampleRule_Explain() {
	rule, err := rules.Compile(`orders >= 5 && country == "DE"`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, term := range rule.Explain(regular(), evaluated()) {
		fmt.Println(term)
	}
	// Output:
	// orders >= 5: no (orders = 4)
	// country == "DE": yes (country = "DE")
}
