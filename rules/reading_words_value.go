package rules

func moneyWords() map[string]words {
	return map[string]words{
		"revenue": {
			form: formAmount,
			de:   wording{label: "Umsatz", clause: "hat bisher {} ausgegeben", none: "hat bisher nichts ausgegeben"},
			en:   wording{label: "revenue", clause: "has spent {} so far", none: "has spent nothing so far"},
		},
		"revenue_365d": {
			form: formAmount,
			de:   wording{label: "Umsatz der letzten 365 Tage", clause: "hat in den letzten 365 Tagen {} ausgegeben", none: "hat in den letzten 365 Tagen nichts ausgegeben"},
			en:   wording{label: "revenue of the last 365 days", clause: "has spent {} in the last 365 days", none: "has spent nothing in the last 365 days"},
		},
		"margin": {
			form: formAmount,
			de:   wording{label: "Marge", clause: "hat dem Shop bisher {} Marge gebracht"},
			en:   wording{label: "margin", clause: "has earned the shop a margin of {} so far"},
		},
		"average_order_value": {
			form: formAmount,
			de:   wording{label: "mittlerer Bestellwert", clause: "gibt je Bestellung im Schnitt {} aus", unknown: "hat noch nie bestellt"},
			en:   wording{label: "average order value", clause: "spends {} per order on average", unknown: "has never ordered"},
		},
		"discount_share": {
			form: formShare,
			de: wording{
				label: "Anteil der Bestellungen mit Rabatt oder Gutschein", clause: "hat bei {} der Bestellungen Rabatt oder Gutschein genutzt",
				all: "hat bei allen Bestellungen Rabatt oder Gutschein genutzt", none: "hat bestellt, aber nie mit Rabatt oder Gutschein", unknown: "hat noch nie bestellt",
			},
			en: wording{
				label: "share of orders with a discount or coupon", clause: "used a discount or coupon on {} of the orders",
				all: "used a discount or coupon on every order", none: "has ordered, but never with a discount or coupon", unknown: "has never ordered",
			},
		},
		"refund_rate": {
			form: formShare,
			de: wording{
				label: "Anteil des Bezahlten, der erstattet wurde", clause: "bekam {} des Bezahlten erstattet",
				all: "bekam alles Bezahlte erstattet", none: "hat bezahlt, aber nie etwas erstattet bekommen", unknown: "hat nie etwas bezahlt",
			},
			en: wording{
				label: "share of the money paid that was refunded", clause: "had {} of the money paid refunded",
				all: "had all the money paid refunded", none: "has paid and never had anything refunded", unknown: "has never paid anything",
			},
		},
		"acquisition_cost": {
			form: formAmount,
			de:   wording{label: "Gewinnungskosten", clause: "hat in der Gewinnung {} gekostet", unknown: "die Gewinnungskosten sind unbekannt"},
			en:   wording{label: "acquisition cost", clause: "cost {} to win", unknown: "the acquisition cost is unknown"},
		},
	}
}

func valueWords() map[string]words {
	return map[string]words{
		"expected_orders": {
			form: formTimes,
			de:   wording{label: "erwartete Zahl der Bestellungen in 12 Monaten", clause: "bestellt in den nächsten 12 Monaten voraussichtlich {}"},
			en:   wording{label: "expected number of orders in 12 months", clause: "will probably order {} in the next 12 months"},
		},
		"p_alive": {
			form: formShare,
			de:   wording{label: "Wahrscheinlichkeit eines weiteren Kaufs", clause: "kauft mit {} Wahrscheinlichkeit wieder"},
			en:   wording{label: "probability of buying again", clause: "will buy again with a probability of {}"},
		},
		"clv": {
			form: formAmount,
			de:   wording{label: "Kundenwert", clause: "hat einen Kundenwert von {}"},
			en:   wording{label: "customer value", clause: "has a customer value of {}"},
		},
		"clv_historic": {
			form: formAmount,
			de:   wording{label: "bisheriger Kundenwert", clause: "hat bisher {} Kundenwert gebracht"},
			en:   wording{label: "customer value so far", clause: "has brought a customer value of {} so far"},
		},
		"clv_predicted": {
			form: formAmount,
			de:   wording{label: "vorhergesagter Kundenwert", clause: "bringt in den nächsten 12 Monaten voraussichtlich {} Kundenwert"},
			en:   wording{label: "predicted customer value", clause: "will probably bring a customer value of {} in the next 12 months"},
		},
		"clv_predicted_low": {
			form: formAmount,
			de:   wording{label: "untere Grenze des vorhergesagten Kundenwerts", clause: "bringt in den nächsten 12 Monaten im ungünstigen Fall {} Kundenwert"},
			en:   wording{label: "lower end of the predicted customer value", clause: "will bring, if things go badly, a customer value of {} in the next 12 months"},
		},
		"clv_predicted_high": {
			form: formAmount,
			de:   wording{label: "obere Grenze des vorhergesagten Kundenwerts", clause: "bringt in den nächsten 12 Monaten im günstigen Fall {} Kundenwert"},
			en:   wording{label: "upper end of the predicted customer value", clause: "will bring, if things go well, a customer value of {} in the next 12 months"},
		},
		"clv_percentile": {
			form: formPercentile,
			de: wording{
				label: "Anteil der Käufer mit geringerem Kundenwert", clause: "hat einen höheren Kundenwert als {} der Käufer",
				yes: "gehört nach Kundenwert zu den oberen {}", no: "gehört nach Kundenwert zu den unteren {}",
			},
			en: wording{
				label: "share of buyers with a lower customer value", clause: "has a higher customer value than {} of the buyers",
				yes: "is in the top {} by customer value", no: "is in the bottom {} by customer value",
			},
		},
		"clv_change_90d": {
			form: formChange,
			de:   wording{label: "Änderung des Kundenwerts in 90 Tagen", clause: "der Kundenwert ist in 90 Tagen um {} {verb}"},
			en:   wording{label: "change of the customer value in 90 days", clause: "the customer value has {verb} by {} in 90 days"},
		},
		"clv_to_acquisition_cost": {
			form: formFactor,
			de: wording{
				label: "Kundenwert im Verhältnis zu den Gewinnungskosten", clause: "hat {} so viel Kundenwert, wie die Gewinnung gekostet hat",
				less: "hat weniger Kundenwert, als die Gewinnung gekostet hat", more: "hat mehr Kundenwert, als die Gewinnung gekostet hat",
			},
			en: wording{
				label: "customer value relative to the acquisition cost", clause: "has {} as much customer value as it cost to win",
				less: "has less customer value than it cost to win", more: "has more customer value than it cost to win",
			},
		},
	}
}

func scoreWords() map[string]words {
	return map[string]words{
		"recency_score": {
			form: formAmount,
			de:   wording{label: "Note für die Aktualität", clause: "hat für die Aktualität {} von 5 Punkten", unknown: "hat noch nie bestellt"},
			en:   wording{label: "recency score", clause: "scores {} of 5 for recency", unknown: "has never ordered"},
		},
		"frequency_score": {
			form: formAmount,
			de:   wording{label: "Note für die Häufigkeit", clause: "hat für die Häufigkeit {} von 5 Punkten", unknown: "hat noch nie bestellt"},
			en:   wording{label: "frequency score", clause: "scores {} of 5 for frequency", unknown: "has never ordered"},
		},
		"monetary_score": {
			form: formAmount,
			de:   wording{label: "Note für den Umsatz", clause: "hat für den Umsatz {} von 5 Punkten", unknown: "hat noch nie bestellt"},
			en:   wording{label: "monetary score", clause: "scores {} of 5 for revenue", unknown: "has never ordered"},
		},
		"tier": {
			de: wording{label: "Stufe", clause: "ist [in Stufe {}]", unknown: "hat keine Stufe"},
			en: wording{label: "tier", clause: "is [in tier {}]", unknown: "has no tier"},
		},
		"segment": {
			de: wording{label: "Segment", clause: "gehört [zum Segment {}]", unknown: "hat noch nie bestellt"},
			en: wording{label: "segment", clause: "is [in the segment {}]", unknown: "has never ordered"},
		},
		"days_in_segment": {
			form: formCount,
			de:   wording{label: "Zahl der Tage im jetzigen Segment", clause: "ist seit {} im jetzigen Segment", none: "ist heute ins jetzige Segment gekommen", one: "Tag", many: "Tagen", unknown: "hat noch nie bestellt"},
			en:   wording{label: "number of days in the present segment", clause: "has been in the present segment for {}", none: "came into the present segment today", one: "day", many: "days", unknown: "has never ordered"},
		},
	}
}
