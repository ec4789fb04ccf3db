package rules_test

import (
	"testing"

	"treue/rules/features"
)

// last makes a last order so many days before the evaluation.
func last(daysAgo int) change {
	return func(s *features.Snapshot) { s.LastOrderOn = evaluated() - features.Day(daysAgo) }
}

func of(orders int64, lastDaysAgo int) change {
	return func(s *features.Snapshot) { s.Orders, s.LastOrderOn = orders, evaluated()-features.Day(lastDaysAgo) }
}

// line adds what was bought so many days before the evaluation.
func line(daysAgo int, category string, units, cents int64) change {
	return func(s *features.Snapshot) {
		s.Categories = append(s.Categories, category)
		s.History.Lines = append(s.History.Lines, features.LineEvent{
			Day: evaluated() - features.Day(daysAgo), Order: int64(1000 + daysAgo), Category: category, Units: 1000 * units, Revenue: cents,
			Attributes: map[string]string{"roast": "hell"},
		})
	}
}

func lines(all ...change) change {
	return func(s *features.Snapshot) {
		s.History.Lines, s.Categories = nil, nil
		for _, add := range all {
			add(s)
		}
	}
}

// sentences are what marketers say of their customers, with one of whom it is true and one of whom it is not.
var sentences = []struct {
	says, rule string
	yes, no    change
}{
	{"at least two orders, quiet for 90 days", `orders >= 2 && days_since_last_order > 90`, nil, last(90)},
	{
		"away twice as long as usual between two orders", `orders >= 2 && overdue_factor > 2`,
		func(s *features.Snapshot) { s.Rhythm = 49 }, func(s *features.Snapshot) { s.Rhythm = 50 },
	},
	{
		"our best tenth that is breaking away", `clv_percentile >= 0.9 && p_alive < 0.5`,
		nil, func(s *features.Snapshot) { s.CLVPercentile = 0.89 },
	},
	{"bought once, three to eight weeks ago", `orders == 1 && days_since_last_order in 21..56`, of(1, 56), of(1, 57)},
	{
		"buys beans and has no mill of ours", `bought("Bohnen") && !bought("Mühlen")`,
		lines(line(9, "bohnen > Espresso", 1, 900)), lines(line(9, "Bohnen", 1, 900), line(99, "MÜHLEN", 1, 9900)),
	},
	{
		"a machine eleven to thirteen months ago", `days_since_bought("Espressomaschinen") in 330..400`,
		line(330, "Espressomaschinen", 1, 90000), lines(line(500, "Espressomaschinen", 1, 90000), line(20, "Espressomaschinen", 1, 90000)),
	},
	{
		"whose beans run out this week", `due_in("Bohnen") in 0..7`,
		lines(line(60, "Bohnen", 1, 900), line(30, "Bohnen", 1, 900), line(16, "Bohnen", 1, 900)), // 44 days for two packets: the third lasts 22
		lines(line(60, "Bohnen", 1, 900), line(2, "Bohnen", 1, 900)),
	},
	{
		"more than twelve packets of espresso in the quarter", `units_bought("Espresso", 90) > 12`,
		lines(line(89, "Espresso", 6, 5400), line(9, "Espresso", 7, 6300)), lines(line(91, "Espresso", 6, 5400), line(9, "Espresso", 12, 6300)),
	},
	{
		"100 euros for accessories", `spent_on("Zubehör", 730) > 100`,
		lines(line(700, "Zubehör > Siebe", 1, 6000), line(9, "Zubehör", 1, 4001)), lines(line(700, "Zubehör", 1, 6000), line(9, "Zubehör", 1, 4000)),
	},
	{
		"beans three times in half a year", `times_bought("Bohnen", 180) >= 3`,
		lines(line(1, "Bohnen", 1, 900), line(2, "Bohnen", 1, 900), line(180, "Bohnen", 1, 900)), lines(line(1, "Bohnen", 9, 900), line(1, "Bohnen", 9, 900)),
	},
	{"more than 300 euros in twelve months", `spent_within(365) > 300`, ordered(300, 12000), nil},
	{"has just ordered for the fifth time", `orders == 5 && days_since_last_order <= 7`, of(5, 7), of(5, 700)},
	{
		"made the 500 euros full this week", `crossed("revenue", 500, 7)`,
		func(s *features.Snapshot) { s.Revenue = 510; ordered(3, 1001)(s) }, func(s *features.Snapshot) { s.Revenue = 510; ordered(8, 1001)(s) },
	},
	{"the last order above 80 euros", `last_order_value > 80`, nil, func(s *features.Snapshot) { s.LastOrderValue = 80 }},
	{"the last order with a discount", `last_order_discounted`, func(s *features.Snapshot) { s.LastOrderDiscounted = true }, nil},
	{"buys with coupons only", `orders >= 3 && discount_share == 1`, func(s *features.Snapshot) { s.DiscountedOrders = 4 }, nil},
	{"has never used a coupon", `orders >= 3 && discount_share == 0`, func(s *features.Snapshot) { s.DiscountedOrders = 0 }, nil},
	{"does not send back all the time", `refund_rate < 0.3`, nil, func(s *features.Snapshot) { s.Refunded = 320 }},
	{"worth a fifth less than three months ago", `clv_change_90d < -0.2`, func(s *features.Snapshot) { s.CLV90dAgo = 151 }, nil},
	{
		"a month ago a champion, now at risk", `was_in_segment("champions", 30) && segment == "at_risk"`,
		ordered(40, 100), func(s *features.Snapshot) { ordered(40, 100)(s); s.Segment = "champions" },
	},
	{"at risk for a week", `segment == "at_risk" && days_in_segment <= 7`, func(s *features.Snapshot) { s.SegmentSince = evaluated() - 7 }, nil},
	{
		"came by ads and has not paid back", `channel == "google_ads" && clv_to_acquisition_cost < 1`,
		func(s *features.Snapshot) { s.AcquisitionCost = 121 }, nil,
	},
	{
		"bought for Christmas and never again", `orders == 1 && month(first_order_at) in [11, 12]`,
		func(s *features.Snapshot) { s.Orders = 1 }, func(s *features.Snapshot) { s.Orders, s.FirstOrderOn = 1, day("2025-01-01") },
	},
	{"birthday within three days", `birthday_within(3)`, nil, func(s *features.Snapshot) { s.BornOn = day("1988-11-26") }},
	{
		"a customer for just a year", `anniversary_within(3)`,
		func(s *features.Snapshot) { s.FirstOrderOn = day("2025-11-25") }, func(s *features.Snapshot) { s.FirstOrderOn = day("2025-11-21") },
	},
	{"no mail for two weeks", `!(days_since_last_mail <= 14)`, func(s *features.Snapshot) { s.LastMailOn = features.NoDay }, func(s *features.Snapshot) { s.LastMailOn = evaluated() - 14 }},
	{"not to Switzerland", `!(country == "CH")`, func(s *features.Snapshot) { s.Country = "" }, func(s *features.Snapshot) { s.Country = "CH" }},
	{"at most three mails a month", `mails_30d < 3`, nil, func(s *features.Snapshot) { s.Mails30d = 3 }},
	{
		"got the win-back mail and has not bought", `received("winback-90", 60) && orders_within(60) == 0`,
		func(s *features.Snapshot) { s.History.Contacts[0].Day = evaluated() - 60 },
		func(s *features.Snapshot) { s.History.Contacts[0].Day = evaluated() - 60; ordered(1, 100)(s) },
	},
	{"in no other campaign", `active_campaigns == 0`, func(s *features.Snapshot) { s.History.Entries = nil }, nil},
	{"not in this campaign", `!in_campaign("winback-90")`, nil, func(s *features.Snapshot) { s.History.Entries = []string{"refill", "winback-90"} }},
	{"no subscribers", `!subscriber`, nil, subscribed("2026-11-22", "")},
	{"has just ended the subscription", `days_since_subscription_end <= 30`, nil, subscribed("2025-01-01", "2026-10-22")},
	{
		"Hamburg and around", `postcode startsWith "20" or postcode startsWith "22"`,
		func(s *features.Snapshot) { s.Postcode = "22767" }, func(s *features.Snapshot) { s.Postcode = "02200" },
	},
	{"offices and cafés", `customer_group == "gastro"`, func(s *features.Snapshot) { s.Group = "gastro" }, nil},
	{
		"was not content the last time", `feedback_score <= 6 && days_since_feedback <= 90`,
		func(s *features.Snapshot) { s.FeedbackScore = 6 }, nil,
	},
	{"no open complaint", `!open_complaint`, nil, func(s *features.Snapshot) { s.OpenComplaint = true }},
	{"the parcel came a week ago", `days_since_delivery in 7..14`, func(s *features.Snapshot) { s.LastDeliveryOn = evaluated() - 7 }, nil},
	{"likes light roasts", `bought_with("roast", "hell")`, line(99, "Bohnen", 1, 900), nil},
	{
		"points about to expire", `points_expiring_within(30) > 0`,
		nil, func(s *features.Snapshot) {
			s.History.Points = []features.PointLot{{ExpiresOn: evaluated() + 31, Points: 9}, {ExpiresOn: evaluated() - 1, Points: 9}}
		},
	},
	{"enough points for a packet", `points >= 200`, nil, func(s *features.Snapshot) { s.History.Points = s.History.Points[:1] }},
}

func TestSentences(t *testing.T) {
	t.Parallel()
	for _, test := range sentences {
		rule := compile(t, test.rule)
		if verdict := rule.Verdict(changed(test.yes), evaluated()); !verdict.Matched {
			t.Errorf("%s: %s is false: %s", test.says, test.rule, verdict.Reason())
		}
		if verdict := rule.Verdict(changed(test.no), evaluated()); verdict.Matched {
			t.Errorf("%s: %s is true of another customer: %v", test.says, test.rule, verdict.Terms)
		}
	}
}
