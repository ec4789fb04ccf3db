package rules_test

import (
	"errors"
	"fmt"
	"regexp"
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
	{`p_alive in 20..50`, 12, "shares are 0 to 1", `(p_alive >= 0.2 && p_alive <= 0.5)`},
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
	{`country == no`, 12, `texts need quotes: "no"`, `country == "NO"`},
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
	{`country == "DE" or "AT"`, 20, `repeat the field: country == "AT"`, `country == "DE" or country == "AT"`},
	{`country == "DE" && "AT"`, 20, `country in ["DE", "AT"]`, ""},
	{`orders >= 2 && overdue > 2`, 16, "did you mean `overdue_factor`?", `orders >= 2 && overdue_factor > 2`},
	{`orders >= 2 && quuxbar > 2`, 16, "`treue rules fields` lists them", ""},
	{`refund_rate < 0,3`, 15, "write 0.3", `refund_rate < 0.3`},
	{`spent_within(365) > 99,90`, 21, "write 99.90", `spent_within(365) > 99.90`},
	{`spent_on("Tee", 90) > 1.000,50`, 23, "write 1000.50", `spent_on("Tee", 90) > 1000.50`},
	{`spent_on("Tee", 90) > 1.000 €`, 23, "write 1000, or 1.0", `spent_on("Tee", 90) > 1000`},
	{`(clv > 99,90 € && consent)`, 8, "write 99.90", `(clv > 99.90 && consent)`},
	{`bought(Bohnen) && consent`, 8, `texts need quotes: "Bohnen"`, `bought("Bohnen") && consent`},
	{`units_bought(Tee, 90) > 3`, 14, `texts need quotes: "Tee"`, `units_bought("Tee", 90) > 3`},
	{`has_tag(country)`, 9, "write has_tag(tag)", ""},
	{`country == "DE" oder "AT"`, 17, "write ||", `country == "DE" || country == "AT"`},
	{`orders == 1 or 2 or 3`, 16, "repeat the field: orders == 2", `orders == 1 or orders == 2 or orders == 3`},
	{`discount_share == 100%`, 19, "write 1", `discount_share == 1`},
	{`clv_change_90d < -20%`, 19, "write 0.2", `clv_change_90d < -0.2`},
	{`refund_rate > 30 Prozent`, 15, "write 0.3", `refund_rate > 0.3`},
	{`units_bought("Tee", 90) => 12`, 25, "write >=", `units_bought("Tee", 90) >= 12`},
	{`due_in("Bohnen") =< 7`, 18, "write <=", `due_in("Bohnen") <= 7`},
	{`subscriber UND points > 3`, 12, "write &&", `subscriber && points > 3`},
	{`customer_group == „gastro“ AND !open_complaint`, 19, `use straight quotes: "gastro"`, `customer_group == "gastro" && !open_complaint`},
	{`bought(„Bohnen“)`, 8, `use straight quotes: "Bohnen"`, `bought("Bohnen")`},
	{`days_since_delivery > 2 Wochen`, 23, "write the days: 14", `days_since_delivery > 14`},
	{`days_since_feedback < 3 Monate && consent`, 23, "write the days: 90", `days_since_feedback < 90 && consent`},
	{`account_age_days > 1 Jahr`, 20, "write the days: 365", `account_age_days > 365`},
	{`days_since_bought("Pflege") > 150 Tage`, 31, "write 150", `days_since_bought("Pflege") > 150`},
	{`spent_within(365) > 300 Euro`, 21, "write 300", `spent_within(365) > 300`},
	{`Points >= 100`, 1, "did you mean `points`?", `points >= 100`},
	{`customer_group == gastro`, 19, `texts need quotes: "gastro"`, `customer_group == "gastro"`},
	{`tier == A`, 9, `texts need quotes: "a"`, `tier == "a"`},
	{`plz startsWith "20"`, 1, "did you mean `postcode`?", `postcode startsWith "20"`},
	{`Kundengruppe == "gastro"`, 1, "did you mean `customer_group`?", `customer_group == "gastro"`},
	{`clv > 1.000`, 7, "write 1000", `clv > 1000`},
	{`discount_share > 50`, 18, "write 0.5", `discount_share > 0.5`},
	{`geöffnet`, 1, "there is no pixel", ""},
	{`opened == 0`, 1, "there is no pixel", ""},
	{`open_rate > 0.2`, 1, "there is no pixel", ""},
	{`days_since_last_open > 30`, 1, `received("winback", 14) && orders_within(14) == 0`, ""},
	{`opened("winback-90")`, 1, "there is no pixel", ""},
	{`cart_abandoned`, 1, "the shop's own tool", ""},
	{`Warenkorbabbruch && consent`, 1, "the shop's own tool", ""},
	{`random() < 0.1`, 1, "set holdout in the campaign", ""},
	{`zufall < 0.1`, 1, "set holdout in the campaign", ""},
	{`open_complaints`, 1, "did you mean `open_complaint`?", `open_complaint`},
	{`channel matches "(a"`, 17, "contains", ""},
	{`channel matches "[a"`, 17, "contains", ""},
	{`channel matches "*a"`, 17, "contains", ""},
	{`channel matches "a\\q"`, 17, "contains", ""},
	{`last_order_at > 90`, 17, "write days_since(last_order_at)", ""},
	{`last_order_at - 3 > date("2026-01-31")`, 15, "days_since(date)", ""},
	{`tags contains "vip"`, 1, `write "vip" in tags`, `"vip" in tags`},
	{`tags == "vip"`, 9, `write "vip" in tags`, ""},
	{`country in "DE"`, 9, "contains", ""},
	{`country in []`, 12, "at least one item", ""},
	{`country in ["DE", 5]`, 19, "kind of what stands before in", ""},
	{`orders in [1, revenue]`, 15, "compare with ==", ""},
	{`orders in 5..2`, 12, "write 2..5", ""},
	{`p_alive in 0.1..0.5`, 1, "write (p_alive >= 0.1", `(p_alive >= 0.1 && p_alive <= 0.5)`},
	{`overdue_factor not in 0.5..1.5`, 1, "write !(overdue_factor >= 0.5", `!(overdue_factor >= 0.5 && overdue_factor <= 1.5)`},
	{`round(clv) in 0.5..1.5`, 18, "use >= and <=", ""},
	{`last_order_at in 30..60`, 1, "write days_since(last_order_at) for the days since then", `days_since(last_order_at) in 30..60`},
	{`last_order_at in 2026-01-01..2026-03-31`, 18, `write date("2026-01-01")`, `(last_order_at >= date("2026-01-01") && last_order_at <= date("2026-03-31"))`},
	{`birthday in date("2026-01-01")..date("2026-03-31")`, 1, "write (birthday >=", `(birthday >= date("2026-01-01") && birthday <= date("2026-03-31"))`},
	{`last_mail_at in "1.1.2026".."31.3.2026" && consent`, 1, "write (last_mail_at", `(last_mail_at >= date("2026-01-01") && last_mail_at <= date("2026-03-31")) && consent`},
	{`last_mail_at in "soon".."later"`, 23, "use >= and <=", ""},
	{`orders in "1".."2"`, 14, "use >= and <=", ""},
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

// TestHintsInGerman holds that nothing of the English is left, and that places and repairs are the same.
func TestHintsInGerman(t *testing.T) {
	t.Parallel()
	english := regexp.MustCompile(`(?i)\b(the|this|is|are|needs?|write|use|and|of|with|cannot|never|there|here|did|you|unknown|ask|without|number|field|which)\b`)
	code := regexp.MustCompile("`[^`]*`|\"[^\"]*\"|; die ganze Regel: (?s:.*)|&&.*|[a-z_]+\\([^)]*\\)")
	for _, test := range hintCases {
		_, err := rules.CompileWith(test.rule, rules.Options{Language: "de"})
		var there *rules.Error
		if !errors.As(err, &there) {
			t.Errorf("%s: no error in German", test.rule)
			continue
		}
		here := firstFault(t, test.rule)
		if there.Message == here.Message || there.Hint == here.Hint && here.Hint != "" {
			t.Errorf("%s: not in German: %v", test.rule, there)
		}
		for _, text := range []string{there.Message, there.Hint} {
			if left := english.FindString(code.ReplaceAllString(text, "")); left != "" && !strings.Contains(test.rule, left) {
				t.Errorf("%s: %q is left in %q", test.rule, left, text)
			}
		}
		if there.Column != here.Column || there.Snippet != here.Snippet || there.Repair != here.Repair || there.Repair != test.repaired {
			t.Errorf("%s: another place or repair: %+v and %+v", test.rule, *here, *there)
		}
		if test.repaired != "" && !strings.HasSuffix(there.Hint, "die ganze Regel: "+test.repaired) {
			t.Errorf("%s: the repaired rule is not shown: %q", test.rule, there.Hint)
		}
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
