package rules

func customerCalls() map[string]words {
	return map[string]words{
		"known": {
			de: wording{yes: "{1} ist bekannt", no: "{1} ist unbekannt"},
			en: wording{yes: "{1} is known", no: "{1} is unknown"},
		},
		"has_tag": {
			topic: "tag",
			de:    wording{short: "{1}", yes: "hat das Schlagwort {1}", no: "hat nicht das Schlagwort {1}"},
			en:    wording{short: "{1}", yes: "has the tag {1}", no: "does not have the tag {1}"},
		},
		"in_segment": {
			de: wording{yes: "gehört zum Segment {segment}", no: "gehört nicht zum Segment {segment}"},
			en: wording{yes: "is in the segment {segment}", no: "is not in the segment {segment}"},
		},
		"was_in_segment": {
			de: wording{yes: "war {ago} im Segment {segment}", no: "war {ago} nicht im Segment {segment}"},
			en: wording{yes: "was in the segment {segment} {ago}", no: "was not in the segment {segment} {ago}"},
		},
		"birthday_within": {
			de: wording{yes: "hat {soon} Geburtstag", no: "hat {neither} Geburtstag oder der Geburtstag ist unbekannt"},
			en: wording{yes: "has a birthday {soon}", no: "has a birthday {neither} or the birthday is unknown"},
		},
		"anniversary_within": {
			de: wording{yes: "der Jahrestag der ersten Bestellung ist {soon}", no: "der Jahrestag der ersten Bestellung ist {neither} oder es gibt noch keine"},
			en: wording{yes: "the anniversary of the first order is {soon}", no: "the anniversary of the first order is {neither} or there is no order yet"},
		},
		"points_expiring_within": {
			form: formCount,
			de: wording{
				label: "Zahl der Treuepunkte mit Verfall {soon}", clause: "hat {} mit Verfall {soon}",
				some: "hat Treuepunkte, die {soon} verfallen", none: "hat keine Treuepunkte, die {soon} verfallen", one: "Treuepunkt", many: "Treuepunkte",
			},
			en: wording{
				label: "number of loyalty points expiring {soon}", clause: "has {} expiring {soon}",
				some: "has loyalty points expiring {soon}", none: "has no loyalty points expiring {soon}", one: "loyalty point", many: "loyalty points",
			},
		},
	}
}

func purchaseCalls() map[string]words {
	return map[string]words{
		"bought": {
			topic: "bought",
			de:    wording{short: "{1}", yes: "hat {1} gekauft", no: "hat nie {1} gekauft"},
			en:    wording{short: "{1}", yes: "has bought {1}", no: "has never bought {1}"},
		},
		"bought_product": {
			de: wording{yes: "hat das Produkt {1} gekauft", no: "hat nie das Produkt {1} gekauft"},
			en: wording{yes: "has bought the product {1}", no: "has never bought the product {1}"},
		},
		"bought_with": {
			de: wording{yes: "hat ein Produkt mit {1} gleich {2} gekauft", no: "hat nie ein Produkt mit {1} gleich {2} gekauft"},
			en: wording{yes: "has bought a product with {1} equal to {2}", no: "has never bought a product with {1} equal to {2}"},
		},
		"bought_within": {
			de: wording{yes: "hat {lately} {1} gekauft", no: "hat {lately} nicht {1} gekauft"},
			en: wording{yes: "has bought {1} {lately}", no: "has not bought {1} {lately}"},
		},
		"days_since_bought": {
			form: formAgo,
			de:   wording{label: "Zahl der Tage seit dem letzten Kauf von {1}", clause: "hat {1} zuletzt {} gekauft", unknown: "hat nie {1} gekauft"},
			en:   wording{label: "number of days since the last purchase of {1}", clause: "last bought {1} {}", unknown: "has never bought {1}"},
		},
		"due_in": {
			form: formStock,
			de:   wording{label: "Zahl der Tage, die der Vorrat an {1} noch reicht,", clause: "der Vorrat an {1} reicht noch {}", no: "der Vorrat an {1} ist schon aufgebraucht", unknown: "die Reichweite ist unbekannt"},
			en:   wording{label: "number of days that the stock of {1} will last", clause: "the stock of {1} will last {}", no: "the stock of {1} is used up already", unknown: "its range is unknown"},
		},
		"units_bought": {
			form: formCount,
			de:   wording{label: "Zahl gekaufter Stück {1} {over}", clause: "hat {lately} {} {1} gekauft", none: "hat {lately} nicht {1} gekauft", some: "hat {lately} {1} gekauft", one: "Stück", many: "Stück"},
			en:   wording{label: "number of units of {1} bought {lately}", clause: "has bought {} of {1} {lately}", none: "has not bought {1} {lately}", some: "has bought {1} {lately}", one: "unit", many: "units"},
		},
		"times_bought": {
			form: formTimes,
			de:   wording{label: "Zahl der Bestellungen mit {1} {over}", clause: "hat {lately} {} {1} bestellt", none: "hat {lately} nicht {1} bestellt"},
			en:   wording{label: "number of orders with {1} {lately}", clause: "has ordered {1} {} {lately}", none: "has not ordered {1} {lately}"},
		},
	}
}

func windowCalls() map[string]words {
	return map[string]words{
		"spent_on": {
			form: formAmount,
			de:   wording{label: "Ausgabe für {1} {lately}", clause: "hat {lately} {} für {1} ausgegeben", none: "hat {lately} nichts für {1} ausgegeben"},
			en:   wording{label: "spending on {1} {lately}", clause: "has spent {} on {1} {lately}", none: "has spent nothing on {1} {lately}"},
		},
		"spent_within": {
			form: formAmount,
			de:   wording{label: "Umsatz {over}", clause: "hat {lately} {} ausgegeben", none: "hat {lately} nichts ausgegeben"},
			en:   wording{label: "revenue {over}", clause: "has spent {} {lately}", none: "has spent nothing {lately}"},
		},
		"orders_within": {
			form: formTimes,
			de:   wording{label: "Zahl der Bestellungen {over}", clause: "hat {lately} {} bestellt", none: "hat {lately} nicht bestellt"},
			en:   wording{label: "number of orders {over}", clause: "has ordered {} {lately}", none: "has not ordered {lately}"},
		},
		"crossed": {
			de: wording{yes: "hat {lately} die Schwelle von {threshold} erreicht", no: "hat die Schwelle von {threshold} nicht {lately} erreicht"},
			en: wording{yes: "reached {threshold} {lately}", no: "did not reach {threshold} {lately}"},
		},
	}
}

func campaignCalls() map[string]words {
	return map[string]words{
		"received": {
			de: wording{yes: "bekam {lately} die Kampagne {1} (oder war in ihrer Vergleichsgruppe)", no: "bekam {lately} nicht die Kampagne {1} (und war nicht in ihrer Vergleichsgruppe)"},
			en: wording{yes: "received the campaign {1} {lately} (or was in its comparison group)", no: "did not receive the campaign {1} {lately} (and was not in its comparison group)"},
		},
		"in_campaign": {
			de: wording{yes: "steckt in der Kampagne {1}", no: "steckt nicht in der Kampagne {1}"},
			en: wording{yes: "is in the campaign {1}", no: "is not in the campaign {1}"},
		},
	}
}

func dateCalls() map[string]words {
	return map[string]words{
		"date":  {de: wording{label: "{1}"}, en: wording{label: "{1}"}},
		"today": {de: wording{label: "heutiger Tag"}, en: wording{label: "today"}},
		"days_since": {
			de: wording{label: "Zahl der Tage seit {since}"},
			en: wording{label: "number of days since {since}"},
		},
		"days_until_anniversary": {
			de: wording{label: "Zahl der Tage bis zum Jahrestag {of}"},
			en: wording{label: "number of days until the anniversary of {of}"},
		},
		"year":    {de: wording{label: "Jahr {of}"}, en: wording{label: "year of {of}"}},
		"month":   {de: wording{label: "Monat {of}"}, en: wording{label: "month of {of}"}},
		"day":     {de: wording{label: "Tag im Monat {of}"}, en: wording{label: "day of the month of {of}"}},
		"weekday": {de: wording{label: "Wochentag {of} (1 ist Montag)"}, en: wording{label: "weekday of {of} (1 is Monday)"}},
	}
}

func numberCalls() map[string]words {
	return map[string]words{
		"abs":   {de: wording{label: "Betrag von {1}"}, en: wording{label: "absolute value of {1}"}},
		"round": {de: wording{label: "{1} (gerundet)"}, en: wording{label: "{1} (rounded)"}},
		"floor": {de: wording{label: "{1} (abgerundet)"}, en: wording{label: "{1} (rounded down)"}},
		"ceil":  {de: wording{label: "{1} (aufgerundet)"}, en: wording{label: "{1} (rounded up)"}},
		"min":   {de: wording{label: "kleinster dieser Werte ({all})"}, en: wording{label: "smallest of these values ({all})"}},
		"max":   {de: wording{label: "größter dieser Werte ({all})"}, en: wording{label: "largest of these values ({all})"}},
		"len":   {de: wording{label: "Länge von {1}"}, en: wording{label: "length of {1}"}},
		"lower": {de: wording{label: "{1} (in Kleinbuchstaben)"}, en: wording{label: "{1} (in lower case)"}},
		"upper": {de: wording{label: "{1} (in Großbuchstaben)"}, en: wording{label: "{1} (in upper case)"}},
		"trim":  {de: wording{label: "{1} (ohne Leerzeichen am Rand)"}, en: wording{label: "{1} (without blanks at its ends)"}},
	}
}
