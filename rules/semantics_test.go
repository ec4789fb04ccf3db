package rules_test

import "testing"

// meanings are rules and whether they hold for a customer of whom all is known, and for one of whom nothing is.
var meanings = []struct {
	rule              string
	regular, stranger bool
}{
	// Comparisons are false when an operand is unknown, != included.
	{`days_since_last_order == 100`, true, false},
	{`days_since_last_order != 1`, true, false},
	{`days_since_last_order < 1000`, true, false},
	{`days_since_last_order <= 100`, true, false},
	{`days_since_last_order > 99`, true, false},
	{`days_since_last_order >= 100`, true, false},
	{`1 != days_since_last_order`, true, false},
	{`99 < days_since_last_order`, true, false},
	{`100 <= days_since_last_order`, true, false},
	{`101 > days_since_last_order`, true, false},
	{`100 >= days_since_last_order`, true, false},
	{`99 < days_since_last_order < 101`, true, false},
	{`days_since_first_order != days_since_last_order`, true, false},
	{`days_since_last_order == days_since_last_order`, true, false},
	{`clv_historic > clv_predicted`, true, false},
	{`clv_predicted < clv_historic`, true, false},
	{`clv_predicted <= clv_historic`, true, false},
	{`clv_historic >= clv_predicted`, true, false},
	{`country == "DE"`, true, false},
	{`country != "CH"`, true, false},
	{`country >= "AT"`, true, false},
	{`country < "ZZ"`, true, false},
	{`country > language`, false, false},
	{`language > country`, true, false},
	{`country != language`, true, false},
	{`country <= country`, true, false},
	{`country == ""`, false, false}, // unknown text is not ""
	{`country != ""`, true, false},
	{`last_order_at < date("2026-08-15")`, true, false},
	{`last_order_at != date("2026-01-01")`, true, false},
	{`last_order_at > first_order_at`, true, false},
	// So are in and the text operators.
	{`country in ["DE", "AT"]`, true, false},
	{`country in ["A","B","C","D","E","F","G","H","I","DE"]`, true, false},
	{`country in ["A","B","C","D","E","F","G","H","I","J"]`, false, false},
	{`days_since_last_order in [100]`, true, false},
	{`days_since_last_order in [1,2,3,4,5,6,7,8,9,100]`, true, false},
	{`days_since_last_order in [101, 150]`, false, false},
	{`days_since_last_order in 90..110`, true, false},
	{`days_since_last_order in 100..100`, true, false},
	{`days_since_last_order in 101..110`, false, false},
	{`first_order_at in [date("2024-12-01")]`, true, false},
	{`channel contains "ads"`, true, false},
	{`channel startsWith "google"`, true, false},
	{`channel endsWith "_ads"`, true, false},
	{`channel contains ""`, true, false},
	{`channel matches "^google_[a-z]+$"`, true, false},
	{`"google_ads and more" contains channel`, true, false},
	// Not, and, or and ?: see plain booleans.
	{`!(days_since_last_order > 90)`, false, true},
	{`not (days_since_last_order > 90)`, false, true},
	{`country not in ["DE"]`, false, true},
	{`days_since_last_order not in 90..110`, false, true},
	{`not (channel contains "ads")`, false, true},
	{`channel not contains "ads"`, false, true},
	{`!(country == "CH")`, true, true},
	{`country == "CH" || orders >= 0`, true, true},
	{`country != "CH" && orders >= 0`, true, false},
	{`days_since_last_order > 90 ? false : true`, false, true},
	{`(p_alive < 0.5) == (p_alive >= 0.5)`, false, true},
	{`(p_alive < 0.5) != (p_alive >= 0.5)`, true, false},
	// Arithmetic of an unknown is unknown; so are division by zero, overflow and what follows from them.
	{`days_since_last_order + 1 == 101`, true, false},
	{`days_since_last_order * 0 == 0`, true, false},
	{`-days_since_last_order < 0`, true, false},
	{`days_since_last_order - days_since_last_order == 0`, true, false},
	{`orders / 0 > 1`, false, false},
	{`orders / 0 != 1`, false, false},
	{`!(orders / 0 > 1)`, true, true},
	{`0 / 0 == 0 / 0`, false, false},
	{`orders % 0 == 0`, false, false},
	{`1e308 * 10 > 1`, false, false},
	{`1e308 * 10 != 1`, false, false},
	{`-1e308 * 10 < 0`, false, false},
	{`1 / (1e308 * 10) == 0`, false, false},
	{`revenue / orders > 1`, true, false},
	{`revenue / orders == average_order_value`, true, false},
	// Numbers are float64.
	{`7 / 2 == 3.5`, true, true},
	{`7 % 3 == 1 && -7 % 3 == -1`, true, true},
	{`0.1 + 0.2 == 0.3`, false, false},
	{`2 + 3 * 4 == 14`, true, true},
	{`1_000 == 1000`, true, true},
	{`9223372036854775807 + 1 > 0`, true, true},
	// Choices of numbers and texts.
	{`(orders > 0 ? 1 : 2) == 1`, true, false},
	{`(orders > 0 ? days_since_last_order : 0) >= 0`, true, true},
	{`(orders == 0 ? "none" : country) == "DE"`, true, false},
	{`(orders == 0 ? "" : "x") == ""`, false, true}, // a text that is known and empty
	{`(orders == 0 ? today() : last_order_at) == today()`, false, true},
	{`known(orders == 0 ? country : "x")`, true, false},
	// known asks.
	{`known(country)`, true, false},
	{`known(days_since_last_order)`, true, false},
	{`known(last_order_at)`, true, false},
	{`known(revenue / orders)`, true, false},
	{`known(orders / 0)`, false, false},
	{`known(lower(country))`, true, false},
	{`known(orders) && known(tags) && known(consent)`, true, true},
	{`!known(p_alive)`, false, true},
	// Booleans and lists are never unknown.
	{`consent`, true, false},
	{`!consent`, false, true},
	{`consent == true`, true, false},
	{`"abo" in tags`, true, false},
	{`"vip" in tags`, false, false}, // bytewise
	{`"abo" not in tags`, false, true},
	{`last_category in categories`, true, false},
	{`!(last_category in categories)`, false, true},
	{`len(tags) == 2`, true, false},
	{`len(tags) == 0`, false, true},
	{`len(country) == 2`, true, false},
	{`len("é") == 1`, true, true},
	{`len(country) != 2`, false, false},
	// Categories and tags, whatever their case.
	{`has_tag("vip")`, true, false},
	{`has_tag("ABO")`, true, false},
	{`has_tag("vi")`, false, false},
	{`bought("kaffee")`, true, false},
	{`bought("Kaffee > Bohnen")`, true, false},
	{`bought("KAFFEE>BOHNEN>ESPRESSO")`, true, false},
	{`bought("Kaffee > Filter")`, false, false},
	{`bought("Bohnen")`, false, false}, // no top-level category
	{`bought("Kaff")`, false, false},
	{`bought("Geräte > MÜHLEN")`, true, false},
	{`!bought("Tee")`, true, true},
	// Dates.
	{`today() == date("2026-11-22")`, true, true},
	{`days_since(last_order_at) == days_since_last_order`, true, false},
	{`days_since(date("2026-11-01")) == 21`, true, true},
	{`days_since(signed_up_at) == account_age_days`, true, false},
	{`month(first_order_at) in [11, 12]`, true, false},
	{`year(first_order_at) == 2024 && day(first_order_at) == 1`, true, false},
	{`weekday(today()) == 7`, true, true}, // a Sunday
	{`weekday(first_order_at) != 1`, true, false},
	// Functions of numbers and texts.
	{`abs(-2.5) == 2.5 && round(2.5) == 3 && round(-2.5) == -3`, true, true},
	{`floor(2.7) == 2 && ceil(2.1) == 3`, true, true},
	{`min(3, 1, 2) == 1 && max(3, 1, 2) == 3`, true, true},
	{`min(orders, p_alive) < 10`, true, false},
	{`max(p_alive, orders) < 10`, true, false},
	{`lower(country) == "de" && upper(language) == "DE"`, true, false},
	{`trim("  a ") == "a" && lower("MÜHLE") == "mühle"`, true, true},
	// Precedence, words for operators, comments, quotes.
	{`orders == 0 or orders == 4 and consent`, true, true},
	{`(orders == 0 or orders == 4) and consent`, true, false},
	{`not consent or orders > 1`, true, true},
	{"orders >= 0 // buyers\n && /* all */ mails_30d < 3", true, true},
	{"country == 'DE' && country == `DE`", true, false},
	{`country == "\u0044E"`, true, false},
}

// TestSemantics states the meaning of every operator and function.
func TestSemantics(t *testing.T) {
	t.Parallel()
	for _, test := range meanings {
		t.Run(test.rule, func(t *testing.T) {
			t.Parallel()
			rule := compile(t, test.rule)
			if got := rule.Match(regular(), evaluated()); got != test.regular {
				t.Errorf("regular customer: got %v, want %v", got, test.regular)
			}
			if got := rule.Match(stranger(), evaluated()); got != test.stranger {
				t.Errorf("stranger: got %v, want %v", got, test.stranger)
			}
		})
	}
}

func TestAgesFollowTheDayOfEvaluation(t *testing.T) {
	t.Parallel()
	rule := compile(t, `days_since_last_order > 90 && days_since(first_order_at) > 90 && today() > last_order_at`)
	s := regular()
	if rule.Match(s, s.LastOrderOn+90) {
		t.Error("matches 90 days after the last order")
	}
	if !rule.Match(s, s.LastOrderOn+91) {
		t.Error("does not match 91 days after the last order")
	}
}
