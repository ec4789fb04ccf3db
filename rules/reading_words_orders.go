package rules

// ordered is the topic of what is said with "hat … bestellt".
const ordered = "ordered"

func orderWords() map[string]words {
	return map[string]words{
		"orders": {
			form: formTimes, topic: ordered,
			de: wording{label: "Zahl der Bestellungen", clause: "hat {} bestellt", none: "hat noch nie bestellt", short: "insgesamt {}"},
			en: wording{label: "number of orders", clause: "has ordered {}", none: "has never ordered", short: "{} in total"},
		},
		"orders_30d": ordersWithin("30"), "orders_90d": ordersWithin("90"), "orders_365d": ordersWithin("365"),
		"last_order_value": {
			form: formAmount,
			de:   wording{label: "Wert der letzten Bestellung", clause: "hat bei der letzten Bestellung {} ausgegeben", unknown: "hat noch nie bestellt"},
			en:   wording{label: "value of the last order", clause: "spent {} on the last order", unknown: "has never ordered"},
		},
		"last_order_discounted": {
			de: wording{label: "Rabatt auf die letzte Bestellung", yes: "hat bei der letzten Bestellung Rabatt oder Gutschein genutzt", no: "hat zuletzt ohne Rabatt und Gutschein bestellt oder noch nie"},
			en: wording{label: "discount on the last order", yes: "used a discount or coupon on the last order", no: "used no discount or coupon on the last order or has never ordered"},
		},
		"days_since_delivery": {date: "last_delivery_at"},
		"last_delivery_at": {
			de: wording{label: "Tag der letzten Lieferung", clause: "die letzte Lieferung kam {} an", of: "der letzten Lieferung", since: "der letzten Lieferung", unknown: "eine Lieferung ist nicht bekannt"},
			en: wording{label: "day of the last delivery", clause: "the last delivery arrived {}", of: "the last delivery", since: "the last delivery", unknown: "no delivery is known"},
		},
	}
}

func ordersWithin(days string) words {
	return words{
		form: formTimes,
		de: wording{
			label: "Zahl der Bestellungen der letzten " + days + " Tage", clause: "hat in den letzten " + days + " Tagen {} bestellt",
			none: "hat in den letzten " + days + " Tagen nicht bestellt",
		},
		en: wording{
			label: "number of orders of the last " + days + " days", clause: "has ordered {} in the last " + days + " days",
			none: "has not ordered in the last " + days + " days",
		},
	}
}

func recencyWords() map[string]words {
	return map[string]words{
		"days_since_first_order": {date: "first_order_at"},
		"days_since_last_order":  {date: "last_order_at"},
		"days_between_orders": {
			form: formCount,
			de: wording{
				label: "mittlerer Abstand zweier Bestellungen in Tagen", clause: "hat im Schnitt {} Abstand zwischen zwei Bestellungen",
				one: "Tag", many: "Tage", unknown: "hat nicht an zwei Tagen bestellt",
			},
			en: wording{
				label: "mean number of days between two orders", clause: "leaves {} between two orders on average",
				one: "day", many: "days", unknown: "has not ordered on two days",
			},
		},
		"expected_days_between_orders": {
			form: formCount,
			de:   wording{label: "Bestellrhythmus in Tagen", clause: "hat einen Bestellrhythmus von {}", one: "Tag", many: "Tagen"},
			en:   wording{label: "ordering rhythm in days", clause: "has an ordering rhythm of {}", one: "day", many: "days"},
		},
		"overdue_factor": {
			form: formFactor,
			de: wording{
				label: "Abstand zur letzten Bestellung im Verhältnis zum eigenen Rhythmus", clause: "ist {} so lange weg wie sonst zwischen zwei Bestellungen",
				less: "ist kürzer weg als sonst zwischen zwei Bestellungen", more: "ist länger weg als sonst zwischen zwei Bestellungen",
			},
			en: wording{
				label: "time since the last order relative to the own rhythm", clause: "has been away {} as long as usual between two orders",
				less: "has been away for less than the usual time between two orders", more: "has been away for longer than usual between two orders",
			},
		},
		"expected_next_order_at": {
			de: wording{label: "Tag der erwarteten nächsten Bestellung", clause: "die nächste Bestellung ist rechnerisch {} fällig", of: "der erwarteten nächsten Bestellung", since: "der erwarteten nächsten Bestellung"},
			en: wording{label: "day of the expected next order", clause: "the next order is due {} by the usual rhythm", of: "the expected next order", since: "the expected next order"},
		},
		"first_order_at": {
			topic: ordered,
			de: wording{
				label: "Tag der ersten Bestellung", clause: "hat zum ersten Mal {} bestellt", short: "zum ersten Mal {}",
				of: "der ersten Bestellung", since: "der ersten Bestellung", unknown: "hat noch nie bestellt",
			},
			en: wording{
				label: "day of the first order", clause: "first ordered {}", short: "for the first time {}",
				of: "the first order", since: "the first order", unknown: "has never ordered",
			},
		},
		"last_order_at": {
			topic: ordered,
			de: wording{
				label: "Tag der letzten Bestellung", clause: "hat zuletzt {} bestellt", short: "zuletzt {}", away: "seit {} nicht mehr",
				of: "der letzten Bestellung", since: "der letzten Bestellung", unknown: "hat noch nie bestellt",
			},
			en: wording{
				label: "day of the last order", clause: "last ordered {}", short: "most recently {}", away: "not for {}",
				of: "the last order", since: "the last order", unknown: "has never ordered",
			},
		},
	}
}
