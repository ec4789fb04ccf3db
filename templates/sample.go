package templates

import "time"

// Sample invents a customer of a coffee shop, with every value filled, for
// previews and checks. Offer dates lie after now.
func Sample(language string, now time.Time) Data {
	pick := func(de, en string) string {
		if language == german {
			return de
		}
		return en
	}
	until := now.AddDate(0, 0, 14)
	return Data{
		Customer: Customer{
			FirstName: "Anna", LastName: "Weber", Email: "anna.weber@example.com",
			Language: language, Country: "DE", Orders: 4, FirstOrderAt: now.AddDate(-2, -1, 0), Years: 2, LastOrderAt: now.AddDate(0, -4, 0),
			LastCategory: pick("Espresso", "espresso"), NextCategory: pick("Kaffeemühlen", "coffee grinders"),
			Birthday: time.Date(1984, now.Month(), now.Day(), 0, 0, 0, 0, now.Location()), Tier: "a",
		},
		Shop: Shop{
			Name: "Rösterei Morgenrot", URL: "https://shop.example.com/", ReplyTo: "hallo@shop.example.com", Colour: "#7a3b1d",
			Imprint: Imprint{
				Name: "Rösterei Morgenrot", Form: "GmbH", Street: "Hafenstraße 12", Zip: "20457", City: "Hamburg",
				Country: pick("Deutschland", "Germany"), Representatives: "Mara Lindt", Email: "hallo@shop.example.com",
				Phone: "+49 40 1234567", Register: pick("Amtsgericht Hamburg, HRB 123456", "Hamburg district court, HRB 123456"),
				VATID: "DE123456789",
			},
			ObjectionNotice: pick(
				"Sie können der Verwendung Ihrer E-Mail-Adresse für Werbung jederzeit widersprechen, ohne dass hierfür andere als die Übermittlungskosten nach den Basistarifen entstehen.",
				"You can object to the use of your e-mail address for advertising at any time, at no cost beyond the basic rates of transmission."),
		},
		Offer: &Offer{
			Percent: 10, Amount: Money{500, "EUR"}, FreeShipping: true, Gift: pick("Espressotasse", "espresso cup"), Code: "MORGEN-7K2P9", ValidUntil: until, MinOrder: Money{2500, "EUR"},
		},
		Products: sampleProducts(language),
		Bundle: &Bundle{
			Name:     pick("Handmühle Nordlicht und Mühle Kontor 64", "Nordlicht hand grinder and Kontor 64 grinder"),
			Products: sampleProducts(language), Price: Money{133800, "EUR"},
		},
		Links: Links{
			Unsubscribe: "https://shop.example.com/u/4f9d2c7a", Preferences: "https://shop.example.com/e/4f9d2c7a", Shop: "https://shop.example.com/neu",
		},
		Values: map[string]string{
			"tier": pick("Stammgast", "House friend"), "benefit": pick("Wir versenden ab jetzt kostenfrei.", "From now on we ship free of charge."),
		},
	}
}

func sampleProducts(language string) []Product {
	names := [...]string{"Nordlicht hand grinder", "Kontor 64 grinder"}
	if language == german {
		names = [...]string{"Handmühle Nordlicht", "Mühle Kontor 64"}
	}
	return []Product{
		{names[0], "https://shop.example.com/p/nordlicht", "https://shop.example.com/i/nordlicht.jpg", Money{8900, "EUR"}},
		{names[1], "https://shop.example.com/p/kontor", "https://shop.example.com/i/kontor.jpg", Money{124900, "EUR"}},
	}
}

// bare is the sample of whom the shop knows next to nothing.
func bare(language string, now time.Time) Data {
	d := Sample(language, now)
	d.Customer = Customer{Email: d.Customer.Email, Language: language}
	d.Products, d.Bundle, d.Values = nil, nil, nil
	d.Shop.Colour, d.Shop.Imprint.Register, d.Shop.Imprint.VATID = "", "", ""
	return d
}
