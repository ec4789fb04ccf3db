package rules_test

import (
	"testing"

	"treue/rules"
)

// mistakes are what goes wrong most often in the rules of people who write their first ones, with the whole answer.
var mistakes = []struct{ rule, english, german string }{
	{
		`Bestellungen = 2 UND umsatz > 1.000 €`,
		`1:14: a single = compares nothing (use == to compare; the whole rule: orders == 2 && revenue > 1000)` + "\n" +
			`  Bestellungen = 2 UND umsatz > 1.000 €` + "\n" +
			`               ^` + "\n" +
			`1:18: there is no operator or value UND (write &&)` + "\n" +
			`  Bestellungen = 2 UND umsatz > 1.000 €` + "\n" +
			`                   ^` + "\n" +
			`1:31: 1.000 is ambiguous: a point separates decimals, not thousands (write 1000, or 1.0 if a decimal was meant)` + "\n" +
			`  Bestellungen = 2 UND umsatz > 1.000 €` + "\n" +
			`                                ^`,
		`1:14: ein einzelnes = vergleicht nichts (nimm == zum Vergleichen; die ganze Regel: orders == 2 && revenue > 1000)` + "\n" +
			`  Bestellungen = 2 UND umsatz > 1.000 €` + "\n" +
			`               ^` + "\n" +
			`1:18: das Wort "UND" kennt die Regelsprache nicht (schreibe &&)` + "\n" +
			`  Bestellungen = 2 UND umsatz > 1.000 €` + "\n" +
			`                   ^` + "\n" +
			`1:31: 1.000 ist mehrdeutig: der Punkt trennt Dezimalstellen, nicht Tausender (schreibe 1000, oder 1.0, falls eine Kommazahl gemeint war)` + "\n" +
			`  Bestellungen = 2 UND umsatz > 1.000 €` + "\n" +
			`                                ^`,
	},
	{
		`p_alive < 0,5`,
		`1:11: decimals are written with a point, not a comma (write 0.5; the whole rule: p_alive < 0.5)` + "\n" +
			`  p_alive < 0,5` + "\n" +
			`            ^`,
		`1:11: Kommazahlen werden mit Punkt geschrieben, nicht mit Komma (schreibe 0.5; die ganze Regel: p_alive < 0.5)` + "\n" +
			`  p_alive < 0,5` + "\n" +
			`            ^`,
	},
	{
		`clv_percentile > 90%`,
		`1:18: percentages are not written with % (shares are 0 to 1: write 0.9; the whole rule: clv_percentile > 0.9)` + "\n" +
			`  clv_percentile > 90%` + "\n" +
			`                   ^`,
		`1:18: Prozente werden nicht mit % geschrieben (Anteile gehen von 0 bis 1: schreibe 0.9; die ganze Regel: clv_percentile > 0.9)` + "\n" +
			`  clv_percentile > 90%` + "\n" +
			`                   ^`,
	},
	{
		`days_since_last_order => 3 Monate`,
		`1:23: there is no operator => (write >=; the whole rule: days_since_last_order >= 90)` + "\n" +
			`  days_since_last_order => 3 Monate` + "\n" +
			`                        ^` + "\n" +
			`1:26: numbers carry no unit (write the days: 90)` + "\n" +
			`  days_since_last_order => 3 Monate` + "\n" +
			`                           ^`,
		`1:23: den Operator => gibt es nicht (schreibe >=; die ganze Regel: days_since_last_order >= 90)` + "\n" +
			`  days_since_last_order => 3 Monate` + "\n" +
			`                        ^` + "\n" +
			`1:26: Zahlen stehen ohne Einheit (schreibe die Tage: 90)` + "\n" +
			`  days_since_last_order => 3 Monate` + "\n" +
			`                           ^`,
	},
	{
		`segment == at_risk`,
		`1:12: unknown field "at_risk" (texts need quotes: "at_risk"; the whole rule: segment == "at_risk")` + "\n" +
			`  segment == at_risk` + "\n" +
			`             ^`,
		`1:12: unbekanntes Feld "at_risk" (Texte brauchen Anführungszeichen: "at_risk"; die ganze Regel: segment == "at_risk")` + "\n" +
			`  segment == at_risk` + "\n" +
			`             ^`,
	},
	{
		`country == "DE" && country == "AT"`,
		`1:20: no customer satisfies both country == "DE" (1:1) and country == "AT" (country has one value at a time: write country in ["DE", "AT"])` + "\n" +
			`  country == "DE" && country == "AT"` + "\n" +
			`                     ^`,
		`1:20: kein Kunde erfüllt zugleich country == "DE" (1:1) und country == "AT" (country hat immer nur einen Wert: schreibe country in ["DE", "AT"])` + "\n" +
			`  country == "DE" && country == "AT"` + "\n" +
			`                     ^`,
	},
	{
		`country == "DE" oder "AT"`,
		`1:17: there is no operator or value oder (write ||; the whole rule: country == "DE" || country == "AT")` + "\n" +
			`  country == "DE" oder "AT"` + "\n" +
			`                  ^`,
		`1:17: das Wort "oder" kennt die Regelsprache nicht (schreibe ||; die ganze Regel: country == "DE" || country == "AT")` + "\n" +
			`  country == "DE" oder "AT"` + "\n" +
			`                  ^`,
	},
	{
		`last_order_at < 31.12.2025`,
		`1:17: a date needs quotes (write date("2025-12-31"); the whole rule: last_order_at < date("2025-12-31"))` + "\n" +
			`  last_order_at < 31.12.2025` + "\n" +
			`                  ^`,
		`1:17: ein Datum braucht Anführungszeichen (schreibe date("2025-12-31"); die ganze Regel: last_order_at < date("2025-12-31"))` + "\n" +
			`  last_order_at < 31.12.2025` + "\n" +
			`                  ^`,
	},
	{
		`geoeffnet == 0 && orders >= 2`,
		`1:1: unknown field "geoeffnet" (there is no pixel in the mails, so nobody knows who opened one; ask for what followed: received("winback", 14) && orders_within(14) == 0)` + "\n" +
			`  geoeffnet == 0 && orders >= 2` + "\n" +
			`  ^`,
		`1:1: unbekanntes Feld "geoeffnet" (die Mails enthalten kein Zählpixel, also weiß niemand, wer eine geöffnet hat; frage nach dem, was folgte: received("winback", 14) && orders_within(14) == 0)` + "\n" +
			`  geoeffnet == 0 && orders >= 2` + "\n" +
			`  ^`,
	},
	{
		`tags contains „vip“`,
		`1:15: typographic quotes do not mark a text (use straight quotes: "vip"; the whole rule: "vip" in tags)` + "\n" +
			`  tags contains „vip“` + "\n" +
			`                ^`,
		`1:15: typografische Anführungszeichen begrenzen keinen Text (nimm gerade Anführungszeichen: "vip"; die ganze Regel: "vip" in tags)` + "\n" +
			`  tags contains „vip“` + "\n" +
			`                ^`,
	},
	{
		`orders > 3 && orders < 2`,
		`1:15: no customer satisfies both orders > 3 (1:1) and orders < 2 (swap the two bounds, orders > 2 && orders < 3, or join them with || if one of them is enough)` + "\n" +
			`  orders > 3 && orders < 2` + "\n" +
			`                ^`,
		`1:15: kein Kunde erfüllt zugleich orders > 3 (1:1) und orders < 2 (vertausche die Grenzen, orders > 2 && orders < 3, oder verbinde sie mit ||, wenn eine genügt)` + "\n" +
			`  orders > 3 && orders < 2` + "\n" +
			`                ^`,
	},
	{
		`bought(Bohnen) && p_alive in 0.2..0.4`,
		`1:8: unknown field "Bohnen" (texts need quotes: "Bohnen"; the whole rule: bought("Bohnen") && (p_alive >= 0.2 && p_alive <= 0.4))` + "\n" +
			`  bought(Bohnen) && p_alive in 0.2..0.4` + "\n" +
			`         ^` + "\n" +
			`1:19: the ends of a range must be whole numbers (write (p_alive >= 0.2 && p_alive <= 0.4))` + "\n" +
			`  bought(Bohnen) && p_alive in 0.2..0.4` + "\n" +
			`                    ^`,
		`1:8: unbekanntes Feld "Bohnen" (Texte brauchen Anführungszeichen: "Bohnen"; die ganze Regel: bought("Bohnen") && (p_alive >= 0.2 && p_alive <= 0.4))` + "\n" +
			`  bought(Bohnen) && p_alive in 0.2..0.4` + "\n" +
			`         ^` + "\n" +
			`1:19: die Enden eines Bereichs müssen ganze Zahlen sein (schreibe (p_alive >= 0.2 && p_alive <= 0.4))` + "\n" +
			`  bought(Bohnen) && p_alive in 0.2..0.4` + "\n" +
			`                    ^`,
	},
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, test := range mistakes {
		for language, want := range map[string]string{"en": test.english, "de": test.german} {
			if _, err := rules.CompileWith(test.rule, rules.Options{Language: language}); err == nil || err.Error() != want {
				t.Errorf("%s, %s\n got %v\nwant %s", test.rule, language, err, want)
			}
		}
	}
}
