package customer

import "time"

// Status says how far an order has come.
type Status string

// The states of an order. Cancelled and test orders count in no figure.
const (
	StatusOpen      Status = "open"
	StatusPaid      Status = "paid"
	StatusShipped   Status = "shipped"
	StatusCompleted Status = "completed"
	StatusCancelled Status = "cancelled"
	StatusTest      Status = "test"
)

// Counts reports whether an order in this state counts as a purchase.
func (s Status) Counts() bool { return s != StatusCancelled && s != StatusTest }

// Statuses returns every state in the order in which an order passes through them.
func Statuses() []Status {
	return []Status{StatusOpen, StatusPaid, StatusShipped, StatusCompleted, StatusCancelled, StatusTest}
}

// Order is one order as a shop's export describes it. Money is in minor units of Currency and never negative.
type Order struct {
	ID         int64 // NewID(Source, ExternalID)
	CustomerID int64 // NewID(Source, CustomerExternalID)
	Source     string

	ExternalID         string // the shop's order number
	CustomerExternalID string

	OrderedAt time.Time
	Currency  string // ISO 4217
	Status    Status

	Total    int64  // paid: after discount, with tax and shipping
	Tax      *int64 // contained in Total; nil: unknown
	Shipping *int64 // contained in Total; nil: unknown
	Cost     *int64 // of the goods; nil: unknown
	Discount int64  // already taken off Total

	CouponCode string

	Refund      int64      // paid back so far, at most Total
	RefundedAt  *time.Time // nil: unknown or not refunded
	CancelledAt *time.Time // nil: unknown or not cancelled
	DeliveredAt *time.Time // nil: unknown or not delivered
}

// Revenue returns what the shop keeps of the order, in minor units.
func (o *Order) Revenue() int64 { return o.Total - o.Refund }

// Line is one line of an order. Money is in minor units of the shop's currency, per unit.
type Line struct {
	OrderID    int64 // NewID(Source, OrderExternalID)
	CustomerID int64 // NewID(Source, CustomerExternalID)
	ProductID  int64 // NewID(Source, ExternalProductID)
	No         int   // 1, 2, 3 … within the order, as the file has them
	Source     string

	OrderExternalID    string
	CustomerExternalID string
	ExternalProductID  string

	Name      string
	Category  string
	OrderedAt *time.Time // nil: the order's
	Quantity  float64    // never negative; fractions for goods sold by weight or length
	UnitPrice int64
	UnitCost  *int64 // nil: unknown
}
