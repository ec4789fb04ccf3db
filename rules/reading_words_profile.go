package rules

func profileWords() map[string]words {
	return map[string]words{
		"country": {
			de: wording{label: "Land", clause: "ist [aus {}]", unknown: "das Land ist unbekannt"},
			en: wording{label: "country", clause: "is [from {}]", unknown: "the country is unknown"},
		},
		"language": {
			de: wording{label: "Sprache", clause: "die Sprache ist [{}]", unknown: "sie ist unbekannt"},
			en: wording{label: "language", clause: "the language is [{}]", unknown: "is unknown"},
		},
		"city": {
			de: wording{label: "Ort", clause: "wohnt [in {}]", unknown: "der Ort ist unbekannt"},
			en: wording{label: "town", clause: "the town is [{}]", unknown: "is unknown"},
		},
		"postcode": {
			de: wording{label: "Postleitzahl", clause: "die Postleitzahl ist [{}]", unknown: "sie ist unbekannt"},
			en: wording{label: "postcode", clause: "the postcode is [{}]", unknown: "is unknown"},
		},
		"customer_group": {
			de: wording{label: "Kundengruppe", clause: "ist [in der Kundengruppe {}]", unknown: "die Kundengruppe ist unbekannt"},
			en: wording{label: "customer group", clause: "is [in the customer group {}]", unknown: "the customer group is unknown"},
		},
		"channel": {
			de: wording{label: "Kanal", clause: "kam [über den Kanal {}]", unknown: "der Kanal ist unbekannt"},
			en: wording{label: "channel", clause: "was [won through the channel {}]", unknown: "the channel is unknown"},
		},
		"source": {
			de: wording{label: "Shopsystem", clause: "stammt [aus dem Shopsystem {}]"},
			en: wording{label: "shop system", clause: "was [imported from the shop system {}]"},
		},
		"tags": {
			de: wording{
				label: "Liste der Schlagwörter", yes: "hat das Schlagwort {1}", no: "hat nicht das Schlagwort {1}",
				clause: "hat {}", none: "hat keine Schlagwörter", one: "Schlagwort", many: "Schlagwörter",
			},
			en: wording{
				label: "list of tags", yes: "has the tag {1}", no: "does not have the tag {1}",
				clause: "has {}", none: "has no tags", one: "tag", many: "tags",
			},
		},
		"signed_up_at": {
			de: wording{label: "Tag der Kontoeröffnung", clause: "hat das Konto {} eröffnet", of: "der Kontoeröffnung", since: "der Kontoeröffnung", unknown: "der Tag ist unbekannt"},
			en: wording{label: "day of signing up", clause: "signed up {}", of: "signing up", since: "signing up", unknown: "the day is unknown"},
		},
		"account_age_days": {date: "signed_up_at"},
		"birthday": {
			de: wording{label: "Tag der Geburt", clause: "ist {} geboren", of: "der Geburt", since: "der Geburt", unknown: "der Geburtstag ist unbekannt"},
			en: wording{label: "date of birth", clause: "was born {}", of: "birth", since: "birth", unknown: "the birthday is unknown"},
		},
		"days_until_birthday": {
			form: formAhead,
			de:   wording{label: "Zahl der Tage bis zum Geburtstag", clause: "hat {} Geburtstag", unknown: "der Geburtstag ist unbekannt"},
			en:   wording{label: "number of days until the birthday", clause: "has a birthday {}", unknown: "the birthday is unknown"},
		},
	}
}

func subscriptionWords() map[string]words {
	return map[string]words{
		"consent": {
			de: wording{label: "Einwilligung", yes: "hat in Mails eingewilligt", no: "hat nicht nachweislich in Mails eingewilligt"},
			en: wording{label: "consent", yes: "has consented to mail", no: "has no proven consent to mail"},
		},
		"subscriber": {
			de: wording{label: "laufendes Abo", yes: "hat ein laufendes Abo", no: "hat kein laufendes Abo"},
			en: wording{label: "running subscription", yes: "has a running subscription", no: "has no running subscription"},
		},
		"subscription_started_at": {
			de: wording{label: "Tag des letzten Abobeginns", clause: "der Beginn des letzten Abos liegt {}", of: "des letzten Abobeginns", since: "dem letzten Abobeginn", unknown: "er ist unbekannt"},
			en: wording{label: "day of the last subscription's start", clause: "the start of the last subscription is {}", of: "the last subscription's start", since: "the last subscription's start", unknown: "is unknown"},
		},
		"subscription_ended_at": {
			de: wording{label: "Tag des letzten Aboendes", clause: "das Ende des letzten Abos liegt {}", of: "des letzten Aboendes", since: "dem letzten Aboende", unknown: "es ist keins bekannt"},
			en: wording{label: "day of the last subscription's end", clause: "the end of the last subscription is {}", of: "the last subscription's end", since: "the last subscription's end", unknown: "none is known"},
		},
		"days_since_subscription_end": {
			form: formAgo,
			de:   wording{label: "Zahl der Tage seit dem Ende des letzten Abos", clause: "das letzte Abo endete {}", unknown: "es hat noch kein Abo geendet"},
			en:   wording{label: "number of days since the last subscription ended", clause: "the last subscription ended {}", unknown: "no subscription has ended yet"},
		},
	}
}

func categoryWords() map[string]words {
	return map[string]words{
		"categories": {
			de: wording{
				label: "Liste der gekauften Kategorien", yes: "hat aus genau der Kategorie {1} gekauft", no: "hat nie aus genau der Kategorie {1} gekauft",
				clause: "hat aus {} gekauft", none: "hat aus keiner Kategorie gekauft", one: "Kategorie", many: "Kategorien",
			},
			en: wording{
				label: "list of categories bought", yes: "has bought from exactly the category {1}", no: "has never bought from exactly the category {1}",
				clause: "has bought from {}", none: "has bought from no category", one: "category", many: "categories",
			},
		},
		"last_category": {
			de: wording{label: "zuletzt gekaufte Kategorie", clause: "hat zuletzt [aus {}] gekauft", unknown: "die Kategorie ist unbekannt"},
			en: wording{label: "category of the last purchase", clause: "the last purchase was [from {}]", unknown: "the category is unknown"},
		},
		"favourite_category": {
			de: wording{label: "Lieblingskategorie", clause: "die Lieblingskategorie ist [{}]", unknown: "es gibt keine"},
			en: wording{label: "favourite category", clause: "the favourite category is [{}]", unknown: "there is none"},
		},
		"next_category": {
			de: wording{label: "passende nächste Kategorie", clause: "die passende nächste Kategorie ist [{}]", unknown: "es gibt keine"},
			en: wording{label: "fitting next category", clause: "the fitting next category is [{}]", unknown: "there is none"},
		},
	}
}
