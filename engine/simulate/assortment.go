package simulate

import (
	"fmt"

	"treue/rules/customer"
)

// source names the invented shop system; ids are hashed with it.
const source = "demo"

// category is a part of the shop's range. Sizes are relative to the price of a usual bag of coffee.
type category struct {
	name  string
	share float64 // of the orders that are mainly about it
	size  float64 // of an order
	cost  float64 // of the net price
	tax   float64 // rate: coffee 7 %, the rest 19 % (UStG section 12)
	unit  int64   // usual net price of one piece, minor units
	goods []string
}

// assortment is a coffee shop's range. Machines are rare, dear and earn little, as in real life.
func assortment() []category {
	return []category{
		{"Kaffee > Bohnen", 0.72, 1, 0.52, 0.07, 1500, []string{"Espresso Napoli", "Hausmischung", "Yirgacheffe", "Sumatra Mandheling", "Entkoffeiniert"}},
		{"Zubehör", 0.13, 1.1, 0.48, 0.19, 1200, []string{"Milchkännchen", "Tamper", "Filterpapier", "Tassenset"}},
		{"Pflege", 0.09, 0.6, 0.40, 0.19, 800, []string{"Entkalker", "Reinigungstabletten", "Mahlwerkreiniger"}},
		{"Mühlen", 0.045, 4, 0.68, 0.19, 9000, []string{"Handmühle", "Elektrische Mühle"}},
		{"Espressomaschinen", 0.015, 9, 0.76, 0.19, 40000, []string{"Einkreiser", "Zweikreiser"}},
	}
}

// The small thing that lies beside the main one in some orders: of Pflege or Zubehör, at even odds.
const (
	addOnShare = 0.25
	addOnSize  = 0.35
)

// addOns are the places in the assortment of what is added.
func addOns() [2]int { return [2]int{1, 2} }

// products returns the range as the shop exports it.
func products() []customer.Product {
	var all []customer.Product
	for _, c := range assortment() {
		price, cost, rate := gross(c.unit, c.tax), cents(float64(c.unit)*c.cost), c.tax
		for _, name := range c.goods {
			id := articleNumber(c.name, name)
			all = append(all, customer.Product{
				ID: customer.NewID(source, id), Source: source, ExternalID: id, Name: name, Category: c.name,
				Price: &price, Cost: &cost, TaxRate: &rate, Active: true,
			})
		}
	}
	return all
}

// articleNumber is stable and short: three letters of the category and the place of the article.
func articleNumber(of, name string) string {
	for i, c := range assortment() {
		for j, g := range c.goods {
			if c.name == of && g == name {
				return fmt.Sprintf("A%d%02d", i+1, j+1)
			}
		}
	}
	return "A000"
}

func gross(net int64, rate float64) int64 { return net + cents(float64(net)*rate) }
