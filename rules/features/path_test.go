package features

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestPathCovers(t *testing.T) {
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
		if got := ParsePath(test.path).Covers(test.category); got != test.want {
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
		if got, want := EqualFold(a, FoldCase(b)), FoldCase(a) == FoldCase(b); got != want {
			t.Fatalf("%q and %q: got %v, want %v", a, b, got, want)
		}
	})
}
