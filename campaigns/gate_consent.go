package campaigns

import (
	"slices"
	"strings"
)

// consentGate asks for the legal basis: proven consent (UWG section 7(2) no. 2), or all four conditions for existing
// customers (section 7(3)). No setting and no rule goes round it.
type consentGate struct{ campaign *Campaign }

func (consentGate) Outcome() Outcome { return GateConsent }

func (g consentGate) Stop(c *Candidate) string {
	if !c.HasAddress {
		return "no address"
	}
	if g.campaign.LegalBasis == ExistingCustomer {
		return g.existingCustomer(c)
	}
	if !c.Consent.Valid() {
		return missingConsent(c)
	}
	return ""
}

func missingConsent(c *Candidate) string {
	switch {
	case c.Consent.ObjectedAt != nil:
		return "objected to advertising"
	case c.Consent.WithdrawnAt != nil:
		return "consent withdrawn"
	default:
		return "no proven consent"
	}
}

func (g consentGate) existingCustomer(c *Candidate) string {
	switch {
	case !c.BasisOrder:
		return "address was not collected in a sale"
	case c.Consent.Objected() || c.Consent.WithdrawnAt != nil && !c.Consent.Valid():
		return "objected to advertising"
	case c.NoticeAt == nil:
		return "no notice of the right to object at collection"
	case !similar(g.campaign.Categories, c.Categories):
		return "has bought nothing similar"
	}
	return ""
}

// similar reports whether a bought category is one of those advertised, or lies under one ("Coffee > Beans").
func similar(advertised, bought []string) bool {
	return slices.ContainsFunc(bought, func(b string) bool {
		return slices.ContainsFunc(advertised, func(a string) bool { return liesUnder(b, a) })
	})
}

// liesUnder reports whether a category is the other one or a part of it.
func liesUnder(category, parent string) bool {
	if len(category) < len(parent) || !strings.EqualFold(category[:len(parent)], parent) {
		return false
	}
	rest := strings.TrimLeft(category[len(parent):], " ")
	return rest == "" || rest[0] == '>'
}

// suppressedGate keeps addresses that bounced, complained or were taken off by hand.
type suppressedGate struct{}

func (suppressedGate) Outcome() Outcome { return GateSuppressed }

func (suppressedGate) Stop(c *Candidate) string {
	if c.Suppressed {
		return "address is suppressed"
	}
	return ""
}

// objectionGate keeps customers who object to profiling (GDPR 21(1)): no rule may choose them.
type objectionGate struct{}

func (objectionGate) Outcome() Outcome { return GateObjection }

func (objectionGate) Stop(c *Candidate) string {
	if c.Consent.ObjectedToProfiling() {
		return "objected to profiling"
	}
	return ""
}
