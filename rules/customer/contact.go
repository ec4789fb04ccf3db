package customer

import "time"

// Mail is a mail that another tool sent to a customer; it counts in the frequency caps.
type Mail struct {
	CustomerID         int64 // NewID(Source, CustomerExternalID)
	Source             string
	CustomerExternalID string

	SentAt time.Time
	Kind   string // as the other tool calls it, such as newsletter
}

// Case is a complaint or service case of a customer; while it is open, advertising is out of place.
type Case struct {
	ID                 int64 // NewID(Source, ExternalID)
	CustomerID         int64 // NewID(Source, CustomerExternalID)
	Source             string
	ExternalID         string
	CustomerExternalID string

	OpenedAt time.Time
	ClosedAt *time.Time // nil: still open
	Reason   string
}

// Suppression is an address that must not be written to: an unsubscribe, bounce or complaint that another
// tool has recorded. It belongs to the address, whoever the customer is.
type Suppression struct {
	Email  string     // the sending form, see NormaliseAddress
	Reason string     // as the other tool calls it, lower case
	Since  *time.Time // nil: unknown
}

// Exposure is a customer's arm in a campaign that was run by another tool, so that its lift can be measured.
type Exposure struct {
	Campaign           string
	CustomerID         int64 // NewID(Source, CustomerExternalID)
	Source             string
	CustomerExternalID string

	Arm        string // control, treated or a variant's name
	AssignedAt time.Time
}
