package rules_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"treue/rules"
)

// hintCases are the errors that people meet first: where the caret stands and what the hint says. Where repaired is
// set, the hint shows that rule.
var hintCases = []struct {
	rule     string
	column   int
	hint     string
	repaired string
}{
	{`p_alive < 0,5`, 11, "write 0.5", `p_alive < 0.5`},
	{`(p_alive < 0,5)`, 12, "write 0.5", `(p_alive < 0.5)`},
	{`min(p_alive, 1) < 0,25`, 19, "write 0.25", `min(p_alive, 1) < 0.25`},
	{`p_alive < 50%`, 11, "shares are 0 to 1: write 0.5", `p_alive < 0.5`},
	{`clv_percentile >= 90 % && consent`, 19, "shares are 0 to 1: write 0.9", `clv_percentile >= 0.9 && consent`},
	{`clv_percentile > 90`, 18, "shares are 0 to 1: write 0.9", `clv_percentile > 0.9`},
	{`90 < clv_percentile`, 1, "shares are 0 to 1: write 0.9", `0.9 < clv_percentile`},
	{`p_alive < -0.5`, 11, "shares are 0 to 1", ""},
	{`p_alive in 20..50`, 12, "shares are 0 to 1", ""},
	{`orders = 2`, 8, "use == to compare", `orders == 2`},
	{`orders => 2`, 8, "write >=", `orders >= 2`},
	{`orders =< 2`, 8, "write <=", `orders <= 2`},
	{`orders ≥ 2`, 8, "write >=", `orders >= 2`},
	{`orders <> 2`, 8, "write !=", `orders != 2`},
	{`orders === 2`, 8, "write ==", `orders == 2`},
	{`orders > 2 & consent`, 12, "write &&", `orders > 2 && consent`},
	{`orders > 2 UND consent`, 12, "write &&", `orders > 2 && consent`},
	{`orders > 2 AND consent`, 12, "write &&", `orders > 2 && consent`},
	{`orders > 2 ODER consent`, 12, "write ||", `orders > 2 || consent`},
	{`orders > 2 OR NOT consent`, 12, "write ||", `orders > 2 || ! consent`},
	{`country NOT IN ["DE"]`, 9, "write not", `country not in ["DE"]`},
	{`consent ist wahr`, 9, "write ==", `consent == true`},
	{`country == „DE“`, 12, `use straight quotes: "DE"`, `country == "DE"`},
	{`country == »DE«`, 12, `use straight quotes: "DE"`, `country == "DE"`},
	{`country == “DE”`, 12, `use straight quotes: "DE"`, `country == "DE"`},
	{`days_since_last_order > 90 Tage`, 25, "write 90", `days_since_last_order > 90`},
	{`days_since_last_order > 90days && consent`, 25, "write 90", `days_since_last_order > 90 && consent`},
	{`revenue > 100 €`, 11, "write 100", `revenue > 100`},
	{`revenue > €100`, 11, "write 100", `revenue > 100`},
	{`revenue > 100 EUR`, 11, "write 100", `revenue > 100`},
	{`revenue > 1.000`, 11, "write 1000, or 1.0 if a decimal was meant", `revenue > 1000`},
	{`revenue > 12.500 && consent`, 11, "write 12500", `revenue > 12500 && consent`},
	{`revenue > 1.000.000`, 11, "write 1000000", `revenue > 1000000`},
	{`revenue > 1,000`, 11, "write 1000", `revenue > 1000`},
	{`orders > 0x10`, 10, "write 16", `orders > 16`},
	{`Orders > 2`, 1, "did you mean `orders`?", `orders > 2`},
	{`day_since_last_order > 2`, 1, "did you mean `days_since_last_order`?", `days_since_last_order > 2`},
	{`days-since-last-order > 2`, 1, "", ""},
	{`bestellungen >= 2`, 1, "did you mean `orders`?", `orders >= 2`},
	{`Umsatz > 2`, 1, "did you mean `revenue`?", `revenue > 2`},
	{`bestelungen = 2 UND Umsatz > 1.000`, 13, "use == to compare", `orders == 2 && revenue > 1000`},
	{`hasTag("vip")`, 1, "did you mean `has_tag`?", `has_tag("vip")`},
	{`segment == at_risk`, 12, `texts need quotes: "at_risk"`, `segment == "at_risk"`},
	{`segment == at_rsk`, 12, `texts need quotes: "at_risk"`, `segment == "at_risk"`},
	{`DE == country`, 1, `texts need quotes: "DE"`, `"DE" == country`},
	{`country in [DE, AT]`, 13, `texts need quotes: "DE"`, `country in ["DE", "AT"]`},
	{`vip in tags`, 1, `texts need quotes: "vip"`, `"vip" in tags`},
	{`at_risk`, 1, `write segment == "at_risk"`, ""},
	{`segment == "champion"`, 12, `did you mean "champions"?`, `segment == "champions"`},
	{`segment in ["loyal", "Champions"]`, 22, `did you mean "champions"?`, `segment in ["loyal", "champions"]`},
	{`segment == "zzz"`, 12, "it is one of champions, loyal", ""},
	{`tier != "e"`, 9, "", ""},
	{`orders == "2"`, 11, "write 2", `orders == 2`},
	{`orders == "two"`, 11, "numbers are written without quotes", ""},
	{`country == 49`, 12, `write "49"`, `country == "49"`},
	{`consent == 1`, 12, "write consent or !consent", ""},
	{`last_order_at > "31.01.2026"`, 17, `write date("2026-01-31")`, `last_order_at > date("2026-01-31")`},
	{`last_order_at > date("31.01.2026")`, 22, `write "2026-01-31"`, `last_order_at > date("2026-01-31")`},
	{`last_order_at > date("soon")`, 22, `date("2026-01-31")`, ""},
	{`last_order_at > 31.01.2026`, 17, `write date("2026-01-31")`, `last_order_at > date("2026-01-31")`},
	{`last_order_at > 2026-01-31 && consent`, 17, `write date("2026-01-31")`, `last_order_at > date("2026-01-31") && consent`},
	{`orders > 1.2.3`, 10, "at most one point", ""},
	{`orders > 2 revenu > 3`, 12, "is && or || missing before it?", ""},
	{`country == no`, 12, `texts need quotes: "no"`, `country == "no"`},
	{`language in [de, is]`, 14, `texts need quotes: "de"`, `language in ["de", "is"]`},
	{`consent == ja`, 12, "write true", `consent == true`},
	{`-orders < -tier`, 11, "days_since(date)", ""},
	{`tags == categories`, 6, "len(tags)", ""},
	{`country == orders`, 9, "compare numbers with numbers", ""},
	{`channel contains ads`, 18, `texts need quotes: "ads"`, `channel contains "ads"`},
	{`orders contains "2"`, 8, "channel contains", ""},
	{`orders matches "2"`, 8, "channel matches", ""},
	{`orders + country > 2`, 8, "", ""},
	{`orders in tags`, 8, `"x" in tags`, ""},
	{`orders in revenue`, 8, "2..5", ""},
	{`tags in ["vip"]`, 6, `"vip" in tags`, ""},
	{`country in 1..2`, 13, "use >= and <=", ""},
	{`orders in 0..9999999999999999999`, 14, "write a smaller one", ""},
	{`revenue > 1e999`, 11, "write a smaller one", ""},
	{`orders in 0..9223372036854775807`, 12, "use >= and <=", ""},
	{`orders .. 2 == 3`, 8, "a range stands to the right of in", ""},
	{`(consent ? tags : categories) == "x"`, 19, "both must be", ""},
	{`today(1) == date("2026-01-31")`, 1, "write today()", ""},
	{`orders > 0xZZ`, 10, "write", `orders > 0`},
	{`(revenue > 100 € ODER orders > 2)`, 12, "write 100", `(revenue > 100 || orders > 2)`},
	{`days_since_last_order > 90 Tage und orders > 2`, 25, "write 90", `days_since_last_order > 90 && orders > 2`},
	{`country == "DE" or "AT"`, 20, `country in ["DE", "AT"]`, ""},
	{`orders >= 2 && overdue > 2`, 16, "`treue rules fields` lists them", ""},
	{`last_order_at > 90`, 17, "write days_since(last_order_at)", ""},
	{`last_order_at - 3 > date("2026-01-31")`, 15, "days_since(date)", ""},
	{`tags contains "vip"`, 1, `write "vip" in tags`, `"vip" in tags`},
	{`tags == "vip"`, 9, `write "vip" in tags`, ""},
	{`country in "DE"`, 9, "contains", ""},
	{`country in []`, 12, "at least one item", ""},
	{`country in ["DE", 5]`, 19, "kind of what stands before in", ""},
	{`orders in [1, revenue]`, 15, "compare with ==", ""},
	{`orders in 5..2`, 12, "write 2..5", ""},
	{`p_alive in 0.1..0.5`, 15, "p_alive >= 0.2", ""},
	{`orders`, 1, "write a comparison, e.g. orders >= 2", ""},
	{`country`, 1, "write a comparison, e.g. country in", ""},
	{`orders + 1`, 1, "write a comparison, e.g. orders >= 2", ""},
	{`consent && revenue`, 12, "write a comparison, e.g. revenue > 300", ""},
	{`(consent || revenue)`, 13, "write a comparison, e.g. revenue > 300", ""},
	{`revenue ? true : false`, 1, "write a comparison, e.g. revenue > 300", ""},
	{`(consent ? 1 : "a") == 1`, 16, "both must be", ""},
	{``, 1, "orders >= 2", ""},
	{"  \n // only a comment", 1, "orders >= 2", ""},
	{`!orders > 2`, 1, "!(orders > 2)", ""},
	{`-country == "DE"`, 1, "", ""},
	{`(orders >= 2`, 1, "close it with )", ""},
	{`orders >= 2)`, 12, "remove it", ""},
	{`country in ["DE")`, 17, "remove it", ""},
	{`country == "DE`, 12, "end the text with", ""},
	{`orders >=`, 10, "finish it", ""},
	{`orders >= 2 &&`, 15, "finish it", ""},
	{`orders >= 2 revenue > 3`, 13, "is && or || missing before it?", ""},
	{`orders > > 2`, 10, "a value, a field or a bracket", ""},
	{`orders >= 2 /* note`, 13, "close it with */", ""},
	{`orders == nil`, 11, "ask known(x)", ""},
	{`known(orders > 2)`, 7, "ask known(x) of the field itself", ""},
	{`known()`, 1, "write known(x)", ""},
	{`bought(country)`, 8, "write bought(category)", ""},
	{`bought("")`, 8, "write bought(category)", ""},
	{`bought("a", "b")`, 1, "write bought(category)", ""},
	{`round(country) == 1`, 7, "write round(number)", ""},
	{`len(orders) == 1`, 5, "write len(", ""},
	{`min(orders) == 1`, 1, "write min(", ""},
	{`orders() > 1`, 1, "write orders without brackets", ""},
	{`today == date("2026-01-31")`, 1, "write today()", `today() == date("2026-01-31")`},
	{`bought && consent`, 1, "write bought(category)", ""},
	{`tags[0] == "vip"`, 5, `"x" in list`, ""},
	{`country.name == "x"`, 8, "fields have no parts", ""},
	{`revenue ** 2 > 4`, 9, "multiply", ""},
	{`country + language == "DEde"`, 9, "compare each text on its own", ""},
	{`revenue % 2 == 0`, 9, "orders % 5", ""},
	{`channel matches country`, 9, "^ads", ""},
	{`channel matches "("`, 17, "contains", ""},
	{`consent < true`, 9, "join them", ""},
	{`orders > 1 == consent == 3`, 23, "a condition is complete", ""},
	{`if orders > 2 {true} else {false}`, 1, "condition ? a : b", ""},
	{`let x = 2; orders > x`, 1, "write the expression itself", ""},
	{"orders >= 2 &&\n  segment == \"champion\"", 14, `did you mean "champions"?`, "orders >= 2 &&\n  segment == \"champions\""},
}

// TestHints holds place and hint, and that every repaired rule compiles.
func TestHints(t *testing.T) {
	t.Parallel()
	for _, test := range hintCases {
		t.Run(test.rule, func(t *testing.T) {
			t.Parallel()
			fault := firstFault(t, test.rule)
			if fault.Column != test.column {
				t.Errorf("column %d, want %d: %v", fault.Column, test.column, fault)
			}
			if !strings.Contains(fault.Hint, test.hint) {
				t.Errorf("hint %q, want %q in it", fault.Hint, test.hint)
			}
			_, repaired, _ := strings.Cut(fault.Hint, "; the whole rule: ")
			if repaired != test.repaired {
				t.Fatalf("repaired rule %q, want %q", repaired, test.repaired)
			}
			if repaired != "" {
				compile(t, repaired)
			}
		})
	}
}

// TestForeignWordsAndOperators holds that each has a repair which compiles.
func TestForeignWordsAndOperators(t *testing.T) {
	t.Parallel()
	forms := map[string][]string{
		"orders > 2 %s consent": strings.Fields("AND And UND und Und OR Or ODER oder Oder & ∧ ∨"),
		"%s consent":            strings.Fields("NOT Not NICHT nicht Nicht ¬"),
		"orders %s 2":           strings.Fields("=> =< <> === !== ≥ ≤ ≠ = is ist IS"),
		"orders > 2 %s 1":       strings.Fields("− – × ÷"),
		"consent == %s":         strings.Fields("True TRUE wahr ja yes False FALSE falsch nein no"),
		"country %s ['DE']":     strings.Fields("IN In"),
		"channel %s 'a'":        strings.Fields("CONTAINS Contains LIKE like enthält startswith starts_with STARTSWITH endswith ends_with ENDSWITH MATCHES Matches"),
	}
	for form, words := range forms {
		for _, word := range words {
			fault := firstFault(t, fmt.Sprintf(form, word))
			_, repaired, found := strings.Cut(fault.Hint, "; the whole rule: ")
			if !found || strings.Contains(repaired, " "+word+" ") {
				t.Errorf("%s: no repair in %q", word, fault.Hint)
				continue
			}
			compile(t, repaired)
		}
	}
}

func firstFault(t *testing.T, rule string) *rules.Error {
	t.Helper()
	compiled, err := rules.Compile(rule)
	var fault *rules.Error
	if !errors.As(err, &fault) {
		t.Fatalf("compile %q: got %v, want a *rules.Error", rule, err)
	}
	if compiled != nil {
		t.Fatalf("compile %q: a rule besides the error", rule)
	}
	return fault
}

func TestErrorsShowEveryFaultWithItsPlace(t *testing.T) {
	t.Parallel()
	_, err := rules.Compile("umsatz > 300 &&\n\ttier == \"x\" && country == 5")
	var faults rules.Errors
	if !errors.As(err, &faults) || len(faults) != 3 {
		t.Fatalf("got %v, want three faults", err)
	}
	want := []rules.Error{
		{Line: 1, Column: 1, Message: `unknown field "umsatz"`, Snippet: "umsatz > 300 &&\n^"},
		{Line: 2, Column: 10, Message: `tier is never "x"`, Snippet: " tier == \"x\" && country == 5\n         ^"},
		{Line: 2, Column: 28, Message: "a text cannot be compared with a number", Snippet: " tier == \"x\" && country == 5\n                           ^"},
	}
	for i, fault := range faults {
		if fault.Line != want[i].Line || fault.Column != want[i].Column || fault.Message != want[i].Message || fault.Snippet != want[i].Snippet {
			t.Errorf("fault %d: got %+v, want %+v", i, *fault, want[i])
		}
	}
	for _, part := range []string{"1:1: unknown field", "\n2:10: tier", "did you mean `revenue`?"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error lacks %q:\n%v", part, err)
		}
	}
}

func TestColumnsCountCharacters(t *testing.T) {
	t.Parallel()
	fault := firstFault(t, `bought("Mühlenöl") && ordrs > 2`)
	if fault.Column != 23 {
		t.Errorf("column %d, want 23", fault.Column)
	}
	if line, caret, _ := strings.Cut(fault.Snippet, "\n"); []rune(line)[len(caret)-1] != 'o' {
		t.Errorf("caret beside the fault:\n%s", fault.Snippet)
	}
}

func TestSnippetOfALongLineShowsThePartAroundTheFault(t *testing.T) {
	t.Parallel()
	fault := firstFault(t, strings.Repeat("orders > 1 && ", 20)+"ordrs > 2"+strings.Repeat(" && orders > 1", 20))
	line, caret, _ := strings.Cut(fault.Snippet, "\n")
	if len([]rune(line)) > 100 || !strings.HasPrefix(string([]rune(line)[len(caret)-1:]), "ordrs > 2") {
		t.Errorf("snippet:\n%s", fault.Snippet)
	}
	if fault.Column != 281 {
		t.Errorf("column %d, want 281", fault.Column)
	}
}
