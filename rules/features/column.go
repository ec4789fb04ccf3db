package features

import "math"

// Column is one stored statistic of a snapshot. Exactly one of the accessors is set; it returns the place in the
// snapshot, to be read or filled.
type Column struct {
	Name   string
	Count  func(*Snapshot) *int64
	Amount func(*Snapshot) *float64 // NaN: unknown
	Word   func(*Snapshot) *string  // "": unknown
	Day    func(*Snapshot) *Day     // NoDay: unknown
	Flag   func(*Snapshot) *bool
	Words  func(*Snapshot) *[]string
}

// Blank makes every unknown-able statistic of the snapshot unknown.
func Blank(s *Snapshot) {
	*s = Snapshot{}
	for _, c := range Columns() {
		switch {
		case c.Amount != nil && !zeroWithoutOrders(c.Name):
			*c.Amount(s) = math.NaN()
		case c.Day != nil:
			*c.Day(s) = NoDay
		}
	}
}

// zeroWithoutOrders tells sums, which are 0 for a customer without orders, from statistics that are then unknown.
func zeroWithoutOrders(column string) bool {
	return column == "revenue" || column == "refunded" || column == "margin"
}

// The range of a stored amount other than 0. Arithmetic of two amounts must not leave the range of double precision, at
// which Postgres fails: one beyond LargestAmount is kept as unknown, one below SmallestAmount as 0.
const (
	LargestAmount  = 1e18
	SmallestAmount = 1e-30
)

// ColumnNamed returns the column of that name.
func ColumnNamed(name string) (Column, bool) {
	for _, c := range Columns() {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// Columns returns the stored statistics of a snapshot in the order of the table that keeps them: what most rules read
// comes first. The slice is the caller's.
func Columns() []Column {
	return []Column{
		{Name: "orders", Count: func(s *Snapshot) *int64 { return &s.Orders }},
		{Name: "revenue", Amount: func(s *Snapshot) *float64 { return &s.Revenue }},
		{Name: "consent", Flag: func(s *Snapshot) *bool { return &s.Consent }},
		{Name: "last_order_on", Day: func(s *Snapshot) *Day { return &s.LastOrderOn }},
		{Name: "first_order_on", Day: func(s *Snapshot) *Day { return &s.FirstOrderOn }},
		{Name: "p_alive", Amount: func(s *Snapshot) *float64 { return &s.PAlive }},
		{Name: "clv_historic", Amount: func(s *Snapshot) *float64 { return &s.CLVHistoric }},
		{Name: "clv_predicted", Amount: func(s *Snapshot) *float64 { return &s.CLVPredicted }},
		{Name: "clv_percentile", Amount: func(s *Snapshot) *float64 { return &s.CLVPercentile }},
		{Name: "segment", Word: func(s *Snapshot) *string { return &s.Segment }},
		{Name: "tier", Word: func(s *Snapshot) *string { return &s.Tier }},
		{Name: "country", Word: func(s *Snapshot) *string { return &s.Country }},
		{Name: "language", Word: func(s *Snapshot) *string { return &s.Language }},
		{Name: "channel", Word: func(s *Snapshot) *string { return &s.Channel }},
		{Name: "mails_7d", Count: func(s *Snapshot) *int64 { return &s.Mails7d }},
		{Name: "mails_30d", Count: func(s *Snapshot) *int64 { return &s.Mails30d }},
		{Name: "last_mail_on", Day: func(s *Snapshot) *Day { return &s.LastMailOn }},
		{Name: "rhythm", Amount: func(s *Snapshot) *float64 { return &s.Rhythm }},
		{Name: "next_order_on", Day: func(s *Snapshot) *Day { return &s.NextOrderOn }},
		{Name: "margin", Amount: func(s *Snapshot) *float64 { return &s.Margin }},
		{Name: "refunded", Amount: func(s *Snapshot) *float64 { return &s.Refunded }},
		{Name: "discounted_orders", Count: func(s *Snapshot) *int64 { return &s.DiscountedOrders }},
		{Name: "last_order_value", Amount: func(s *Snapshot) *float64 { return &s.LastOrderValue }},
		{Name: "last_order_discounted", Flag: func(s *Snapshot) *bool { return &s.LastOrderDiscounted }},
		{Name: "last_delivery_on", Day: func(s *Snapshot) *Day { return &s.LastDeliveryOn }},
		{Name: "expected_orders", Amount: func(s *Snapshot) *float64 { return &s.ExpectedOrders }},
		{Name: "clv_predicted_low", Amount: func(s *Snapshot) *float64 { return &s.CLVPredictedLow }},
		{Name: "clv_predicted_high", Amount: func(s *Snapshot) *float64 { return &s.CLVPredictedHigh }},
		{Name: "clv_90d_ago", Amount: func(s *Snapshot) *float64 { return &s.CLV90dAgo }},
		{Name: "recency_score", Amount: func(s *Snapshot) *float64 { return &s.RecencyScore }},
		{Name: "frequency_score", Amount: func(s *Snapshot) *float64 { return &s.FrequencyScore }},
		{Name: "monetary_score", Amount: func(s *Snapshot) *float64 { return &s.MonetaryScore }},
		{Name: "segment_since", Day: func(s *Snapshot) *Day { return &s.SegmentSince }},
		{Name: "repeat_days", Count: func(s *Snapshot) *int64 { return &s.RepeatDays }},
		{Name: "repeat_spend", Amount: func(s *Snapshot) *float64 { return &s.RepeatSpend }},
		{Name: "signed_up_on", Day: func(s *Snapshot) *Day { return &s.SignedUpOn }},
		{Name: "born_on", Day: func(s *Snapshot) *Day { return &s.BornOn }},
		{Name: "subscribed_on", Day: func(s *Snapshot) *Day { return &s.SubscribedOn }},
		{Name: "subscription_ends_on", Day: func(s *Snapshot) *Day { return &s.SubscriptionEndsOn }},
		{Name: "acquisition_cost", Amount: func(s *Snapshot) *float64 { return &s.AcquisitionCost }},
		{Name: "feedback_score", Amount: func(s *Snapshot) *float64 { return &s.FeedbackScore }},
		{Name: "last_feedback_on", Day: func(s *Snapshot) *Day { return &s.LastFeedbackOn }},
		{Name: "open_complaint", Flag: func(s *Snapshot) *bool { return &s.OpenComplaint }},
		{Name: "last_campaign_order_on", Day: func(s *Snapshot) *Day { return &s.LastCampaignOrderOn }},
		{Name: "last_campaign", Word: func(s *Snapshot) *string { return &s.LastCampaign }},
		{Name: "city", Word: func(s *Snapshot) *string { return &s.City }},
		{Name: "postcode", Word: func(s *Snapshot) *string { return &s.Postcode }},
		{Name: "customer_group", Word: func(s *Snapshot) *string { return &s.Group }},
		{Name: "last_category", Word: func(s *Snapshot) *string { return &s.LastCategory }},
		{Name: "favourite_category", Word: func(s *Snapshot) *string { return &s.FavouriteCategory }},
		{Name: "next_category", Word: func(s *Snapshot) *string { return &s.NextCategory }},
		{Name: "source", Word: func(s *Snapshot) *string { return &s.Source }},
		{Name: "external_id", Word: func(s *Snapshot) *string { return &s.ExternalID }},
		{Name: "tags", Words: func(s *Snapshot) *[]string { return &s.Tags }},
		{Name: "categories", Words: func(s *Snapshot) *[]string { return &s.Categories }},
	}
}
