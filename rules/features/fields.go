package features

import (
	"math"
	"slices"
)

// Type is the kind of value a field holds in a rule.
type Type string

// The types of field.
const (
	Number  Type = "number"
	Text    Type = "text"
	Boolean Type = "boolean"
	Date    Type = "date"
	List    Type = "list" // of texts
)

// Field is one name of the rule language. Exactly one accessor is set, the one of its type; accessors do not
// allocate and may be called concurrently.
type Field struct {
	Name        string
	Type        Type
	Unit        string // what a number counts, or the standard of a text; "" if it has none
	Description string
	UnknownWhen string // "never" if the field is always known
	Example     string // a rule that reads the field
	Values      []string
	Aliases     []string // lower-case words people type instead; they serve hints and are no names
	Whole       bool     // a number without fraction

	Number  func(*Snapshot, Day) float64 // numbers, and dates as days since 1970-01-01; NaN: unknown
	Text    func(*Snapshot) string       // "": unknown
	Boolean func(*Snapshot) bool         // never unknown
	List    func(*Snapshot) []string     // never unknown; not to be changed
}

// Share is the unit of fields that go from 0 to 1.
const Share = "share, 0 to 1"

// Lookup returns the field of that exact name.
func Lookup(name string) (Field, bool) {
	fields := Fields()
	i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return fields[i], true
}

// Fields returns the vocabulary in the order in which references list it. The slice is the caller's.
func Fields() []Field {
	return slices.Concat(orderFields(), recencyFields(), valueFields(), profileFields(), contactFields())
}

func orderFields() []Field {
	return []Field{
		{
			Name: "orders", Type: Number, Unit: "orders", Whole: true, UnknownWhen: "never",
			Description: "Orders that are neither cancelled nor tests; 0 for a customer who never bought.",
			Example:     `orders >= 2`, Aliases: []string{"bestellungen", "anzahl_bestellungen", "kaeufe", "käufe", "order_count", "purchases"},
			Number: func(s *Snapshot, _ Day) float64 { return float64(s.Orders) },
		},
		{
			Name: "revenue", Type: Number, Unit: "currency", UnknownWhen: "never",
			Description: "What the customer paid to date, with tax and shipping, after discounts and net of refunds; 0 without orders.",
			Example:     `revenue > 300`, Aliases: []string{"umsatz", "total_spent", "turnover", "ausgaben"},
			Number: func(s *Snapshot, _ Day) float64 { return knownNumber(s.Revenue) },
		},
		{
			Name: "margin", Type: Number, Unit: "currency", UnknownWhen: "an order lacks a cost and no margin share is set",
			Description: "What the shop earned on the customer's orders to date, after refunds and cost of goods, without tax and shipping.",
			Example:     `margin > 50`, Aliases: []string{"marge", "deckungsbeitrag", "rohertrag", "profit"},
			Number: func(s *Snapshot, _ Day) float64 { return knownNumber(s.Margin) },
		},
		{
			Name: "average_order_value", Type: Number, Unit: "currency per order", UnknownWhen: "there are no orders",
			Description: "Revenue divided by orders.",
			Example:     `average_order_value >= 40`, Aliases: []string{"aov", "warenkorb", "bestellwert", "durchschnittlicher_bestellwert"},
			Number: func(s *Snapshot, _ Day) float64 { return averageOrderValue(s) },
		},
	}
}

func recencyFields() []Field {
	return []Field{
		{
			Name: "days_since_first_order", Type: Number, Unit: "days", Whole: true, UnknownWhen: "there are no orders",
			Description: "Calendar days from the first order to the day of evaluation.",
			Example:     `days_since_first_order in 355..375`, Aliases: []string{"customer_age", "kunde_seit"},
			Number: func(s *Snapshot, at Day) float64 { return age(s.FirstOrderOn, at) },
		},
		{
			Name: "days_since_last_order", Type: Number, Unit: "days", Whole: true, UnknownWhen: "there are no orders",
			Description: "Calendar days from the last order to the day of evaluation.",
			Example:     `days_since_last_order > 90`, Aliases: []string{"recency", "letzte_bestellung", "tage_seit_letzter_bestellung", "inactive_days"},
			Number: func(s *Snapshot, at Day) float64 { return age(s.LastOrderOn, at) },
		},
		{
			Name: "days_between_orders", Type: Number, Unit: "days", UnknownWhen: "the customer ordered on fewer than two days",
			Description: "Mean number of days between two days with an order: the customer's own rhythm.",
			Example:     `days_since_last_order > 2 * days_between_orders`, Aliases: []string{"rhythm", "rhythmus", "purchase_cycle", "bestellabstand"},
			Number: func(s *Snapshot, _ Day) float64 { return daysBetweenOrders(s) },
		},
		{
			Name: "first_order_at", Type: Date, Unit: "day", UnknownWhen: "there are no orders",
			Description: "Calendar day of the first order.",
			Example:     `month(first_order_at) in [11, 12]`, Aliases: []string{"first_order", "erste_bestellung", "first_order_date", "first_order_on"},
			Number: func(s *Snapshot, _ Day) float64 { return ordinal(s.FirstOrderOn) },
		},
		{
			Name: "last_order_at", Type: Date, Unit: "day", UnknownWhen: "there are no orders",
			Description: "Calendar day of the last order.",
			Example:     `last_order_at < date("2026-01-31")`, Aliases: []string{"last_order", "last_order_date", "last_order_on"},
			Number: func(s *Snapshot, _ Day) float64 { return ordinal(s.LastOrderOn) },
		},
		{
			Name: "signed_up_at", Type: Date, Unit: "day", UnknownWhen: "the shop did not say",
			Description: "Calendar day on which the account was opened.",
			Example:     `signed_up_at >= date("2026-01-01")`, Aliases: []string{"created_at", "registered_at", "signup", "angemeldet"},
			Number: func(s *Snapshot, _ Day) float64 { return ordinal(s.SignedUpOn) },
		},
		{
			Name: "account_age_days", Type: Number, Unit: "days", Whole: true, UnknownWhen: "the shop did not say when the account was opened",
			Description: "Calendar days from the opening of the account to the day of evaluation.",
			Example:     `account_age_days > 30 && orders == 0`, Aliases: []string{"account_age", "days_since_signup", "kontoalter"},
			Number: func(s *Snapshot, at Day) float64 { return age(s.SignedUpOn, at) },
		},
	}
}

func valueFields() []Field {
	return []Field{
		{
			Name: "expected_orders", Type: Number, Unit: "orders in 12 months", UnknownWhen: "there are no orders, or no model is fitted",
			Description: "Orders the purchase model expects in the next 12 months, undiscounted.",
			Example:     `expected_orders < 0.5`, Aliases: []string{"predicted_orders", "erwartete_bestellungen"},
			Number: func(s *Snapshot, _ Day) float64 { return knownNumber(s.ExpectedOrders) },
		},
		{
			Name: "p_alive", Type: Number, Unit: Share, UnknownWhen: "there are no orders, or no model is fitted",
			Description: "Probability that the customer will order again at some time.",
			Example:     `p_alive < 0.5`, Aliases: []string{"alive", "churn", "churn_risk", "probability_alive", "abwanderung"},
			Number: func(s *Snapshot, _ Day) float64 { return knownNumber(s.PAlive) },
		},
		{
			Name: "clv", Type: Number, Unit: "currency", UnknownWhen: "its historic or its predicted part is unknown",
			Description: "Customer lifetime value: clv_historic + clv_predicted.",
			Example:     `clv >= 200`, Aliases: []string{"ltv", "cltv", "kundenwert", "lifetime_value", "customer_lifetime_value"},
			Number: func(s *Snapshot, _ Day) float64 { return knownNumber(s.CLV()) },
		},
		{
			Name: "clv_historic", Type: Number, Unit: "currency", UnknownWhen: "an order lacks a cost and no margin share is set",
			Description: "Margin earned to date.",
			Example:     `clv_historic > 100`, Aliases: []string{"historic_clv", "clv_history"},
			Number: func(s *Snapshot, _ Day) float64 { return knownNumber(s.CLVHistoric) },
		},
		{
			Name: "clv_predicted", Type: Number, Unit: "currency", UnknownWhen: "there are no orders, or no model is fitted",
			Description: "Margin the models expect in the next 12 months, discounted.",
			Example:     `clv_predicted > 20`, Aliases: []string{"predicted_clv", "future_clv"},
			Number: func(s *Snapshot, _ Day) float64 { return knownNumber(s.CLVPredicted) },
		},
		{
			Name: "clv_percentile", Type: Number, Unit: Share, UnknownWhen: "there are no orders, or clv is unknown",
			Description: "Share of buyers whose CLV is strictly lower.",
			Example:     `clv_percentile >= 0.9`, Aliases: []string{"percentile", "perzentil", "top_percent"},
			Number: func(s *Snapshot, _ Day) float64 { return knownNumber(s.CLVPercentile) },
		},
		{
			Name: "tier", Type: Text, UnknownWhen: "there are no orders, or clv is unknown",
			Description: "CLV band: the best customers who carry the first 50 % of all CLV are a, up to 80 % b, up to 95 % c, the rest d.",
			Example:     `tier in ["a", "b"]`, Values: []string{"a", "b", "c", "d"}, Aliases: []string{"abc", "clv_tier", "stufe", "level"},
			Text: func(s *Snapshot) string { return s.Tier },
		},
		{
			Name: "segment", Type: Text, UnknownWhen: "there are no orders",
			Description: "Segment by recency, frequency and money.",
			Example:     `segment in ["at_risk", "cant_lose"]`, Aliases: []string{"rfm", "rfm_segment", "gruppe", "kundensegment"},
			Values: []string{
				"champions", "loyal", "potential_loyalist", "new", "promising",
				"needs_attention", "about_to_sleep", "at_risk", "cant_lose", "hibernating",
			},
			Text: func(s *Snapshot) string { return s.Segment },
		},
	}
}

func profileFields() []Field {
	return []Field{
		{
			Name: "country", Type: Text, Unit: "ISO 3166-1 alpha-2", UnknownWhen: "the shop did not say",
			Description: "Country as two capital letters.",
			Example:     `country in ["DE", "AT"]`, Aliases: []string{"land", "country_code", "staat"},
			Text: func(s *Snapshot) string { return s.Country },
		},
		{
			Name: "language", Type: Text, Unit: "ISO 639-1", UnknownWhen: "the shop did not say",
			Description: "Language as two small letters.",
			Example:     `language == "de"`, Aliases: []string{"sprache", "locale", "lang"},
			Text: func(s *Snapshot) string { return s.Language },
		},
		{
			Name: "channel", Type: Text, UnknownWhen: "the shop did not say",
			Description: "Channel through which the customer was won.",
			Example:     `channel == "google_ads"`, Aliases: []string{"kanal", "utm_source", "herkunft"},
			Text: func(s *Snapshot) string { return s.Channel },
		},
		{
			Name: "source", Type: Text, UnknownWhen: "never",
			Description: "Shop system from which the customer was imported.",
			Example:     `source == "shopify"`, Aliases: []string{"shop", "quelle", "shop_system"},
			Text: func(s *Snapshot) string { return s.Source },
		},
		{
			Name: "tags", Type: List, UnknownWhen: "never",
			Description: "Tags of the customer; empty if there are none.",
			Example:     `"vip" in tags`, Aliases: []string{"tag", "schlagworte", "labels"},
			List: func(s *Snapshot) []string { return s.Tags },
		},
		{
			Name: "categories", Type: List, UnknownWhen: "never",
			Description: "Categories the customer has bought from, with their paths; empty if there are none.",
			Example:     `len(categories) >= 3`, Aliases: []string{"category", "kategorien", "kategorie", "bought_categories"},
			List: func(s *Snapshot) []string { return s.Categories },
		},
		{
			Name: "last_category", Type: Text, UnknownWhen: "there are no orders, or their products have no category",
			Description: "Category of the last purchase.",
			Example:     `last_category startsWith "Kaffee"`, Aliases: []string{"letzte_kategorie"},
			Text: func(s *Snapshot) string { return s.LastCategory },
		},
	}
}

func contactFields() []Field {
	return []Field{
		{
			Name: "mails_30d", Type: Number, Unit: "mails", Whole: true, UnknownWhen: "never",
			Description: "Contacts of the last 30 days; a mail withheld from the comparison group counts like a real one.",
			Example:     `mails_30d < 3`, Aliases: []string{"mails", "emails_30d", "mails_last_30_days"},
			Number: func(s *Snapshot, _ Day) float64 { return float64(s.Mails30d) },
		},
		{
			Name: "days_since_last_mail", Type: Number, Unit: "days", Whole: true, UnknownWhen: "there was no mail yet",
			Description: "Calendar days from the last contact to the day of evaluation.",
			Example:     `!(days_since_last_mail <= 14)`, Aliases: []string{"last_contact", "letzte_mail", "days_since_last_contact"},
			Number: func(s *Snapshot, at Day) float64 { return age(s.LastMailOn, at) },
		},
		{
			Name: "last_mail_at", Type: Date, Unit: "day", UnknownWhen: "there was no mail yet",
			Description: "Calendar day of the last contact.",
			Example:     `last_mail_at < date("2026-01-31")`, Aliases: []string{"last_mail", "last_mail_on"},
			Number: func(s *Snapshot, _ Day) float64 { return ordinal(s.LastMailOn) },
		},
		{
			Name: "consent", Type: Boolean, UnknownWhen: "never",
			Description: "Whether consent to mail is proven and valid. Gates check it anyway, whatever a rule says.",
			Example:     `consent && orders >= 1`, Aliases: []string{"einwilligung", "opt_in", "optin", "newsletter", "subscribed"},
			Boolean: func(s *Snapshot) bool { return s.Consent },
		},
	}
}

// age returns the calendar days from a day to the day of evaluation, NaN if the day is unknown.
func age(since, at Day) float64 {
	if !since.Known() || !at.Known() {
		return math.NaN()
	}
	return float64(at) - float64(since)
}

func ordinal(d Day) float64 {
	if !d.Known() {
		return math.NaN()
	}
	return float64(d)
}

// knownNumber makes infinity unknown, so that no rule has to tell it from a number.
func knownNumber(v float64) float64 {
	if v-v != 0 {
		return math.NaN()
	}
	return v
}

func averageOrderValue(s *Snapshot) float64 {
	if s.Orders <= 0 {
		return math.NaN()
	}
	return knownNumber(s.Revenue / float64(s.Orders))
}

func daysBetweenOrders(s *Snapshot) float64 {
	if s.RepeatDays <= 0 || !s.FirstOrderOn.Known() || !s.LastOrderOn.Known() {
		return math.NaN()
	}
	return (float64(s.LastOrderOn) - float64(s.FirstOrderOn)) / float64(s.RepeatDays)
}
