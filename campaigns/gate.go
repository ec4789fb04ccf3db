package campaigns

import "time"

// Outcome is what became of a candidate in a run: the gate that stopped them, or their arm.
type Outcome string

// The gates in the order in which they are asked, the arms, and the word for who stopped matching.
const (
	GateConsent       Outcome = "consent"
	GateSuppressed    Outcome = "suppressed"
	GateObjection     Outcome = "objection"
	GatePaused        Outcome = "paused" // by the customer
	GateTopic         Outcome = "topic"
	GateGlobalHoldout Outcome = "global_holdout"
	GateReentry       Outcome = "reentry"
	GateCooldown      Outcome = "cooldown"
	GateFrequencyCap  Outcome = "frequency_cap"
	GateBudget        Outcome = "budget"
	GateCouponStock   Outcome = "coupon_stock"
	GateArbitration   Outcome = "arbitration"

	OutcomeTreated Outcome = "treated"
	OutcomeControl Outcome = "control"
	OutcomeLeft    Outcome = "left"
)

// Decision is what a run decided about one candidate, and why.
type Decision struct {
	CustomerID int64
	Outcome    Outcome
	Detail     string // for people: why this gate
}

// Gate stops candidates. It may count whom it admitted, so a gate serves one run.
type Gate interface {
	Outcome() Outcome
	// Stop says why the candidate must not go on, or "" to let them pass.
	Stop(c *Candidate) string
}

// Settings are the shop-wide rules of planning.
type Settings struct {
	Cap7d, Cap30d int
	GlobalHoldout Holdout
	CostPerMail   float64 // major units
	CouponStock   map[string]int
}

// gates returns the gates of a campaign in their order. Arbitration is the last.
func gates(c *Campaign, now time.Time, s Settings, spent Spent, taken map[int64]string) []Gate {
	return []Gate{
		consentGate{c},
		suppressedGate{},
		objectionGate{},
		pausedGate{now},
		topicGate{c},
		newGlobalHoldoutGate(s.GlobalHoldout, now),
		reentryGate{c},
		cooldownGate{c, now},
		frequencyCapGate{s.Cap7d, s.Cap30d},
		newBudgetGate(c, s, spent),
		newCouponGate(c, s),
		arbitrationGate{c.Key, taken},
	}
}
