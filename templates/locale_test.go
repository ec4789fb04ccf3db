package templates

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestMoneyFormat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		money    Money
		language string
		want     string
	}{
		{Money{1250, "EUR"}, "de", "12,50 €"},
		{Money{1250, "EUR"}, "en", "€12.50"},
		{Money{5, "EUR"}, "de", "0,05 €"},
		{Money{0, "EUR"}, "en", "€0.00"},
		{Money{-1250, "EUR"}, "de", "-12,50 €"},
		{Money{-1250, "EUR"}, "en", "-€12.50"},
		{Money{123456789, "EUR"}, "de", "1.234.567,89 €"},
		{Money{123456789, "USD"}, "en", "$1,234,567.89"},
		{Money{99999, "GBP"}, "en", "£999.99"},
		{Money{1990, "CHF"}, "de", "19,90 CHF"},
		{Money{1990, "CHF"}, "en", "CHF 19.90"},
		{Money{1990, "JPY"}, "en", "¥1,990"},
		{Money{1990, "JPY"}, "de", "1.990 ¥"},
		{Money{1990, "KWD"}, "en", "KWD 1.990"},
		{Money{math.MinInt64, "EUR"}, "en", "-€92,233,720,368,547,758.08"},
	}
	for _, test := range tests {
		if got := strings.ReplaceAll(test.money.Format(test.language), nbsp, " "); got != test.want {
			t.Errorf("%v in %s: got %q, want %q", test.money, test.language, got, test.want)
		}
	}
}

func TestMoneyKeepsEveryDigit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.Int64().Draw(t, "minor")
		language := rapid.SampledFrom([]string{"de", "en"}).Draw(t, "language")
		digits := func(s string) string {
			return strings.TrimLeft(strings.Map(func(r rune) rune {
				if r < '0' || r > '9' {
					return -1
				}
				return r
			}, s), "0")
		}
		got := Money{minor, "EUR"}.Format(language)
		if want := digits(asText(minor, "en")); digits(got) != want {
			t.Fatalf("%d became %q", minor, got)
		}
		if (minor < 0) != strings.HasPrefix(got, "-") {
			t.Fatalf("%d lost its sign: %q", minor, got)
		}
	})
}

func TestFormatDate(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, time.January, 31, 23, 30, 0, 0, time.UTC)
	tests := []struct{ language, style, want string }{
		{"de", "long", "31. Januar 2026"},
		{"en", "long", "31 January 2026"},
		{"de", "short", "31.01.2026"},
		{"en", "short", "31/01/2026"},
		{"de", "weekday", "Samstag, 31. Januar 2026"},
		{"en", "weekday", "Saturday, 31 January 2026"},
		{"de", "day_month", "31. Januar"},
		{"en", "day_month", "31 January"},
	}
	for _, test := range tests {
		if got := formatDate(day, test.language, test.style); got != test.want {
			t.Errorf("%s %s: got %q, want %q", test.language, test.style, got, test.want)
		}
	}
	// The zone that the time carries decides which day it is.
	berlin := time.FixedZone("Berlin", 3600)
	if got := formatDate(day.In(berlin), "de", "long"); got != "1. Februar 2026" {
		t.Errorf("half past midnight in Berlin is %q", got)
	}
}

func TestGermanNames(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.January, 5, 12, 0, 0, 0, time.UTC)
	want := []string{"Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"}
	for i, name := range want {
		if got := germanWeekday(start.AddDate(0, 0, i).Weekday()); got != name {
			t.Errorf("day %d is %q, want %q", i, got, name)
		}
	}
	months := map[string]bool{}
	for m := time.January; m <= time.December; m++ {
		months[germanMonth(m)] = true
	}
	if len(months) != 12 || germanMonth(time.March) != "März" || germanMonth(time.December) != "Dezember" {
		t.Errorf("months are %v", months)
	}
}
