package rules

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestUnderPath(t *testing.T) {
	t.Parallel()
	tests := []struct {
		category, path string
		want           bool
	}{
		{"Kaffee", "Kaffee", true},
		{"kaffee", "KAFFEE", true},
		{"Kaffee > Bohnen", "Kaffee", true},
		{"Kaffee>Bohnen", " kaffee >  bohnen ", true},
		{"Kaffee > Bohnen", "Kaffee > Bohnen > Espresso", false},
		{"Kaffeemaschinen", "Kaffee", false},
		{"Kaffee", "Kaffeemaschinen", false},
		{"Geräte > Mühlen", "GERÄTE > MÜHLEN", true},
		{"Mühlen", "Muhlen", false},
		{"Straße", "strasse", false},
		{"", "Kaffee", false},
		{"Bohnen > Kaffee", "Kaffee", false},
	}
	for _, test := range tests {
		if got := underPath(test.category, categoryPath(test.path)); got != test.want {
			t.Errorf("%q under %q: got %v, want %v", test.category, test.path, got, test.want)
		}
	}
}

func TestEqualFoldIsEqualityOfFoldedTexts(t *testing.T) {
	t.Parallel()
	letters := rapid.StringOfN(rapid.SampledFrom([]rune("aAbBzZäÄßẞKkKéİi ")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := letters.Draw(t, "a"), letters.Draw(t, "b")
		if rapid.Bool().Draw(t, "alike") {
			b = strings.Map(unicode.ToUpper, a)
		}
		if got, want := equalFold(a, foldCase(b)), foldCase(a) == foldCase(b); got != want {
			t.Fatalf("%q and %q: got %v, want %v", a, b, got, want)
		}
	})
}

func TestNearest(t *testing.T) {
	t.Parallel()
	tests := []struct{ word, want string }{
		{"orders", "orders"},
		{"ORDERS", "orders"},
		{"ordesr", "orders"},
		{"oders", "orders"},
		{"days-since-last-order", "days_since_last_order"},
		{"day_since_last_orders", "days_since_last_order"},
		{"average_ordervalue", "average_order_value"},
		{"letzte_bestellung", "days_since_last_order"},
		{"Deckungsbeitrag", "margin"},
		{"bestelungen", "orders"},
		{"quux", ""},
		{"x", ""},
		{strings.Repeat("o", 100), ""},
	}
	for _, test := range tests {
		if got, _ := nearestField(test.word); got != test.want {
			t.Errorf("%s: got %q, want %q", test.word, got, test.want)
		}
	}
}

func TestDistanceIsAMetricOfTypingErrors(t *testing.T) {
	t.Parallel()
	word := rapid.StringOfN(rapid.SampledFrom([]rune("abc")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := distance(a, b)
		if d != distance(b, a) || (d == 0) != (a == b) || d > max(len(a), len(b)) || d < max(len(a), len(b))-min(len(a), len(b)) {
			t.Fatalf("distance of %q and %q is %d", a, b, d)
		}
	})
}
