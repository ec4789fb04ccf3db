package store_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"pgregory.net/rapid"

	"treue/engine/store"
	"treue/rules/customer"
	"treue/rules/features"
)

// history is a small random shop: what its aggregates must be is computed by the oracle below, straight from it.
type history struct {
	people   []customer.Customer
	orders   []customer.Order
	lines    []customer.Line
	contacts []contact
	feedback []customer.Feedback
	cases    []complaint
}

// contact is a mail to a customer; campaign is "" for mail of another tool.
type contact struct {
	who, campaign string
	at            time.Time
}

// complaint is open from a moment to another one, or for good.
type complaint struct {
	who    string
	opened time.Time
	closed *time.Time
}

// drawing draws what a shop may have.
type drawing struct{ *rapid.T }

// moment is a full hour of at most as many days before noon, or of the ten days after it.
func (d drawing) moment(label string, days int) time.Time {
	return noon.Add(time.Duration(rapid.IntRange(-days*24, 10*24).Draw(d.T, label)) * time.Hour)
}

func (d drawing) maybe(label string, most int64) *int64 {
	if rapid.Bool().Draw(d.T, "has "+label) {
		return new(rapid.Int64Range(0, most).Draw(d.T, label))
	}
	return nil
}

func (d drawing) maybeMoment(label string, days int) *time.Time {
	if rapid.Bool().Draw(d.T, label+" is dated") {
		return new(d.moment(label, days))
	}
	return nil
}

func (d drawing) word(label string, words ...string) string {
	return rapid.SampledFrom(append(words, "")).Draw(d.T, label)
}

func drawHistory(r *rapid.T, serial int) history {
	d, h := drawing{r}, history{}
	for i := range rapid.IntRange(1, 3).Draw(r, "customers") {
		who := fmt.Sprintf("s%dc%d", serial, i)
		h.people = append(h.people, d.person(who))
		for j := range rapid.IntRange(0, 6).Draw(r, "orders") {
			o := d.order(fmt.Sprintf("%so%d", who, j), who)
			h.orders = append(h.orders, o)
			for k := range rapid.IntRange(0, 2).Draw(r, "lines") {
				l := line(k+1, o.ExternalID, who, rapid.SampledFrom([]string{"tea", "plain"}).Draw(r, "product"), 1)
				l.Category = d.word("category", "Zimt", "apfel", "Äpfel")
				h.lines = append(h.lines, l)
			}
		}
		for range rapid.IntRange(0, 3).Draw(r, "contacts") {
			h.contacts = append(h.contacts, contact{who, d.word("campaign", "spring", "autumn"), d.moment("contact", 90)})
		}
		for j := range rapid.IntRange(0, 2).Draw(r, "feedback") {
			h.feedback = append(h.feedback, feedback(fmt.Sprintf("%sf%d", who, j), who, d.moment("given at", 90), rapid.Float64Range(0, 10).Draw(r, "score"), ""))
		}
		for range rapid.IntRange(0, 2).Draw(r, "cases") {
			h.cases = append(h.cases, complaint{who, d.moment("opened at", 90), d.maybeMoment("closing", 90)})
		}
	}
	return h
}

func (d drawing) person(who string) customer.Customer {
	c := person(who, d.word("email", who+"@shop.example"))
	c.Country, c.Channel, c.Language = d.word("country", "DE"), d.word("channel", "search"), d.word("language", "de")
	c.City, c.Postcode, c.Group = d.word("city", "Köln"), d.word("postcode", "01067"), d.word("group", "gastro")
	c.Tags = rapid.SampledFrom([][]string{nil, {"a", "b"}}).Draw(d.T, "tags")
	c.AcquisitionCost = d.maybe("acquisition cost", 2000)
	if born := d.maybeMoment("birthday", 20_000); born != nil {
		c.Birthday = new(features.DayOf(*born, time.UTC).Date())
	}
	c.SignedUpAt, c.SubscriptionStartedAt, c.SubscriptionEndedAt = d.maybeMoment("sign-up", 90), d.maybeMoment("begin", 90), d.maybeMoment("end", 90)
	return c
}

func (d drawing) order(name, who string) customer.Order {
	total := rapid.SampledFrom([]int64{0, 1, 999, 5000, 12345}).Draw(d.T, "total")
	o := order(name, who, d.moment("ordered at", 240), total)
	o.Tax, o.Shipping, o.Cost = d.maybe("tax", total/5), d.maybe("shipping", total/9), d.maybe("cost", 2*total)
	o.Discount, o.CouponCode = rapid.SampledFrom([]int64{0, 0, 100}).Draw(d.T, "discount"), d.word("coupon", "SAVE", "")
	o.Status = rapid.SampledFrom([]customer.Status{customer.StatusCompleted, customer.StatusOpen, customer.StatusCancelled, customer.StatusTest}).Draw(d.T, "status")
	if o.Refund = rapid.Int64Range(0, total).Draw(d.T, "refund"); o.Refund > 0 {
		o.RefundedAt = d.maybeMoment("refund", 90)
	}
	if o.Status == customer.StatusCancelled {
		o.CancelledAt = d.maybeMoment("cancellation", 90)
	}
	o.DeliveredAt = d.maybeMoment("delivery", 240)
	return o
}

// oracle computes the aggregate of one customer by the words of the definition.
func (h *history) oracle(c customer.Customer, asOf time.Time, terms store.Terms) store.Aggregate {
	a := store.Aggregate{HasAddress: c.Email != "", Before: store.Before{LastOrderOn: features.NoDay, Margin: math.NaN(), RepeatSpend: math.NaN()}}
	s := &a.Snapshot
	features.Blank(s)
	h.profile(s, c, terms.Zone)
	before := features.DayOf(asOf, terms.Zone) - 90
	perDay := map[features.Day]float64{}
	orders := map[features.Day]int32{}
	margin := 0.0
	counted := h.counted(c.ID, asOf)
	for i, o := range counted {
		on := features.DayOf(o.OrderedAt, terms.Zone)
		revenue, earned := money(&o, asOf, terms)
		discounted := o.Discount > 0 || o.CouponCode != ""
		if o.OrderedAt.Equal(counted[0].OrderedAt) {
			if i == 0 || revenue > s.LastOrderValue {
				s.LastOrderValue = revenue
			}
			s.LastOrderDiscounted = s.LastOrderDiscounted || discounted
		}
		if discounted {
			s.DiscountedOrders++
		}
		if o.DeliveredAt != nil && !o.DeliveredAt.After(asOf) {
			s.LastDeliveryOn = max(s.LastDeliveryOn, features.DayOf(*o.DeliveredAt, terms.Zone))
		}
		s.Orders++
		s.Revenue += revenue
		s.Refunded += float64(o.Total)/100 - revenue
		s.Margin += earned
		perDay[on] += revenue
		orders[on]++
		if on <= before {
			a.Before.Revenue += revenue
			margin += earned
		}
	}
	days := slices.Sorted(maps.Keys(perDay))
	s.FirstOrderOn, s.LastOrderOn, s.RepeatDays, s.RepeatSpend = repeats(days, perDay)
	for _, on := range days {
		a.OrderDays = append(a.OrderDays, features.OrderDay{On: on, Orders: orders[on]})
	}
	if first, last, n, spend := repeats(slices.DeleteFunc(days, func(on features.Day) bool { return on > before }), perDay); first.Known() {
		a.Before.LastOrderOn, a.Before.RepeatDays, a.Before.RepeatSpend = last, n, spend
		if !math.IsNaN(s.Margin) {
			a.Before.Margin = margin
		}
	}
	h.bought(s, counted)
	h.contacted(s, c, asOf, terms.Zone, counted)
	h.said(s, c, asOf, terms.Zone)
	return a
}

func (h *history) profile(s *features.Snapshot, c customer.Customer, zone *time.Location) {
	s.CustomerID, s.Source, s.ExternalID = c.ID, "shop", c.ExternalID
	s.Country, s.Channel, s.Language, s.City, s.Postcode, s.Group = c.Country, c.Channel, c.Language, c.City, c.Postcode, c.Group
	s.Tags, s.Categories = append([]string{}, c.Tags...), []string{}
	if c.AcquisitionCost != nil {
		s.AcquisitionCost = float64(*c.AcquisitionCost) / 100
	}
	if c.Birthday != nil {
		s.BornOn = features.DayOf(*c.Birthday, time.UTC)
	}
	for at, on := range map[*time.Time]*features.Day{
		c.SignedUpAt: &s.SignedUpOn, c.SubscriptionStartedAt: &s.SubscribedOn, c.SubscriptionEndedAt: &s.SubscriptionEndsOn,
	} {
		if at != nil {
			*on = features.DayOf(*at, zone)
		}
	}
}

// counted returns a customer's orders that count at asOf, the last one first.
func (h *history) counted(id int64, asOf time.Time) []customer.Order {
	var counted []customer.Order
	for _, o := range h.orders {
		if o.CustomerID == id && h.counts(&o, asOf) {
			counted = append(counted, o)
		}
	}
	slices.SortFunc(counted, func(a, b customer.Order) int {
		return cmp.Or(b.OrderedAt.Compare(a.OrderedAt), cmp.Compare(b.ID, a.ID))
	})
	return counted
}

// repeats returns the first and last of ascending days with an order, how many follow the first and their mean revenue.
func repeats(days []features.Day, revenue map[features.Day]float64) (first, last features.Day, n int64, mean float64) {
	if len(days) == 0 {
		return features.NoDay, features.NoDay, 0, math.NaN()
	}
	sum := 0.0
	for _, on := range days[1:] {
		sum += revenue[on]
	}
	return days[0], days[len(days)-1], int64(len(days) - 1), sum / float64(len(days)-1)
}

// bought fills in the categories.
func (h *history) bought(s *features.Snapshot, counted []customer.Order) {
	orders, last := map[string]int{}, map[string]time.Time{}
	for _, o := range counted {
		seen := map[string]bool{}
		for _, l := range h.lines {
			category := cmp.Or(l.Category, map[string]string{"tea": "Tee"}[l.ExternalProductID])
			if l.OrderID != o.ID || category == "" || seen[category] {
				continue
			}
			s.LastCategory = cmp.Or(s.LastCategory, category)
			seen[category] = true
			orders[category]++
			if last[category].Before(o.OrderedAt) {
				last[category] = o.OrderedAt
			}
		}
	}
	s.Categories = append(s.Categories, slices.Sorted(maps.Keys(orders))...)
	for _, category := range s.Categories {
		best := s.FavouriteCategory
		if cmp.Or(cmp.Compare(orders[category], orders[best]), last[category].Compare(last[best])) > 0 {
			s.FavouriteCategory = category
		}
	}
}

// contacted fills in what mails say.
func (h *history) contacted(s *features.Snapshot, c customer.Customer, asOf time.Time, zone *time.Location, counted []customer.Order) {
	var latest contact
	for _, m := range h.contacts {
		if m.who != c.ExternalID || m.at.After(asOf) {
			continue
		}
		s.LastMailOn = max(s.LastMailOn, features.DayOf(m.at, zone))
		if asOf.Sub(m.at) < 7*24*time.Hour {
			s.Mails7d++
		}
		if asOf.Sub(m.at) < 30*24*time.Hour {
			s.Mails30d++
		}
		if m.campaign == "" {
			continue
		}
		if latest.who == "" || cmp.Or(m.at.Compare(latest.at), cmp.Compare(latest.campaign, m.campaign)) > 0 {
			latest = m
		}
		for _, o := range counted {
			if after := o.OrderedAt.Sub(m.at); after >= 0 && after < 14*24*time.Hour {
				s.LastCampaignOrderOn = max(s.LastCampaignOrderOn, features.DayOf(o.OrderedAt, zone))
			}
		}
	}
	s.LastCampaign = latest.campaign
}

// said fills in feedback and complaints.
func (h *history) said(s *features.Snapshot, c customer.Customer, asOf time.Time, zone *time.Location) {
	var latest customer.Feedback
	for _, f := range h.feedback {
		if f.CustomerID == c.ID && !f.GivenAt.After(asOf) && cmp.Or(f.GivenAt.Compare(latest.GivenAt), cmp.Compare(f.ID, latest.ID)) > 0 {
			latest = f
			s.FeedbackScore, s.LastFeedbackOn = f.Score, features.DayOf(f.GivenAt, zone)
		}
	}
	for _, x := range h.cases {
		if x.who == c.ExternalID && !x.opened.After(asOf) && (x.closed == nil || x.closed.After(asOf)) {
			s.OpenComplaint = true
		}
	}
}

// counts tells whether an order counted at asOf. All was imported at once: what has no date dates from the order.
func (h *history) counts(o *customer.Order, asOf time.Time) bool {
	if o.OrderedAt.After(asOf) || o.Status == customer.StatusTest {
		return false
	}
	return o.Status != customer.StatusCancelled || o.CancelledAt != nil && o.CancelledAt.After(asOf)
}

// money is revenue and margin of one order at asOf, in major units.
func money(o *customer.Order, asOf time.Time, terms store.Terms) (revenue, margin float64) {
	refund := o.Refund
	if o.RefundedAt != nil && o.RefundedAt.After(asOf) {
		refund = 0
	}
	kept := 1.0
	if o.Total > 0 {
		kept = 1 - float64(refund)/float64(o.Total)
	}
	tax := 0.0
	switch {
	case o.Tax != nil:
		tax = float64(*o.Tax)
	case terms.TaxRate != nil:
		tax = float64(o.Total) * *terms.TaxRate / (1 + *terms.TaxRate)
	}
	net := float64(o.Total) - tax
	if o.Shipping != nil {
		net -= float64(*o.Shipping)
	}
	switch {
	case o.Cost != nil:
		margin = (net - float64(*o.Cost)) * kept
	case terms.MarginShare != nil:
		margin = net * kept * *terms.MarginShare
	default:
		margin = math.NaN()
	}
	return float64(o.Total-refund) / 100, margin/100 - terms.CostPerOrder
}
