package rules_test

import (
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
		Country: "DE", Language: "de", City: "Hamburg", Postcode: "20095", Group: "privat", Channel: "google_ads", Tags: []string{"Vip", "abo"},
		AcquisitionCost: 30, SignedUpOn: day("2024-11-22"), BornOn: day("1988-11-25"), Consent: true,
		SubscribedOn: day("2026-01-01"), SubscriptionEndsOn: day("2026-11-01"),
		Orders: 4, DiscountedOrders: 1, Revenue: 320, Refunded: 80, Margin: 96,
		FirstOrderOn: day("2024-12-01"), LastOrderOn: day("2026-08-14"), LastOrderValue: 85, LastDeliveryOn: day("2026-08-17"),
		Categories: []string{"Geräte>Mühlen", "Kaffee > Bohnen > Espresso"}, LastCategory: "Kaffee > Bohnen > Espresso",
		FavouriteCategory: "Kaffee > Bohnen > Espresso", NextCategory: "Zubehör",
		RepeatDays: 3, RepeatSpend: 80, Rhythm: 80, NextOrderOn: day("2026-11-02"),
		PAlive: 0.4, ExpectedOrders: 0.9, CLVHistoric: 96, CLVPredicted: 24, CLVPredictedLow: 8, CLVPredictedHigh: 64, CLV90dAgo: 150,
		CLVPercentile: 0.92, Tier: "a", RecencyScore: 2, FrequencyScore: 4, MonetaryScore: 5, Segment: "at_risk", SegmentSince: day("2026-11-12"),
		Mails7d: 0, Mails30d: 1, LastMailOn: day("2026-11-02"), LastCampaign: "refill", LastCampaignOrderOn: day("2026-08-14"),
		FeedbackScore: 9, LastFeedbackOn: day("2026-09-13"),
		History: purchases(),
	}
}

// purchases are the events behind the regular customer's figures.
func purchases() *features.History {
	espresso := map[string]string{"roast": "dunkel", "size": "1 kg"}
	return &features.History{
		Orders: []features.OrderEvent{
			{Day: day("2024-12-01"), Revenue: 6000}, {Day: day("2025-06-01"), Revenue: 7500}, {Day: day("2026-03-01"), Revenue: 10000}, {Day: day("2026-08-14"), Revenue: 8500},
		},
		Lines: []features.LineEvent{
			{Day: day("2024-12-01"), Order: 1, Category: "Kaffee > Bohnen > Espresso", Product: "E-1", Attributes: espresso, Units: 2000, Revenue: 6000},
			{Day: day("2025-06-01"), Order: 2, Category: "Geräte>Mühlen", Product: "M-1", Units: 1000, Revenue: 7500},
			{Day: day("2026-03-01"), Order: 3, Category: "Kaffee > Bohnen > Espresso", Product: "E-1", Attributes: espresso, Units: 3000, Revenue: 9000},
			{Day: day("2026-03-01"), Order: 3, Product: "T-1", Units: 1000, Revenue: 1000},
			{Day: day("2026-08-14"), Order: 4, Category: "Kaffee > Bohnen > Espresso", Product: "E-1", Attributes: espresso, Units: 2500, Revenue: 8500},
		},
		Contacts: []features.ContactEvent{{Day: day("2026-08-01"), Campaign: "winback-90"}, {Day: day("2026-11-02"), Campaign: "refill"}},
		Entries:  []string{"refill"},
		Points:   []features.PointLot{{ExpiresOn: day("2026-11-30"), Points: 120500}, {ExpiresOn: day("2026-11-21"), Points: 7000}, {ExpiresOn: features.NoDay, Points: 80000}},
		Cuts:     &features.Cuts{Recency: [4]float64{-180, -90, -45, -14}, Frequency: [4]float64{2, 3, 4, 8}},
	}
}

// stranger is a customer of whom nothing is known: no order, no mail, no profile.
func stranger() *features.Snapshot {
	var s features.Snapshot
	features.Blank(&s)
	s.CustomerID, s.Source, s.ExternalID = 8, "shopify", "1008"
	return &s
}

func compile(t testing.TB, source string) *rules.Rule {
	t.Helper()
	rule, err := rules.Compile(source)
	if err != nil {
		t.Fatalf("compile %q: %v", source, err)
	}
	return rule
}
