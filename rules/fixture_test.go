package rules_test

import (
	"math"
	"testing"
	"time"

	"treue/rules"
	"treue/rules/features"
)

func day(text string) features.Day {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return features.DayOf(t, time.UTC)
}

// evaluated is the day on which tests evaluate.
func evaluated() features.Day { return day("2026-11-22") }

// regular is a customer of whom everything is known.
func regular() *features.Snapshot {
	return &features.Snapshot{
		CustomerID: 7, Source: "shopify", ExternalID: "1007",
		Country: "DE", Language: "de", Channel: "google_ads", Tags: []string{"Vip", "abo"},
		SignedUpOn: day("2024-11-22"), Consent: true,
		Orders: 4, Revenue: 320, Margin: 96,
		FirstOrderOn: day("2024-12-01"), LastOrderOn: day("2026-08-14"),
		Categories: []string{"Geräte>Mühlen", "Kaffee > Bohnen > Espresso"}, LastCategory: "Kaffee > Bohnen > Espresso",
		RepeatDays: 3, RepeatSpend: 80,
		PAlive: 0.4, ExpectedOrders: 0.9, CLVHistoric: 96, CLVPredicted: 24, CLVPercentile: 0.92,
		Tier: "a", Segment: "at_risk", Mails30d: 1, LastMailOn: day("2026-11-02"),
	}
}

// stranger is a customer of whom nothing is known: no order, no mail, no profile.
func stranger() *features.Snapshot {
	nan := math.NaN()
	return &features.Snapshot{
		CustomerID: 8, Source: "shopify", ExternalID: "1008",
		SignedUpOn: features.NoDay, Margin: nan, FirstOrderOn: features.NoDay, LastOrderOn: features.NoDay, RepeatSpend: nan,
		PAlive: nan, ExpectedOrders: nan, CLVHistoric: nan, CLVPredicted: nan, CLVPercentile: nan, LastMailOn: features.NoDay,
	}
}

func compile(t testing.TB, source string) *rules.Rule {
	t.Helper()
	rule, err := rules.Compile(source)
	if err != nil {
		t.Fatalf("compile %q: %v", source, err)
	}
	return rule
}
