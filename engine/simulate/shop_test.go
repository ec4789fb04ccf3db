package simulate

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"treue/rules/customer"
)

func TestSameSeedSameShop(t *testing.T) {
	t.Parallel()
	a, b := NewShop(shop(t, 300, 60, 7)), NewShop(shop(t, 300, 60, 7))
	if !reflect.DeepEqual(a.People, b.People) || !reflect.DeepEqual(a.Orders, b.Orders) {
		t.Fatal("one seed gave two shops")
	}
	c := NewShop(shop(t, 300, 60, 8))
	if reflect.DeepEqual(a.People, c.People) {
		t.Fatal("two seeds gave one shop")
	}
}

// Whoever has joined is untouched by how many others there are and by how long the shop is run.
func TestStreamsAreIndependent(t *testing.T) {
	t.Parallel()
	s := NewShop(shop(t, 50, 60, 7))
	first := s.history(stream(7, 3), 3)
	if again := s.history(stream(7, 3), 3); !reflect.DeepEqual(first, again) {
		t.Fatal("a customer's stream depends on something else")
	}
	a, b := stream(7, 1, 2).Uint64(), stream(7, 2, 1).Uint64()
	if a == b {
		t.Fatal("streams of different parts are one")
	}
}

func TestShopIsSound(t *testing.T) {
	t.Parallel()
	c := shop(t, 800, 60, 1)
	s := NewShop(c)
	seen := map[int64]bool{}
	first := map[int64]bool{}
	for i := range s.Orders {
		o := &s.Orders[i]
		if seen[o.ID] {
			t.Fatalf("order %s comes twice", o.ExternalID)
		}
		seen[o.ID], first[o.CustomerID] = true, true
		if i > 0 && o.OrderedAt.Before(s.Orders[i-1].OrderedAt) {
			t.Fatalf("order %s is out of time", o.ExternalID)
		}
		checkOrder(t, s, o)
	}
	addresses := map[string]bool{}
	for i := range s.People {
		p := &s.People[i]
		if !first[p.ID] {
			t.Fatalf("customer %s never ordered", p.ExternalID)
		}
		address, err := customer.NormaliseAddress(p.Email)
		if err != nil || address != p.Email || addresses[address] {
			t.Fatalf("address %q is taken or no address: %v", p.Email, err)
		}
		addresses[address] = true
		if domain := p.Email[strings.IndexByte(p.Email, '@')+1:]; !strings.HasPrefix(domain, "example.") && !strings.HasSuffix(domain, ".example") {
			t.Fatalf("somebody could own %s", domain)
		}
	}
}

func checkOrder(t *testing.T, s *Shop, o *Order) {
	t.Helper()
	if o.Day != s.day(o.OrderedAt) || o.Day >= s.Days || o.Day < -s.History {
		t.Fatalf("order %s lies on day %d, at %s", o.ExternalID, o.Day, o.OrderedAt)
	}
	if o.Total <= 0 || *o.Tax <= 0 || *o.Tax >= o.Total || *o.Cost <= 0 || o.Discount < 0 || o.Refund < 0 || o.Refund > o.Total || len(o.Lines) == 0 {
		t.Fatalf("order %+v does not add up", o.Order)
	}
	if back := o.Refund > 0; back != (o.RefundedAt != nil) {
		t.Fatalf("order %s has half a refund", o.ExternalID)
	} else if back {
		if days := s.day(*o.RefundedAt) - o.Day; days < firstBack || days > lastBack {
			t.Fatalf("order %s was refunded after %d days", o.ExternalID, days)
		}
	}
	for _, l := range o.Lines {
		if l.OrderID != o.ID || l.CustomerID != o.CustomerID || l.Category == "" || l.Quantity < 1 || l.ExternalProductID == "A000" {
			t.Fatalf("line %+v does not belong to order %s", l, o.ExternalID)
		}
	}
}

func TestShares(t *testing.T) {
	t.Parallel()
	s := NewShop(shop(t, 6000, 60, 3))
	var proven, withdrawn, english, rate, level, level2, response float64
	for i := range s.People {
		p := &s.People[i]
		switch {
		case p.Consent != nil && *p.Consent && p.ConsentAt != nil:
			proven++
		case p.Consent != nil && !*p.Consent:
			withdrawn++
		}
		if p.Language == "en" {
			english++
		}
		rate, level, level2, response = rate+p.Rate, level+p.Level, level2+p.Level*p.Level, response+p.Responsiveness
	}
	n := float64(len(s.People))
	back, discounted := 0.0, 0.0
	for i := range s.Orders {
		if s.Orders[i].Refund > 0 {
			back++
		}
		if s.Orders[i].Discount > 0 {
			discounted++
		}
	}
	orders := float64(len(s.Orders))
	for _, c := range []struct {
		name            string
		got, want, most float64 // most: four standard errors
	}{
		{"proven consent", proven / n, provenConsent, 4 * math.Sqrt(provenConsent*(1-provenConsent)/n)},
		{"withdrawn consent", withdrawn / n, withdrawnConsent, 4 * math.Sqrt(withdrawnConsent/n)},
		{"english", english / n, englishShare, 4 * math.Sqrt(englishShare/n)},
		{"rate", rate / n, meanRate, 4 * meanRate / math.Sqrt(rateShape*n)},
		{"level", level / n, 0, 4 * levelSpread / math.Sqrt(n)},
		{"spread of level", level2 / n, levelSpread * levelSpread, 4 * levelSpread * levelSpread * math.Sqrt(2/n)},
		{"responsiveness", response / n, 1, 4 / math.Sqrt(responseShape*n)},
		{"refunds", back / orders, refundShare, 4 * math.Sqrt(refundShare/orders)},
		{"discounts", discounted / orders, discountShare, 4 * math.Sqrt(discountShare/orders)},
	} {
		if math.Abs(c.got-c.want) > c.most {
			t.Errorf("%s: %.4f, want %.4f ± %.4f", c.name, c.got, c.want, c.most)
		}
	}
}

// The mean of many orders is what the formula says, with and without a coupon, before and after refunds.
func TestExpectedMargin(t *testing.T) {
	t.Parallel()
	s := NewShop(shop(t, 1, 60, 3))
	b := buyer{&s.People[0].Customer, 0.4}
	r := stream(11)
	for _, coupon := range []string{"", "CODE"} {
		const n = 60_000
		var sum, squares, kept float64
		for range n {
			o := s.place(r, b, "x", 0, firstHour*hour, coupon)
			m := o.Margin(0, s.calendar)
			sum, squares = sum+m, squares+m*m
			kept += m - o.Margin(14, s.calendar)
		}
		mean := sum / n
		se := math.Sqrt((squares/n - mean*mean) / n)
		want := expectedMargin(b.level, coupon != "")
		if math.Abs(mean-want) > 4*se {
			t.Errorf("coupon %q: margin %.2f, want %.2f ± %.2f", coupon, mean, want, 4*se)
		}
		back := expectedRefund(14)
		if got := kept / sum; math.Abs(got-back) > 0.2*back {
			t.Errorf("coupon %q: refunded share %.4f, want %.4f", coupon, got, back)
		}
	}
}

func TestExpectedRefund(t *testing.T) {
	t.Parallel()
	whole := expectedRefund(1000)
	for _, c := range []struct {
		days int
		want float64
	}{{-3, 0}, {firstBack - 1, 0}, {firstBack, whole / 11}, {14, whole * 5 / 11}, {lastBack, whole}, {lastBack + 1, whole}} {
		if got := expectedRefund(c.days); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%d days: %.5f, want %.5f", c.days, got, c.want)
		}
	}
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	c := newCalendar(time.Date(2026, 10, 24, 15, 0, 0, 0, zone), zone)
	for day := range 4 { // daylight saving time ends on the 25th
		if run := c.run(day); run.In(zone).Hour() != runHour || c.day(run) != day || c.day(c.at(day, 0)) != day {
			t.Errorf("day %d runs at %s", day, run.In(zone))
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	good := shop(t, 10, 10, 1)
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Config){
		"customers": func(c *Config) { c.Customers = -1 },
		"history":   func(c *Config) { c.History = -1 },
		"run":       func(c *Config) { c.Days = 4000 },
		"first day": func(c *Config) { c.Start = time.Time{} },
		"zone":      func(c *Config) { c.Zone = nil },
		"currency":  func(c *Config) { c.Currency = "" },
	} {
		c := good
		spoil(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
