package lift_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"treue/campaigns/lift"
)

func TestFormatMoney(t *testing.T) {
	t.Parallel()
	tests := []struct {
		amount                      float64
		currency, german, elsewhere string
	}{
		{1234.5, "EUR", "1.234,50 €", "€1,234.50"},
		{-434, "EUR", "−434,00 €", "−€434.00"},
		{0, "EUR", "0,00 €", "€0.00"},
		{0.999, "EUR", "1,00 €", "€1.00"},
		{999.999, "EUR", "1.000,00 €", "€1,000.00"},
		{999999.994, "EUR", "999.999,99 €", "€999,999.99"},
		{1e9, "USD", "1.000.000.000,00 $", "$1,000,000,000.00"},
		{12.3, "GBP", "12,30 £", "£12.30"},
		{1234.5, "CHF", "1.234,50 CHF", "CHF 1,234.50"},
		{-1234.5, "CHF", "−1.234,50 CHF", "−CHF 1,234.50"},
		{1234.5, "JPY", "1.234 JPY", "JPY 1,234"}, // half to even
		{0.0031, "EUR", "0,0031 €", "€0.0031"},
		{-0.0031, "EUR", "−0,0031 €", "−€0.0031"},
		{-0.00001, "EUR", "0,0000 €", "€0.0000"},
		{5, "not a currency", "5,00 not a currency", "not a currency 5.00"},
	}
	for _, tt := range tests {
		if got := lift.FormatMoney(tt.amount, "de-AT", tt.currency); got != tt.german {
			t.Errorf("%v %s in German: %q, want %q", tt.amount, tt.currency, got, tt.german)
		}
		if got := lift.FormatMoney(tt.amount, "en", tt.currency); got != tt.elsewhere {
			t.Errorf("%v %s in English: %q, want %q", tt.amount, tt.currency, got, tt.elsewhere)
		}
	}
	if got := lift.FormatWhole(-1642.4, "de", "EUR"); got != "−1.642 €" {
		t.Errorf("whole euros: %q", got)
	}
}

// TestFormattedNumbersReadBack: undoing the separators gives the number, in both languages.
func TestFormattedNumbersReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-1e9, 1e9).Draw(t, "x")
		decimals := rapid.IntRange(0, 4).Draw(t, "decimals")
		english := strings.NewReplacer(",", "", "−", "-")
		german := strings.NewReplacer(".", "", ",", ".", "−", "-")
		for _, text := range []string{
			english.Replace(lift.FormatNumber(x, decimals, "en")), german.Replace(lift.FormatNumber(x, decimals, "de")),
		} {
			got, err := strconv.ParseFloat(text, 64)
			if err != nil || math.Abs(got-x) > 0.501*math.Pow10(-decimals) {
				t.Fatalf("%v reads back as %v from %q (%v)", x, got, text, err)
			}
		}
	})
}
