package rules_test

import (
	"math"
	"slices"
	"testing"

	"treue/rules"
	"treue/rules/features"
)

func TestUnknownTerms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		term  string
		names []string
	}{
		{`orders >= 2`, nil},
		{`consent`, nil},
		{`country == "DE" || language == "de"`, []string{"country", "language"}},
		{`!(country in ["DE", "AT"]) && country != "CH"`, []string{"country"}},
		{`overdue_factor > 2`, []string{"overdue_factor"}},
		{`orders_within(30) > 2`, nil},
		{`bought("Tee")`, nil},
		{`days_since_bought("Tee, lose") > 30 && due_in("Kaffee") < 3`, []string{`days_since_bought("Tee, lose")`, `due_in("Kaffee")`}},
		{`birthday_within(7)`, []string{"birthday"}},
		{`abs(clv_predicted) > 3`, []string{"clv_predicted"}},
	} {
		rule, err := rules.Compile("(" + test.term + ")")
		if err != nil {
			t.Fatal(err)
		}
		unknown, names := rule.Terms()[0].Unknown()
		if (unknown.Root != nil) != (len(test.names) > 0) || !slices.Equal(names, test.names) {
			t.Errorf("%s: %q may be unknown, want %q", test.term, names, test.names)
		}
	}
}

func TestTermsAlone(t *testing.T) {
	t.Parallel()
	rule, err := rules.Compile(`country == "DE" && margin > 10`)
	if err != nil {
		t.Fatal(err)
	}
	var s features.Snapshot
	features.Blank(&s)
	s.Margin = 20
	terms := rule.Terms()
	if terms[0].Matcher()(&s, 0) || !terms[1].Matcher()(&s, 0) {
		t.Error("the terms are not evaluated alone")
	}
	if needs := terms[0].Needs(); len(needs.Columns) != 1 || needs.Columns[0] != "country" {
		t.Errorf("the first term needs %v", needs)
	}
	for _, test := range []struct {
		country string
		margin  float64
		want    [2]bool
	}{{"", 20, [2]bool{true, false}}, {"AT", math.NaN(), [2]bool{false, true}}, {"DE", 20, [2]bool{}}} {
		s.Country, s.Margin = test.country, test.margin
		for i := range terms {
			if unknown, names := terms[i].Unknown(); len(names) != 1 || unknown.Matcher()(&s, 0) != test.want[i] {
				t.Errorf("%+v: a value of term %d is unknown: want %v", test, i, test.want[i])
			}
		}
	}
}

func TestFieldNeedsCoverEveryField(t *testing.T) {
	t.Parallel()
	needs := rules.FieldNeeds()
	if len(needs.Events) == 0 {
		t.Error("no field reads events, not even orders_30d")
	}
	for _, f := range features.Fields() {
		if f.Column != "" && len(needs.Join(rules.Needs{Columns: []string{f.Column}}).Columns) != len(needs.Columns) {
			t.Errorf("%s is left out", f.Name)
		}
	}
}
