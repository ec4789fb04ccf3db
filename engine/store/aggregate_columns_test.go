package store_test

import (
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules/customer"
	"treue/rules/features"
)

// on is the day n days after the day of noon.
func on(n int) features.Day { return features.DayOf(noon, time.UTC) + features.Day(n) }

func TestNothingIsKnownOfAVisitor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("visitor", noon, counts{inserted: 1}, person("c1", ""))
	want := store.Aggregate{}
	features.Blank(&want.Snapshot)
	want.CustomerID, want.Source, want.ExternalID = id("c1"), "shop", "c1"
	want.Tags, want.Categories = []string{}, []string{}
	got := b.aggregate(noon, "c1")
	want.Before = got.Before
	if bad := differing(got, want); len(bad) > 0 {
		t.Error(bad)
	}
	if got.Before.LastOrderOn.Known() || got.Before.RepeatDays != 0 || got.Before.Revenue != 0 {
		t.Errorf("before: %+v", got.Before)
	}
}

// TestLastOrder follows one customer through the life of two orders.
func TestLastOrder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, last := order("o1", "c1", noon, 5000), order("o2", "c1", noon.AddDate(0, 0, 10), 3000)
	first.CouponCode, first.DeliveredAt = "SAVE", new(noon.AddDate(0, 0, 30))
	last.Discount, last.DeliveredAt = 500, new(noon.AddDate(0, 0, 12))
	last.Refund, last.RefundedAt = 1000, new(noon.AddDate(0, 0, 15))
	b.orders("orders", noon, counts{inserted: 2}, first, last)
	b.exec(`INSERT INTO order_events VALUES ($1, $2, 9, 'cancel', 0, false, $3, $3), ($1, $2, 10, 'reopen', 0, false, $4, $4)`,
		id("c1"), last.ID, noon.AddDate(0, 0, 40), noon.AddDate(0, 0, 50))
	for _, c := range []struct {
		days       int
		value      float64
		discounted bool
		orders     int64 // discounted ones
		refunded   float64
		delivered  features.Day
	}{
		{0, 50, true, 1, 0, features.NoDay},
		{9, 50, true, 1, 0, features.NoDay},
		{10, 30, true, 2, 0, features.NoDay},
		{12, 30, true, 2, 0, on(12)},
		{15, 20, true, 2, 10, on(12)},
		{30, 20, true, 2, 10, on(30)}, // the order before arrived after it
		{40, 50, true, 1, 0, on(30)},  // cancelled: it does not count, nor does its refund
		{50, 20, true, 2, 10, on(30)},
	} {
		a := b.aggregate(noon.AddDate(0, 0, c.days), "c1")
		if a.LastOrderValue != c.value || a.LastOrderDiscounted != c.discounted || a.DiscountedOrders != c.orders || a.Refunded != c.refunded || a.LastDeliveryOn != c.delivered {
			t.Errorf("after %d days: %v %v, %d discounted, %v refunded, delivered on %v; want %+v",
				c.days, a.LastOrderValue, a.LastOrderDiscounted, a.DiscountedOrders, a.Refunded, a.LastDeliveryOn, c)
		}
	}
	b.exec(`UPDATE orders SET discount = 0, coupon_code = NULL`)
	if a := b.aggregate(noon.AddDate(0, 0, 50), "c1"); a.LastOrderDiscounted || a.DiscountedOrders != 0 {
		t.Errorf("without discount: %v, %d", a.LastOrderDiscounted, a.DiscountedOrders)
	}
}

// TestFavouriteCategory counts orders, not lines.
func TestFavouriteCategory(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	gone := order("o3", "c1", noon.AddDate(0, 0, -10), 100)
	gone.Status = customer.StatusCancelled
	b.orders("orders", noon, counts{inserted: 5}, order("o0", "c1", noon.AddDate(0, 0, -40), 100), order("o1", "c1", noon.AddDate(0, 0, -30), 100),
		order("o2", "c1", noon.AddDate(0, 0, -20), 100), gone, order("o4", "c1", noon, 100))
	category := func(no int, orderID, name string) customer.Line {
		l := line(no, orderID, "c1", "thing", 1)
		l.Category = name
		return l
	}
	b.lines("lines", noon, counts{inserted: 9}, category(1, "o0", "tea"), category(1, "o1", "beans"), category(2, "o1", "beans"), category(3, "o1", "beans"),
		category(1, "o2", "tea"), category(1, "o3", "beans"), category(1, "o4", "pots"), category(2, "o4", "beans"), category(3, "o4", "beans"))
	for days, want := range map[int][2]string{-41: {"", ""}, -40: {"tea", "tea"}, -30: {"beans", "beans"}, -20: {"tea", "tea"}, -1: {"tea", "tea"}, 0: {"beans", "pots"}} {
		if a := b.aggregate(noon.AddDate(0, 0, days), "c1"); a.FavouriteCategory != want[0] || a.LastCategory != want[1] {
			t.Errorf("after %d days: favourite %q, last %q; want %q", days, a.FavouriteCategory, a.LastCategory, want)
		}
	}
	b.exec(`DELETE FROM order_lines WHERE category = 'tea'`)
	b.exec(`UPDATE order_lines SET category = 'Zimt' WHERE line_no = 1 AND category = 'beans'`)
	b.exec(`DELETE FROM order_lines WHERE category = 'pots'`)
	// Now o1 has Zimt and beans, and o4 has beans.
	if a := b.aggregate(noon, "c1"); a.FavouriteCategory != "beans" {
		t.Errorf("favourite %q, want beans", a.FavouriteCategory)
	}
	if a := b.aggregate(noon.AddDate(0, 0, -1), "c1"); a.FavouriteCategory != "Zimt" {
		t.Errorf("favourite %q, want the smallest by bytes of one order's two", a.FavouriteCategory)
	}
}

// TestLimitsOfContacts asks a microsecond before and after each limit.
func TestLimitsOfContacts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("customer", noon, counts{inserted: 1}, person("c1", ""))
	b.campaigns("spring", "autumn")
	b.contact("c1", "spring", 1, noon)
	b.contact("c1", "autumn", 2, noon) // a ghost send
	b.contact("c1", "", 3, noon.Add(time.Hour))
	const day, tick = 24 * time.Hour, time.Microsecond
	for _, c := range []struct {
		after    time.Duration
		mails7d  int64
		mails30d int64
		campaign string
		last     features.Day
	}{
		{-tick, 0, 0, "", features.NoDay},
		{0, 2, 2, "autumn", on(0)}, // the smaller key of two at once
		{time.Hour, 3, 3, "autumn", on(0)},
		{7*day - tick, 3, 3, "autumn", on(0)},
		{7 * day, 1, 3, "autumn", on(0)},
		{30*day - tick, 0, 3, "autumn", on(0)},
		{30 * day, 0, 1, "autumn", on(0)},
	} {
		a := b.aggregate(noon.Add(c.after), "c1")
		if a.Mails7d != c.mails7d || a.Mails30d != c.mails30d || a.LastCampaign != c.campaign || a.LastMailOn != c.last {
			t.Errorf("after %v: %d, %d, %q, %v; want %+v", c.after, a.Mails7d, a.Mails30d, a.LastCampaign, a.LastMailOn, c)
		}
	}
}

func TestLastCampaignOrder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const day, tick = 24 * time.Hour, time.Microsecond
	after := map[string]time.Duration{"before": -tick, "at": 0, "inside": 14*day - tick, "outside": 14 * day, "cancelled": day, "foreign": day}
	for who, d := range after {
		o := order("o "+who, who, noon.Add(d), 100)
		if who == "cancelled" {
			o.Status = customer.StatusCancelled
		}
		b.orders(who, noon, counts{inserted: 1}, o)
	}
	b.campaigns("spring")
	for who := range after {
		campaign := "spring"
		if who == "foreign" {
			campaign = ""
		}
		b.contact(who, campaign, 2, noon)
	}
	for who, want := range map[string]features.Day{
		"before": features.NoDay, "at": on(0), "inside": on(14), "outside": features.NoDay, "cancelled": features.NoDay, "foreign": features.NoDay,
	} {
		if got := b.aggregate(noon.Add(20*day), who).LastCampaignOrderOn; got != want {
			t.Errorf("%s: %v, want %v", who, got, want)
		}
	}
	if got := b.aggregate(noon.Add(13*day), "inside").LastCampaignOrderOn; got.Known() {
		t.Errorf("the order was yet to come: %v", got)
	}
}

func TestFeedbackAndComplaints(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("customer", noon, counts{inserted: 1}, person("c1", ""))
	b.feedback("answers", counts{inserted: 2}, feedback("f1", "c1", noon, 9, ""), feedback("f2", "c1", noon.AddDate(0, 0, 5), 0, "cold"))
	b.exec(`INSERT INTO cases VALUES ($1, 1, 'first', $2, $3), ($1, 2, 'second', $4, NULL)`,
		id("c1"), noon, noon.AddDate(0, 0, 3), noon.AddDate(0, 0, 8))
	const tick = time.Microsecond
	for _, c := range []struct {
		at    time.Time
		known bool
		score float64
		on    features.Day
		open  bool
	}{
		{noon.Add(-tick), false, 0, features.NoDay, false},
		{noon, true, 9, on(0), true},
		{noon.AddDate(0, 0, 3).Add(-tick), true, 9, on(0), true},
		{noon.AddDate(0, 0, 3), true, 9, on(0), false},
		{noon.AddDate(0, 0, 5), true, 0, on(5), false},
		{noon.AddDate(1, 0, 0), true, 0, on(5), true},
	} {
		a := b.aggregate(c.at, "c1")
		if known := a.FeedbackScore == a.FeedbackScore; known != c.known || known && a.FeedbackScore != c.score || a.LastFeedbackOn != c.on || a.OpenComplaint != c.open {
			t.Errorf("at %v: %v on %v, open %v; want %+v", c.at, a.FeedbackScore, a.LastFeedbackOn, a.OpenComplaint, c)
		}
	}
}

// TestDaysAreTheShops puts every moment half an hour after a Berlin midnight, where UTC still has the day before: once
// in winter, on the night before the clocks change, and once in summer.
func TestDaysAreTheShops(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	zone := berlin(t)
	winter, summer := time.Date(2026, 3, 29, 0, 30, 0, 0, zone), time.Date(2026, 3, 30, 0, 30, 0, 0, zone)
	if summer.Sub(winter) != 23*time.Hour {
		t.Fatal("the clocks do not change in between")
	}
	c := person("c1", "")
	c.SignedUpAt, c.SubscriptionStartedAt, c.SubscriptionEndedAt = &winter, &winter, &summer
	c.Birthday = new(time.Date(1980, 2, 29, 0, 0, 0, 0, time.UTC))
	b.customers("customer", noon, counts{inserted: 1}, c)
	one, two := order("o1", "c1", winter, 100), order("o2", "c1", summer, 100)
	two.DeliveredAt = &summer
	b.orders("orders", noon, counts{inserted: 2}, one, two)
	b.campaigns("spring")
	b.contact("c1", "spring", 1, summer)
	b.feedback("answer", counts{inserted: 1}, feedback("f1", "c1", summer, 5, ""))
	a := b.aggregateIn(zone, noon, "c1")
	first := features.DayOf(winter, zone)
	for name, got := range map[string]features.Day{
		"signed up": a.SignedUpOn, "subscribed": a.SubscribedOn, "first order": a.FirstOrderOn, "subscription ends": a.SubscriptionEndsOn - 1,
		"last order": a.LastOrderOn - 1, "delivery": a.LastDeliveryOn - 1, "mail": a.LastMailOn - 1, "campaign order": a.LastCampaignOrderOn - 1,
		"feedback": a.LastFeedbackOn - 1,
	} {
		if got != first {
			t.Errorf("%s: %v, want %v", name, got, first)
		}
	}
	if a.BornOn.String() != "1980-02-29" {
		t.Errorf("born on %v", a.BornOn)
	}
	// The 90 days before end with a day of the shop: at 23:59 the order of the 30th is 89 days old, a minute later 90.
	midnight := (first + 1 + store.BeforeDays).Start(zone)
	for _, c := range []struct {
		asOf time.Time
		want store.Before
	}{
		{midnight.Add(-time.Minute), store.Before{LastOrderOn: first, Revenue: 1}},
		{midnight, store.Before{LastOrderOn: first + 1, Revenue: 2, RepeatDays: 1, RepeatSpend: 1}},
	} {
		got := b.aggregateIn(zone, c.asOf, "c1").Before
		if got.LastOrderOn != c.want.LastOrderOn || got.Revenue != c.want.Revenue || got.RepeatDays != c.want.RepeatDays ||
			got.RepeatDays > 0 && got.RepeatSpend != c.want.RepeatSpend {
			t.Errorf("before %v: %+v, want %+v", c.asOf, got, c.want)
		}
	}
}
