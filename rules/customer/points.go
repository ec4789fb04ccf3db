package customer

import "time"

// PointLot is a batch of loyalty points that were earned together and expire together.
type PointLot struct {
	ID                 int64 // NewID(Source, ExternalID)
	CustomerID         int64 // NewID(Source, CustomerExternalID)
	Source             string
	ExternalID         string
	CustomerExternalID string

	Points    int64      // what is left in the lot, in thousandths of a point; never negative
	EarnedAt  *time.Time // nil: unknown
	ExpiresAt *time.Time // nil: never
}
