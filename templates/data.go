package templates

import "time"

// Data is everything a mail may say about one customer. Its fields are the
// vocabulary of templates: FirstName of Customer is written customer.first_name.
//
// A zero value means "not known": a template that prints it without a default
// is not rendered, see [MissingError]; in a condition it is false.
type Data struct {
	Customer Customer  `doc:"who gets the mail"`
	Shop     Shop      `doc:"who sends it"`
	Offer    *Offer    `doc:"what this step offers, if it offers something"`
	Products []Product `doc:"products to show, at most 100"`
	Bundle   *Bundle   `doc:"products that belong in one order, if there are some"`
	Links    Links     `doc:"this customer's links"`
	// Values are further facts by lower-case name; values.roast is Values["roast"].
	Values map[string]string `doc:"further facts that the step of the campaign supplies"`
}

// Customer is the reader of the mail.
type Customer struct {
	FirstName    string    `doc:"first name as the shop knows it"`
	LastName     string    `doc:"last name as the shop knows it"`
	Email        string    `doc:"address the mail goes to"`
	Language     string    `doc:"two-letter language, de or en"`
	Country      string    `doc:"two-letter country"`
	Orders       int       `doc:"number of orders so far"`
	FirstOrderAt time.Time `doc:"day of the first order"`
	Years        int       `doc:"full years since the first order"`
	LastOrderAt  time.Time `doc:"day of the last order"`
	LastCategory string    `doc:"category of the last order"`
	NextCategory string    `doc:"category the mail suggests"`
	Birthday     time.Time `doc:"day of birth"`
	Tier         string    `doc:"band of lifetime value: a, b, c or d, as in rules"`
}

// Shop is the sender of the mail.
type Shop struct {
	Name    string  `doc:"name of the shop as customers know it"`
	URL     string  `doc:"https address of the shop"`
	ReplyTo string  `doc:"address at which a person reads replies"`
	LogoURL string  `doc:"https address of a logo, shown 40 pixels high"`
	Colour  string  `doc:"accent colour as #rrggbb; the only value allowed in a style"`
	Imprint Imprint `doc:"who answers for the mail"`
	// ObjectionNotice tells the reader that objecting is possible at any time and
	// free of charge beyond the basic rates (UWG section 7(3) no. 4).
	ObjectionNotice string `doc:"sentence on the right to object"`
	Informal        bool   `doc:"true if the shop says du, false for Sie"`
}

// Imprint names the sender as business letters must: section 5 DDG, section 35a
// GmbHG, section 37a HGB.
type Imprint struct {
	Name            string `doc:"name of the company or person, without the legal form"`
	Form            string `doc:"legal form, such as GmbH"`
	Street          string `doc:"street and number, no post office box"`
	Zip             string `doc:"postal code"`
	City            string `doc:"city"`
	Country         string `doc:"country, in words"`
	Representatives string `doc:"managing directors or owner"`
	Email           string `doc:"address that a person reads"`
	Phone           string `doc:"telephone number"`
	Register        string `doc:"register court and number"`
	VATID           string `liquid:"vat_id" doc:"VAT identification number"`
}

// Offer is what a step of a campaign gives.
type Offer struct {
	Percent      int       `doc:"discount in percent"`
	Amount       Money     `doc:"discount as an amount"`
	FreeShipping bool      `doc:"true if the order is shipped free of charge"`
	Gift         string    `doc:"what is added to the order free of charge"`
	Code         string    `doc:"this customer's own code"`
	ValidUntil   time.Time `doc:"last day of the offer"`
	MinOrder     Money     `doc:"smallest order the offer is good for"`
}

// Product is one tile.
type Product struct {
	Name     string `doc:"name"`
	URL      string `doc:"https address of its page"`
	ImageURL string `doc:"https address of a picture"`
	Price    Money  `doc:"price with tax"`
}

// Bundle is what is often ordered together.
type Bundle struct {
	Name     string    `doc:"the products' names, joined by and"`
	Products []Product `doc:"the products, at most 100"`
	Price    Money     `doc:"what they cost together"`
}

// Links are the customer's own links, each an https address.
type Links struct {
	Unsubscribe string `doc:"ends advertising by mail, without a login"`
	Preferences string `doc:"chooses topics and objects to profiling"`
	Shop        string `doc:"way into the shop"`
}

// Money is an amount in minor units (cents) of an ISO 4217 currency. Without a
// currency it is not known.
type Money struct {
	Minor    int64
	Currency string
}
