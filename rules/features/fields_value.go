package features

func moneyFields() []Field {
	return []Field{
		{
			Name: "revenue", Type: Number, Unit: "currency", UnknownWhen: "never", Column: "revenue",
			Description: "What the customer paid to date, with tax and shipping, after discounts and net of refunds; 0 without orders.",
			Example:     `revenue > 300`, Aliases: []string{"umsatz", "total_spent", "turnover", "ausgaben"},
		},
		{
			Name: "revenue_365d", Type: Number, Unit: "currency", UnknownWhen: "never", Formula: `spent_within(365)`,
			Description: "Revenue of the last 365 days.",
			Example:     `revenue_365d > 300`, Aliases: []string{"umsatz_12m", "jahresumsatz", "revenue_12m", "revenue_last_year"},
		},
		{
			Name: "margin", Type: Number, Unit: "currency", UnknownWhen: "an order lacks a cost and no margin share is set", Column: "margin",
			Description: "What the shop earned on the customer's orders to date, after refunds and cost of goods, without tax and shipping.",
			Example:     `margin > 50`, Aliases: []string{"marge", "deckungsbeitrag", "rohertrag", "profit"},
		},
		{
			Name: "average_order_value", Type: Number, Unit: "currency per order", UnknownWhen: "there are no orders", Formula: `revenue / orders`,
			Description: "Revenue divided by orders.",
			Example:     `average_order_value >= 40`, Aliases: []string{"aov", "warenkorb", "bestellwert", "durchschnittlicher_bestellwert"},
		},
		{
			Name: "discount_share", Type: Number, Unit: Share, UnknownWhen: "there are no orders", Formula: `discounted_orders / orders`,
			Description: "Share of the orders that carried a discount or a coupon.",
			Example:     `orders >= 3 && discount_share == 1`, Aliases: []string{"rabattanteil", "gutscheinanteil", "coupon_share"},
		},
		{
			Name: "refund_rate", Type: Number, Unit: Share, UnknownWhen: "nothing was ever paid", Formula: `refunded / (revenue + refunded)`,
			Description: "Share of the money paid that was given back.",
			Example:     `refund_rate < 0.3`, Aliases: []string{"retourenquote", "return_rate", "erstattungsquote"},
		},
	}
}

func valueFields() []Field {
	return []Field{
		{
			Name: "expected_orders", Type: Number, Unit: "orders in 12 months", UnknownWhen: "there are no orders, or no model is fitted", Column: "expected_orders",
			Description: "Orders the purchase model expects in the next 12 months, undiscounted.",
			Example:     `expected_orders < 0.5`, Aliases: []string{"predicted_orders", "erwartete_bestellungen"},
		},
		{
			Name: "p_alive", Type: Number, Unit: Share, UnknownWhen: "there are no orders, or no model is fitted", Column: "p_alive",
			Description: "Probability that the customer will order again at some time.",
			Example:     `p_alive < 0.5`, Aliases: []string{"alive", "churn", "churn_risk", "probability_alive", "abwanderung"},
		},
		{
			Name: "clv", Type: Number, Unit: "currency", UnknownWhen: "its historic or its predicted part is unknown", Formula: `clv_historic + clv_predicted`,
			Description: "Customer lifetime value: clv_historic + clv_predicted.",
			Example:     `clv >= 200`, Aliases: []string{"ltv", "cltv", "kundenwert", "lifetime_value", "customer_lifetime_value"},
		},
		{
			Name: "clv_historic", Type: Number, Unit: "currency", UnknownWhen: "an order lacks a cost and no margin share is set", Column: "clv_historic",
			Description: "Margin earned to date.",
			Example:     `clv_historic > 100`, Aliases: []string{"historic_clv", "clv_history"},
		},
		{
			Name: "clv_predicted", Type: Number, Unit: "currency", UnknownWhen: "there are no orders, or no model is fitted", Column: "clv_predicted",
			Description: "Margin the models expect in the next 12 months, discounted.",
			Example:     `clv_predicted > 20`, Aliases: []string{"predicted_clv", "future_clv"},
		},
		{
			Name: "clv_predicted_low", Type: Number, Unit: "currency", UnknownWhen: "clv_predicted is unknown", Column: "clv_predicted_low",
			Description: "Lower end of the range in which 9 of 10 customers like this one will lie in 12 months.",
			Example:     `clv_predicted_low > 20`, Aliases: []string{"clv_low"},
		},
		{
			Name: "clv_predicted_high", Type: Number, Unit: "currency", UnknownWhen: "clv_predicted is unknown", Column: "clv_predicted_high",
			Description: "Upper end of the range in which 9 of 10 customers like this one will lie in 12 months.",
			Example:     `clv_predicted_high < 10`, Aliases: []string{"clv_high"},
		},
		{
			Name: "clv_percentile", Type: Number, Unit: Share, UnknownWhen: "there are no orders, or clv is unknown", Column: "clv_percentile",
			Description: "Share of buyers whose CLV is strictly lower.",
			Example:     `clv_percentile >= 0.9`, Aliases: []string{"percentile", "perzentil", "top_percent"},
		},
		{
			Name: "clv_change_90d", Type: Number, Unit: "fraction", UnknownWhen: "there were no orders 90 days ago", Formula: `(clv - clv_90d_ago) / abs(clv_90d_ago)`,
			Description: "Change of CLV against 90 days ago, by the same model: -0.2 is a fifth less.",
			Example:     `clv_change_90d < -0.2`, Aliases: []string{"clv_change", "clv_trend", "wertveraenderung"},
		},
		{
			Name: "clv_to_acquisition_cost", Type: Number, Unit: "multiples of the cost", UnknownWhen: "clv or the cost of acquisition is unknown, or the cost is 0",
			Formula:     `clv / acquisition_cost`,
			Description: "CLV divided by what it cost to win the customer; below 1 the customer has not paid back.",
			Example:     `channel == "google_ads" && clv_to_acquisition_cost < 1`, Aliases: []string{"clv_to_cac", "ltv_cac", "clv_cac"},
		},
		{
			Name: "tier", Type: Text, UnknownWhen: "there are no orders, or clv is unknown", Column: "tier",
			Description: "CLV band: the best customers who carry the first 50 % of all CLV are a, up to 80 % b, up to 95 % c, the rest d.",
			Example:     `tier in ["a", "b"]`, Values: []string{"a", "b", "c", "d"}, Aliases: []string{"abc", "clv_tier", "stufe", "level"},
		},
		{
			Name: "segment", Type: Text, UnknownWhen: "there are no orders", Column: "segment",
			Description: "Segment by recency and frequency.",
			Example:     `segment in ["at_risk", "cant_lose"]`, Aliases: []string{"rfm", "rfm_segment", "gruppe", "kundensegment"},
			Values: Segments(),
		},
		{
			Name: "days_in_segment", Type: Number, Unit: "days", Whole: true, UnknownWhen: "there are no orders", Formula: `days_since(segment_since)`,
			Description: "Calendar days since the customer came into the present segment.",
			Example:     `segment == "at_risk" && days_in_segment <= 7`, Aliases: []string{"tage_im_segment", "days_in_rfm_segment"},
		},
		scoreField("recency_score", "how recently", "5 is the most recent fifth of the buyers", `recency_score <= 2 && frequency_score >= 4`, "r_score", "rfm_r"),
		scoreField("frequency_score", "how often", "5 is the most frequent fifth of the buyers", `frequency_score == 5`, "f_score", "rfm_f"),
		scoreField("monetary_score", "for how much", "5 is the fifth of the buyers with the highest revenue", `monetary_score >= 4`, "m_score", "rfm_m"),
	}
}

func scoreField(name, what, best, example string, aliases ...string) Field {
	return Field{
		Name: name, Type: Number, Unit: "1 to 5", Whole: true, UnknownWhen: "there are no orders", Column: name,
		Description: "RFM score of " + what + " the customer bought: " + best + ".", Example: example, Aliases: aliases,
	}
}
