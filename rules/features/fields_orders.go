package features

func orderFields() []Field {
	return []Field{
		{
			Name: "orders", Type: Number, Unit: "orders", Whole: true, UnknownWhen: "never", Column: "orders",
			Description: "Orders that are neither cancelled nor tests; 0 for a customer who never bought.",
			Example:     `orders >= 2`, Aliases: []string{"bestellungen", "anzahl_bestellungen", "kaeufe", "käufe", "order_count", "purchases"},
		},
		{
			Name: "orders_30d", Type: Number, Unit: "orders", Whole: true, UnknownWhen: "never", Formula: `orders_within(30)`,
			Description: "Orders of the last 30 days.",
			Example:     `orders_30d == 0`, Aliases: []string{"bestellungen_30t", "orders_last_30_days"},
		},
		{
			Name: "orders_90d", Type: Number, Unit: "orders", Whole: true, UnknownWhen: "never", Formula: `orders_within(90)`,
			Description: "Orders of the last 90 days.",
			Example:     `orders_90d >= 3`, Aliases: []string{"bestellungen_90t", "orders_last_90_days"},
		},
		{
			Name: "orders_365d", Type: Number, Unit: "orders", Whole: true, UnknownWhen: "never", Formula: `orders_within(365)`,
			Description: "Orders of the last 365 days.",
			Example:     `orders_365d >= 4`, Aliases: []string{"bestellungen_12m", "orders_last_year", "orders_12m"},
		},
		{
			Name: "last_order_value", Type: Number, Unit: "currency", UnknownWhen: "there are no orders", Column: "last_order_value",
			Description: "What the customer paid for the last order, with tax and shipping, after discounts and net of refunds.",
			Example:     `last_order_value > 80`, Aliases: []string{"letzter_bestellwert", "last_order_amount", "last_order_total"},
		},
		{
			Name: "last_order_discounted", Type: Boolean, UnknownWhen: "never", Column: "last_order_discounted",
			Description: "Whether the last order carried a discount or a coupon; no if there are no orders.",
			Example:     `orders >= 2 && !last_order_discounted`, Aliases: []string{"letzte_bestellung_rabattiert", "last_order_coupon"},
		},
		{
			Name: "days_since_delivery", Type: Number, Unit: "days", Whole: true, UnknownWhen: "no order is known to have arrived", Formula: `days_since(last_delivery_at)`,
			Description: "Calendar days since the last order arrived.",
			Example:     `days_since_delivery in 7..14`, Aliases: []string{"tage_seit_lieferung", "days_since_delivered"},
		},
		{
			Name: "last_delivery_at", Type: Date, Unit: "day", UnknownWhen: "no order is known to have arrived", Column: "last_delivery_on",
			Description: "Calendar day on which the last order arrived.",
			Example:     `last_delivery_at < date("2026-01-31")`, Aliases: []string{"delivered_at", "letzte_lieferung", "last_delivery"},
		},
	}
}

func recencyFields() []Field {
	return []Field{
		{
			Name: "days_since_first_order", Type: Number, Unit: "days", Whole: true, UnknownWhen: "there are no orders", Formula: `days_since(first_order_at)`,
			Description: "Calendar days from the first order to the day of evaluation.",
			Example:     `days_since_first_order in 355..375`, Aliases: []string{"customer_age", "kunde_seit"},
		},
		{
			Name: "days_since_last_order", Type: Number, Unit: "days", Whole: true, UnknownWhen: "there are no orders", Formula: `days_since(last_order_at)`,
			Description: "Calendar days from the last order to the day of evaluation.",
			Example:     `days_since_last_order > 90`, Aliases: []string{"recency", "letzte_bestellung", "tage_seit_letzter_bestellung", "inactive_days"},
		},
		{
			Name: "days_between_orders", Type: Number, Unit: "days", UnknownWhen: "the customer ordered on fewer than two days",
			Formula:     `(days_since_first_order - days_since_last_order) / repeat_days`,
			Description: "Mean number of days between two days with an order, as observed.",
			Example:     `days_since_last_order > 2 * days_between_orders`, Aliases: []string{"purchase_cycle", "bestellabstand"},
		},
		{
			Name: "expected_days_between_orders", Type: Number, Unit: "days", UnknownWhen: "there are no orders, or nobody has ordered twice", Column: "rhythm",
			Description: "The customer's own rhythm, drawn towards the shop's where few orders speak for it.",
			Example:     `expected_days_between_orders <= 30`, Aliases: []string{"rhythm", "rhythmus", "kaufrhythmus", "expected_gap"},
		},
		{
			Name: "overdue_factor", Type: Number, Unit: "multiples of the own rhythm", UnknownWhen: "there are no orders, or nobody has ordered twice",
			Formula:     `days_since_last_order / expected_days_between_orders`,
			Description: "Days since the last order, divided by the customer's own rhythm: 1 is on time, 2 is twice as long away as usual.",
			Example:     `orders >= 2 && overdue_factor > 2`, Aliases: []string{"overdue", "ueberfaellig", "überfällig", "lateness"},
		},
		{
			Name: "expected_next_order_at", Type: Date, Unit: "day", UnknownWhen: "there are no orders, or nobody has ordered twice", Column: "next_order_on",
			Description: "Calendar day on which the next order is due by the customer's own rhythm; it may be past.",
			Example:     `expected_next_order_at < today()`, Aliases: []string{"next_order", "naechste_bestellung", "nächste_bestellung", "expected_next_order"},
		},
		{
			Name: "first_order_at", Type: Date, Unit: "day", UnknownWhen: "there are no orders", Column: "first_order_on",
			Description: "Calendar day of the first order.",
			Example:     `month(first_order_at) in [11, 12]`, Aliases: []string{"first_order", "erste_bestellung", "first_order_date", "first_order_on"},
		},
		{
			Name: "last_order_at", Type: Date, Unit: "day", UnknownWhen: "there are no orders", Column: "last_order_on",
			Description: "Calendar day of the last order.",
			Example:     `last_order_at < date("2026-01-31")`, Aliases: []string{"last_order", "last_order_date", "last_order_on"},
		},
	}
}

// hiddenFields are read by formulas alone.
func hiddenFields() []Field {
	return []Field{
		{Name: "repeat_days", Type: Number, Unit: "days", Whole: true, UnknownWhen: "never", Column: "repeat_days", Hidden: true},
		{Name: "discounted_orders", Type: Number, Unit: "orders", Whole: true, UnknownWhen: "never", Column: "discounted_orders", Hidden: true},
		{Name: "refunded", Type: Number, Unit: "currency", UnknownWhen: "never", Column: "refunded", Hidden: true},
		{Name: "clv_90d_ago", Type: Number, Unit: "currency", UnknownWhen: "there were no orders 90 days ago", Column: "clv_90d_ago", Hidden: true},
		{Name: "segment_since", Type: Date, Unit: "day", UnknownWhen: "there are no orders", Column: "segment_since", Hidden: true},
	}
}
