// Package features holds the dated snapshot a rule can read; its fields are the vocabulary.
package features

// Snapshot is what is known of one customer at the end of a refresh. It stores dates and sufficient statistics;
// ages are computed from the day on which a rule is evaluated. Unknown is NoDay for days, NaN for numbers and ""
// for text; money is in major units of the shop's currency.
type Snapshot struct {
	CustomerID int64
	Source     string // the shop system
	ExternalID string // the shop's own id, which is what people see

	Country  string   // ISO 3166-1 alpha-2
	Language string   // ISO 639-1
	Channel  string   // acquisition channel
	Tags     []string // sorted

	SignedUpOn Day
	Consent    bool // proven and valid at the refresh

	Orders       int64 // neither cancelled nor tests
	Revenue      float64
	Margin       float64 // margin to date; unknown when an order lacks a cost and no margin share is set
	FirstOrderOn Day
	LastOrderOn  Day
	Categories   []string // bought, sorted
	LastCategory string

	RepeatDays  int64   // days with an order after the first such day: x of the purchase models
	RepeatSpend float64 // mean value per repeat day, free ones included: m of the spend model

	PAlive         float64
	ExpectedOrders float64 // next 12 months, undiscounted
	CLVHistoric    float64
	CLVPredicted   float64 // next 12 months, discounted
	CLVPercentile  float64 // share of buyers strictly below
	Tier           string  // a, b, c or d
	Segment        string

	Mails30d   int64 // contacts of the last 30 days, ghost sends included
	LastMailOn Day
}

// CLV returns historic plus predicted value, or NaN where either is unknown.
func (s *Snapshot) CLV() float64 { return s.CLVHistoric + s.CLVPredicted }
