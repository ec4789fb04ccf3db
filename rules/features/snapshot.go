// Package features holds the dated snapshot a rule can read; its fields are the vocabulary.
package features

// Snapshot is what is known of one customer at the end of a refresh. It stores dates and sufficient statistics;
// ages are computed from the day on which a rule is evaluated. Unknown is NoDay for days, NaN for numbers and ""
// for text; money is in major units of the shop's currency.
type Snapshot struct {
	CustomerID int64
	Source     string // the shop system
	ExternalID string // the shop's own id, which is what people see

	Country         string // ISO 3166-1 alpha-2
	Language        string // ISO 639-1
	City            string
	Postcode        string
	Group           string   // customer group of the shop
	Channel         string   // acquisition channel
	Tags            []string // sorted
	AcquisitionCost float64

	SignedUpOn         Day
	BornOn             Day
	SubscribedOn       Day // start of the last subscription
	SubscriptionEndsOn Day
	Consent            bool // proven and valid at the refresh

	Orders              int64 // neither cancelled nor tests
	DiscountedOrders    int64
	Revenue             float64
	Refunded            float64
	Margin              float64 // margin to date; unknown when an order lacks a cost and no margin share is set
	FirstOrderOn        Day
	LastOrderOn         Day
	LastOrderValue      float64 // net of refunds
	LastOrderDiscounted bool
	LastDeliveryOn      Day

	Categories        []string // bought, sorted
	LastCategory      string
	FavouriteCategory string // bought in the most orders
	NextCategory      string // the one that buyers like this one buy next

	RepeatDays  int64   // days with an order after the first such day: x of the purchase models
	RepeatSpend float64 // mean value per repeat day, free ones included: m of the spend model
	Rhythm      float64 // expected days between two days with an order: the customer's own, shrunken to the shop's
	NextOrderOn Day

	PAlive           float64
	ExpectedOrders   float64 // next 12 months, undiscounted
	CLVHistoric      float64
	CLVPredicted     float64 // next 12 months, discounted
	CLVPredictedLow  float64 // 90 % predictive interval
	CLVPredictedHigh float64
	CLV90dAgo        float64 // what the same model said of the history up to 90 days ago
	CLVPercentile    float64 // share of buyers strictly below
	Tier             string  // a, b, c or d

	RecencyScore   float64 // 1 to 5
	FrequencyScore float64
	MonetaryScore  float64
	Segment        string
	SegmentSince   Day

	Mails7d             int64 // contacts of the last 7 days, ghost sends included
	Mails30d            int64
	LastMailOn          Day
	LastCampaign        string
	LastCampaignOrderOn Day // an order within 14 days after a contact

	FeedbackScore  float64 // the last one, 0 to 10
	LastFeedbackOn Day
	OpenComplaint  bool

	// History holds the events that a rule's functions read; nil where no rule asks for any.
	History *History
}

// CLV returns historic plus predicted value, or NaN where either is unknown.
func (s *Snapshot) CLV() float64 { return s.CLVHistoric + s.CLVPredicted }
