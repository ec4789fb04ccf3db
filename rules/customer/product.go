package customer

// Product is one article of the shop's range. Money is in minor units of the shop's currency.
type Product struct {
	ID         int64 // NewID(Source, ExternalID)
	Source     string
	ExternalID string // the shop's article number

	Name     string
	Category string
	Price    *int64   // nil: unknown
	Cost     *int64   // nil: unknown
	TaxRate  *float64 // a share: 0.19 for 19 %; nil: unknown
	URL      string
	ImageURL string

	Attributes map[string]string
	Active     bool // can be bought
}
