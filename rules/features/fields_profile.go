package features

func profileFields() []Field {
	return []Field{
		{
			Name: "country", Type: Text, Unit: CountryCode, UnknownWhen: "the shop did not say", Column: "country",
			Description: "Country as two capital letters.",
			Example:     `country in ["DE", "AT"]`, Aliases: []string{"land", "country_code", "staat"},
		},
		{
			Name: "language", Type: Text, Unit: LanguageCode, UnknownWhen: "the shop did not say", Column: "language",
			Description: "Language as two small letters.",
			Example:     `language == "de"`, Aliases: []string{"sprache", "locale", "lang"},
		},
		{
			Name: "city", Type: Text, UnknownWhen: "the shop did not say", Column: "city",
			Description: "Town or city of the address.",
			Example:     `city == "Hamburg"`, Aliases: []string{"stadt", "ort", "town"},
		},
		{
			Name: "postcode", Type: Text, UnknownWhen: "the shop did not say", Column: "postcode",
			Description: "Postcode of the address, a text: leading zeros count.",
			Example:     `postcode startsWith "20" or postcode startsWith "22"`, Aliases: []string{"plz", "postleitzahl", "zip", "zip_code", "postal_code"},
		},
		{
			Name: "customer_group", Type: Text, UnknownWhen: "the shop did not say", Column: "customer_group",
			Description: "Group in which the shop keeps the customer.",
			Example:     `customer_group == "gastro"`, Aliases: []string{"kundengruppe"},
		},
		{
			Name: "channel", Type: Text, UnknownWhen: "the shop did not say", Column: "channel",
			Description: "Channel through which the customer was won.",
			Example:     `channel == "google_ads"`, Aliases: []string{"kanal", "utm_source", "herkunft"},
		},
		{
			Name: "acquisition_cost", Type: Number, Unit: "currency", UnknownWhen: "the shop did not say", Column: "acquisition_cost",
			Description: "What it cost to win the customer.",
			Example:     `acquisition_cost > 20`, Aliases: []string{"cac", "akquisekosten", "gewinnungskosten"},
		},
		{
			Name: "source", Type: Text, UnknownWhen: "never", Column: "source",
			Description: "Shop system from which the customer was imported.",
			Example:     `source == "shopify"`, Aliases: []string{"shop", "quelle", "shop_system"},
		},
		{
			Name: "tags", Type: List, UnknownWhen: "never", Column: "tags",
			Description: "Tags of the customer; empty if there are none.",
			Example:     `"vip" in tags`, Aliases: []string{"tag", "schlagworte", "labels"},
		},
	}
}

// accountFields are what the account says of dates: sign-up, birthday, subscription.
func accountFields() []Field {
	return []Field{
		{
			Name: "signed_up_at", Type: Date, Unit: "day", UnknownWhen: "the shop did not say", Column: "signed_up_on",
			Description: "Calendar day on which the account was opened.",
			Example:     `signed_up_at >= date("2026-01-01")`, Aliases: []string{"created_at", "registered_at", "signup", "angemeldet"},
		},
		{
			Name: "account_age_days", Type: Number, Unit: "days", Whole: true, UnknownWhen: "the shop did not say when the account was opened", Formula: `days_since(signed_up_at)`,
			Description: "Calendar days from the opening of the account to the day of evaluation.",
			Example:     `account_age_days > 30 && orders == 0`, Aliases: []string{"account_age", "days_since_signup", "kontoalter"},
		},
		{
			Name: "birthday", Type: Date, Unit: "day", UnknownWhen: "the shop did not say", Column: "born_on",
			Description: "Date of birth.",
			Example:     `month(birthday) == month(today())`, Aliases: []string{"geburtstag", "geburtsdatum", "birth_date", "born"},
		},
		{
			Name: "days_until_birthday", Type: Number, Unit: "days", Whole: true, UnknownWhen: "the birthday is unknown", Formula: `days_until_anniversary(birthday)`,
			Description: "Calendar days until the next birthday; 0 on the day itself. In other years, 29 February is 28 February.",
			Example:     `days_until_birthday in 1..3`, Aliases: []string{"tage_bis_geburtstag"},
		},
		{
			Name: "subscriber", Type: Boolean, UnknownWhen: "never",
			Formula:     `subscription_started_at <= today() && !(subscription_ended_at <= today() && subscription_ended_at >= subscription_started_at)`,
			Description: "Whether the customer has a subscription that runs today.",
			Example:     `!subscriber`, Aliases: []string{"abo", "abonnent", "subscription", "abokunde"},
		},
		{
			Name: "subscription_started_at", Type: Date, Unit: "day", UnknownWhen: "the shop did not say", Column: "subscribed_on",
			Description: "Calendar day on which the last subscription began.",
			Example:     `subscription_started_at >= date("2026-01-01")`, Aliases: []string{"abo_beginn", "subscribed_at"},
		},
		{
			Name: "subscription_ended_at", Type: Date, Unit: "day", UnknownWhen: "the shop did not say, or it has no end yet", Column: "subscription_ends_on",
			Description: "Calendar day on which the last subscription ended or will end.",
			Example:     `subscription_ended_at >= date("2026-01-01")`, Aliases: []string{"abo_ende", "unsubscribed_at", "subscription_end"},
		},
		{
			Name: "days_since_subscription_end", Type: Number, Unit: "days", Whole: true, UnknownWhen: "no subscription has ended",
			Formula:     `subscription_ended_at <= today() && !(subscription_started_at > subscription_ended_at) ? days_since(subscription_ended_at) : unknown()`,
			Description: "Calendar days since the last subscription ended.",
			Example:     `days_since_subscription_end <= 30`, Aliases: []string{"tage_seit_abo_ende", "tage_seit_kuendigung"},
		},
	}
}

func categoryFields() []Field {
	return []Field{
		{
			Name: "categories", Type: List, UnknownWhen: "never", Column: "categories",
			Description: "Categories the customer has bought from, with their paths; empty if there are none.",
			Example:     `len(categories) >= 3`, Aliases: []string{"category", "kategorien", "kategorie", "bought_categories"},
		},
		{
			Name: "last_category", Type: Text, UnknownWhen: "there are no orders, or their products have no category", Column: "last_category",
			Description: "Category of the last purchase.",
			Example:     `last_category startsWith "Kaffee"`, Aliases: []string{"letzte_kategorie"},
		},
		{
			Name: "favourite_category", Type: Text, UnknownWhen: "there are no orders, or their products have no category", Column: "favourite_category",
			Description: "Category the customer bought in the most orders; of several, the one bought last.",
			Example:     `favourite_category startsWith "Tee"`, Aliases: []string{"favorite_category", "lieblingskategorie", "top_category"},
		},
		{
			Name: "next_category", Type: Text, UnknownWhen: "there are no orders with a category, or nothing follows from them", Column: "next_category",
			Description: "Category, not bought yet, that customers with the same purchases buy far more often than others do.",
			Example:     `next_category startsWith "Mühlen"`, Aliases: []string{"next_best", "next_best_category", "naechste_kategorie", "nächste_kategorie"},
		},
	}
}
