package customer

import "time"

// Feedback is a customer's answer to the question how satisfied they are.
type Feedback struct {
	ID                 int64 // NewID(Source, ExternalID)
	CustomerID         int64 // NewID(Source, CustomerExternalID)
	Source             string
	ExternalID         string
	CustomerExternalID string

	GivenAt time.Time
	Score   float64 // 0 (worst) to 10 (best), the scale of the Net Promoter Score
	Comment string
}
