package ingest

import "treue/rules/customer"

// products are on sale unless the file says otherwise: most exports leave out what cannot be bought.
func products() table[customer.Product] {
	type a = customer.Product
	return table[a]{
		kind:  "products",
		empty: a{Active: true},
		columns: []column[a]{
			{name: "product_id", needed: true, set: id(func(r *a) *string { return &r.ExternalID })},
			{name: "name", needed: true, set: text(func(r *a) *string { return &r.Name })},
			{name: "category", set: text(func(r *a) *string { return &r.Category })},
			{name: "price", set: maybeMoney(func(r *a) **int64 { return &r.Price })},
			{name: "cost", set: maybeMoney(func(r *a) **int64 { return &r.Cost })},
			{name: "tax_rate", set: optional((*parser).share, func(r *a) **float64 { return &r.TaxRate })},
			{name: "url", set: into((*parser).link, func(r *a) *string { return &r.URL })},
			{name: "image_url", set: into((*parser).link, func(r *a) *string { return &r.ImageURL })},
			{name: "attributes", nested: true, set: into((*parser).attributes, func(r *a) *map[string]string { return &r.Attributes })},
			{name: "active", set: into((*parser).bool, func(r *a) *bool { return &r.Active })},
		},
		finish: func(p *parser, r *a) error {
			r.Source, r.ID = p.o.Source, customer.NewID(p.o.Source, r.ExternalID)
			return nil
		},
	}
}
