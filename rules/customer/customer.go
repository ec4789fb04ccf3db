// Package customer holds the bottom nouns: customers, orders and consent.
package customer

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"time"
)

// NewID returns the 63-bit identity of a shop's own id within its source system: the first eight bytes
// (big-endian) of SHA-256(source, NUL, id) without the sign bit. Customers, orders and products are all
// identified this way, so that ids can be computed before anything is stored and rows distribute evenly.
func NewID(source, externalID string) int64 {
	sum := sha256.Sum256([]byte(source + "\x00" + externalID))
	return int64(binary.BigEndian.Uint64(sum[:8]) & math.MaxInt64)
}

// Customer is one customer as a shop's export describes them. Money is in minor units of the shop's
// currency; "" and nil mean that the export does not say.
type Customer struct {
	ID         int64  // NewID(Source, ExternalID)
	Source     string // the shop system
	ExternalID string // the shop's own id, which is what people see

	Email     string // the sending form, see NormaliseAddress
	FirstName string
	LastName  string
	Language  string // ISO 639-1, lower case
	Country   string // ISO 3166-1 alpha-2, upper case
	Timezone  string // IANA name
	Postcode  string
	City      string
	Birthday  *time.Time // a date: midnight UTC

	SignedUpAt            *time.Time
	Group                 string // the shop's customer group
	Channel               string // through which the customer was acquired
	AcquisitionCost       *int64
	SubscriptionStartedAt *time.Time
	SubscriptionEndedAt   *time.Time
	Tags                  []string // sorted, unique

	Consent       *bool // nil: the export says nothing, so that nothing changes
	ConsentAt     *time.Time
	ConsentSource string

	NoticeAt      *time.Time // when the right to object was pointed out, UWG § 7 (3) no. 4
	BasisOrderID  string     // the shop's id of the sale in which the address was obtained
	BasisCategory string     // what was bought in it
}
