package rules

import "treue/rules/features"

func purchaseFunctions() []function {
	return []function{
		{
			Function: Function{
				"bought", "bought(category) boolean",
				"Whether the customer bought from the category or one below it: \"Kaffee\" covers \"Kaffee > Bohnen\". Upper and lower case are alike.",
				`bought("Bohnen") && !bought("Mühlen")`,
			},
			params: []param{quoted()}, reads: "categories", result: KindBool, build: buildBought,
		},
		{
			Function: Function{
				"bought_product", "bought_product(id) boolean", "Whether the customer bought the product with the shop's own id.", `bought_product("A-1042")`,
			},
			params: []param{quoted()}, result: KindBool,
			expand: func(_ *checker, n *Node) *Node {
				return some(features.Measure{Of: features.LineEvents, From: features.Ever, Product: textOf(n.args[0])})
			},
		},
		{
			Function: Function{
				"bought_with", "bought_with(attribute, value) boolean", "Whether the customer bought a product with this attribute. Upper and lower case are alike.",
				`bought_with("roast", "hell")`,
			},
			params: []param{quoted(), quoted()}, result: KindBool,
			expand: func(_ *checker, n *Node) *Node {
				return some(features.Measure{
					Of: features.LineEvents, From: features.Ever, Attribute: features.FoldCase(textOf(n.args[0])), Value: features.FoldCase(textOf(n.args[1])),
				})
			},
		},
		{
			Function: Function{
				"bought_within", "bought_within(category, days) boolean", "Whether the customer bought from the category within the last days.", `bought_within("Pflege", 150)`,
			},
			params: []param{quoted(), someDays()}, result: KindBool,
			expand: func(_ *checker, n *Node) *Node { return some(linesOf(n, features.TakeCount)) },
		},
		{
			Function: Function{
				"days_since_bought", "days_since_bought(category) number", "Calendar days since the customer last bought from the category.",
				`days_since_bought("Espressomaschinen") in 330..400`,
			},
			params: []param{quoted()}, result: KindNumber, whole: true,
			expand: func(_ *checker, n *Node) *Node {
				return daysSince(measured(features.Measure{
					Of: features.LineEvents, Take: features.TakeLastDay, From: features.Ever, Category: features.ParsePath(textOf(n.args[0])),
				}, KindDate, true))
			},
		},
	}
}

// consumptionFunctions measure how much of a category was bought, and what of it is used up.
func consumptionFunctions() []function {
	return []function{
		{
			Function: Function{
				"due_in", "due_in(category) number",
				"Days until what was last bought of the category is used up, by the customer's own pace; negative if it already is, unknown before two purchases on different days.",
				`due_in("Bohnen") in 0..7`,
			},
			params: []param{quoted()}, result: KindNumber, expand: expandDue,
		},
		{
			Function: Function{
				"units_bought", "units_bought(category, days) number", "Units bought from the category within the last days.", `units_bought("Espresso", 90) > 12`,
			},
			params: []param{quoted(), someDays()}, result: KindNumber,
			expand: func(_ *checker, n *Node) *Node { return measured(linesOf(n, features.TakeUnits), KindNumber, false) },
		},
		{
			Function: Function{
				"times_bought", "times_bought(category, days) number", "Orders within the last days that hold something from the category.", `times_bought("Bohnen", 180) >= 3`,
			},
			params: []param{quoted(), someDays()}, result: KindNumber, whole: true,
			expand: func(_ *checker, n *Node) *Node { return measured(linesOf(n, features.TakeOrders), KindNumber, true) },
		},
		{
			Function: Function{
				"spent_on", "spent_on(category, days) number", "What the lines of the category cost within the last days: unit prices times quantity, before refunds.",
				`spent_on("Zubehör", 730) > 100`,
			},
			params: []param{quoted(), someDays()}, result: KindNumber,
			expand: func(_ *checker, n *Node) *Node { return measured(linesOf(n, features.TakeRevenue), KindNumber, false) },
		},
	}
}

// moneyFunctions measure orders as a whole.
func moneyFunctions() []function {
	return []function{
		{
			Function: Function{
				"spent_within", "spent_within(days) number", "What the customer paid for orders of the last days, with tax and shipping, after discounts and net of refunds.",
				`spent_within(365) > 300`,
			},
			params: []param{someDays()}, result: KindNumber,
			expand: func(_ *checker, n *Node) *Node { return ordersSince(features.TakeRevenue, daysOf(n.args[0])) },
		},
		{
			Function: Function{
				"orders_within", "orders_within(days) number", "Orders of the last days.", `orders_within(60) == 0`,
			},
			params: []param{someDays()}, result: KindNumber, whole: true,
			expand: func(_ *checker, n *Node) *Node { return ordersSince(features.TakeCount, daysOf(n.args[0])) },
		},
		{
			Function: Function{
				"crossed", "crossed(what, amount, days) boolean", "Whether \"revenue\" or \"orders\" reached the amount within the last days and was below it before.",
				`crossed("revenue", 500, 7)`,
			},
			params: []param{oneOf("revenue", "orders"), {kind: KindNumber, fixed: true}, someDays()}, result: KindBool, expand: expandCrossed,
		},
	}
}

func campaignFunctions() []function {
	return []function{
		{
			Function: Function{
				"received", "received(campaign, days) boolean",
				"Whether the campaign with this key wrote to the customer within the last days; a mail withheld from the comparison group counts like a real one.",
				`received("winback-90", 60) && orders_within(60) == 0`,
			},
			params: []param{quoted(), someDays()}, result: KindBool,
			expand: func(_ *checker, n *Node) *Node {
				return some(features.Measure{Of: features.ContactEvents, From: daysOf(n.args[1]), Campaign: textOf(n.args[0])})
			},
		},
		{
			Function: Function{
				"in_campaign", "in_campaign(campaign) boolean", "Whether the customer still has a mail of this campaign to come; places in the comparison group count.",
				`!in_campaign("winback-90")`,
			},
			params: []param{quoted()}, result: KindBool,
			expand: func(_ *checker, n *Node) *Node {
				return some(features.Measure{Of: features.EntryEvents, Campaign: textOf(n.args[0])})
			},
		},
	}
}

// hiddenFunctions serve the formulas of fields.
func hiddenFunctions() []function {
	return []function{
		{
			Function: Function{Name: "open_entries"}, hidden: true, result: KindNumber, whole: true,
			expand: func(*checker, *Node) *Node {
				return measured(features.Measure{Of: features.EntryEvents}, KindNumber, true)
			},
		},
		{
			Function: Function{Name: "points_held"}, hidden: true, result: KindNumber,
			expand: func(*checker, *Node) *Node {
				return measured(features.Measure{Of: features.PointEvents, Take: features.TakeUnits, From: features.Ever}, KindNumber, false)
			},
		},
		{
			Function: Function{Name: "unknown"}, hidden: true, result: KindNumber, whole: true,
			expand: func(*checker, *Node) *Node { return arithmetic("/", fixed(0), fixed(0)) },
		},
	}
}

// linesOf measures the lines of a call's category within its days.
func linesOf(n *Node, take features.Take) features.Measure {
	return features.Measure{Of: features.LineEvents, Take: take, From: daysOf(n.args[1]), Category: features.ParsePath(textOf(n.args[0]))}
}

func ordersSince(take features.Take, days int) *Node {
	return measured(features.Measure{Of: features.OrderEvents, Take: take, From: days}, KindNumber, take == features.TakeCount)
}
