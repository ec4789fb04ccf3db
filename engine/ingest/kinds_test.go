package ingest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"treue/rules/customer"
)

func utc(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// one reads a file of one kind that must hold exactly one row and nothing faulty.
func one[T any](t *testing.T, kind table[T], file string) T {
	t.Helper()
	got := readAll(t, berlin(t), file, kind)
	if got.err != nil || len(got.records) != 1 || len(got.rejects) != 0 {
		t.Fatalf("%d records, rejects %+v, error %v", len(got.records), got.rejects, got.err)
	}
	if len(got.summary.UnreadColumns) > 0 {
		t.Fatalf("unread columns %q", got.summary.UnreadColumns)
	}
	return got.records[0]
}

func TestCustomer(t *testing.T) {
	t.Parallel()
	want := customer.Customer{
		ID: customer.NewID("shop", "k1"), Source: "shop", ExternalID: "k1", Email: "Kaethe@xn--bcher-kva.example",
		FirstName: "Käthe", LastName: "Kolb; geb. Maß", Language: "de", Country: "AT", Timezone: "Europe/Vienna", Birthday: new(utc("1980-02-29T00:00:00Z")),
		SignedUpAt: new(utc("2026-01-01T11:00:00Z")), Postcode: "01067", City: "Dresden", Group: "VIP", Channel: "search", AcquisitionCost: new(int64(1250)),
		SubscriptionStartedAt: new(utc("2026-01-31T23:00:00Z")), SubscriptionEndedAt: new(utc("2026-02-28T23:00:00Z")), Tags: []string{"Crema", "Mühle", "abo"},
		Consent: new(true), ConsentAt: new(utc("2026-01-01T11:00:05Z")), ConsentSource: "checkout", NoticeAt: new(utc("2026-01-01T11:00:00Z")),
		BasisOrderID: "o1", BasisCategory: "coffee",
	}
	const file = `customer_id;email;first_name;last_name;language;country;timezone;birthday;signed_up_at;postcode;city;customer_group;acquisition_channel;acquisition_cost;subscription_started_at;subscription_ended_at;tags;consent;consent_at;consent_source;notice_at;basis_order_id;basis_category
k1; Kaethe@Bücher.example ;Käthe;"Kolb; geb. Maß";de_AT;at;Europe/Vienna;1980-02-29;2026-01-01 12:00;01067;Dresden;VIP;search;12,50;2026-02-01;2026-03-01;"abo, Mühle|Crema;abo,";JA;2026-01-01T12:00:05+01:00;checkout;2026-01-01 12:00;o1;coffee
`
	if got := one(t, customers(), file); !reflect.DeepEqual(got, want) {
		t.Errorf("customer = %+v\nwant %+v", got, want)
	}
	asJSON := `{"customer_id":"k1","email":"Kaethe@Bücher.example","first_name":"Käthe","last_name":"Kolb; geb. Maß","language":"de","country":"AUT","timezone":"Europe/Vienna","birthday":"1980-02-29","signed_up_at":"2026-01-01T11:00:00Z","postcode":"01067","city":"Dresden","customer_group":"VIP","acquisition_channel":"search","acquisition_cost":12.5,"subscription_started_at":"2026-02-01","subscription_ended_at":"2026-03-01","tags":["abo","Mühle","Crema","abo",""],"consent":true,"consent_at":"2026-01-01T11:00:05Z","consent_source":"checkout","notice_at":"2026-01-01T11:00:00Z","basis_order_id":"o1","basis_category":"coffee"}`
	if got := one(t, customers(), asJSON); !reflect.DeepEqual(got, want) {
		t.Errorf("customer = %+v\nwant %+v", got, want)
	}
}

func TestCustomerSparse(t *testing.T) {
	t.Parallel()
	want := customer.Customer{ID: customer.NewID("shop", "k1"), Source: "shop", ExternalID: "k1"}
	for _, file := range []string{"customer_id\nk1\n", "customer_id,consent,email,tags,birthday\nk1,,,,\n", `{"customer_id":"k1","consent":null,"tags":null}`} {
		if got := one(t, customers(), file); !reflect.DeepEqual(got, want) {
			t.Errorf("%q = %+v, want %+v", file, got, want)
		}
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	want := customer.Order{
		ID: customer.NewID("shop", "o1"), CustomerID: customer.NewID("shop", "k1"), Source: "shop", ExternalID: "o1", CustomerExternalID: "k1",
		OrderedAt: utc("2026-01-01T11:00:00Z"), Currency: "EUR", Status: customer.StatusShipped, Total: 2990, Tax: new(int64(477)), Shipping: new(int64(0)), Cost: new(int64(1200)),
		Discount: 300, CouponCode: "WELCOME", Refund: 2990, RefundedAt: new(utc("2026-01-09T23:00:00Z")), DeliveredAt: new(utc("2026-01-03T09:00:00Z")),
	}
	got := one(t, orders(false), "order_id,customer_id,ordered_at,total,currency,tax,shipping,cost,discount,refund,refunded_at,cancelled_at,delivered_at,coupon_code,status\n"+
		"o1,k1,2026-01-01 12:00,29.90,eur,4.77,0,12,3,29.90,2026-01-10,,2026-01-03T09:00:00Z,WELCOME,Shipped\n")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("order = %+v\nwant %+v", got, want)
	}
}

func TestOrderStatus(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status, cancelled string
		want              customer.Status
	}{
		{"", "", customer.StatusCompleted},
		{"paid", "", customer.StatusPaid},
		{"CANCELLED", "", customer.StatusCancelled},
		{"", "2026-01-02", customer.StatusCancelled},
		{"paid", "2026-01-02", customer.StatusCancelled},
		{"test", "2026-01-02", customer.StatusTest},
	} {
		got := one(t, orders(false), "order_id,customer_id,ordered_at,total,status,cancelled_at\no1,k1,2026-01-01,1,"+tt.status+","+tt.cancelled+"\n")
		if got.Status != tt.want || (got.CancelledAt != nil) != (tt.cancelled != "") {
			t.Errorf("status %q, cancelled at %q: %s, %v; want %s", tt.status, tt.cancelled, got.Status, got.CancelledAt, tt.want)
		}
		if got.Tax != nil || got.Shipping != nil || got.Cost != nil || got.RefundedAt != nil || got.DeliveredAt != nil {
			t.Errorf("what the file does not say is known: %+v", got)
		}
	}
}

func TestLinesAreNumberedPerOrder(t *testing.T) {
	t.Parallel()
	got := readAll(t, berlin(t), "order_id,customer_id,product_id,quantity,unit_price,unit_cost,name,category,ordered_at\n"+
		"o1,k1,p1,2,3.50,1.20,Crema,coffee,2026-01-01\no2,k1,p1,1,3.50,,,,\no1,k1,p2,x,1,,,,\no1,k1,p2,0.250,12,,,,\no2,k1,p3,1,-5,,,,\n", lines())
	if got.err != nil || len(got.records) != 3 || len(got.rejects) != 2 {
		t.Fatalf("%d records, rejects %+v, %v", len(got.records), got.rejects, got.err)
	}
	want := customer.Line{
		OrderID: customer.NewID("shop", "o1"), CustomerID: customer.NewID("shop", "k1"), ProductID: customer.NewID("shop", "p1"), No: 1, Source: "shop",
		OrderExternalID: "o1", CustomerExternalID: "k1", ExternalProductID: "p1", Name: "Crema", Category: "coffee",
		OrderedAt: new(utc("2025-12-31T23:00:00Z")), Quantity: 2, UnitPrice: 350, UnitCost: new(int64(120)),
	}
	if !reflect.DeepEqual(got.records[0], want) {
		t.Errorf("line = %+v\nwant %+v", got.records[0], want)
	}
	if a, b := got.records[1], got.records[2]; a.No != 1 || b.No != 2 || b.OrderExternalID != "o1" || b.Quantity != 0.25 {
		t.Errorf("lines = %+v, %+v", a, b)
	}
}

func TestProduct(t *testing.T) {
	t.Parallel()
	want := customer.Product{
		ID: customer.NewID("shop", "p1"), Source: "shop", ExternalID: "p1", Name: "Crema", Category: "coffee", Price: new(int64(1290)), Cost: new(int64(600)),
		TaxRate: new(0.07), URL: "https://shop.example/p1?a=1", ImageURL: "https://shop.example/p1.jpg", Attributes: map[string]string{"roast": "dark", "kg": "1.5"}, Active: true,
	}
	const header = "product_id,name,category,price,cost,tax_rate,url,image_url,attributes,active\n"
	for _, file := range []string{
		header + "p1,Crema,coffee,12.90,6,7,https://shop.example/p1?a=1,https://shop.example/p1.jpg,roast=dark; kg=1.5,\n",
		header + `p1,Crema,coffee,12.90,6,7%,https://shop.example/p1?a=1,https://shop.example/p1.jpg,"{""roast"":""dark"",""kg"":1.5}",yes` + "\n",
		`{"product_id":"p1","name":"Crema","category":"coffee","price":12.9,"cost":6,"tax_rate":0.07,"url":"https://shop.example/p1?a=1","image_url":"https://shop.example/p1.jpg","attributes":{"roast":"dark","kg":1.5,"none":null}}`,
	} {
		if got := one(t, products(), file); !reflect.DeepEqual(got, want) {
			t.Errorf("product = %+v\nwant %+v", got, want)
		}
	}
	if got := one(t, products(), "product_id,name,active\np1,Crema,no\n"); got.Active || got.Attributes != nil || got.Price != nil {
		t.Errorf("product = %+v", got)
	}
}

func TestOtherKinds(t *testing.T) {
	t.Parallel()
	if got, want := one(t, mails(), "customer_id,sent_at,kind\nk1,2026-01-01 12:00,newsletter\n"), (customer.Mail{
		CustomerID: customer.NewID("shop", "k1"), Source: "shop", CustomerExternalID: "k1", SentAt: utc("2026-01-01T11:00:00Z"), Kind: "newsletter",
	}); got != want {
		t.Errorf("mail = %+v, want %+v", got, want)
	}
	if got, want := one(t, cases(), "case_id,customer_id,opened_at,closed_at,reason\nc1,k1,2026-01-01 12:00,2026-01-02 12:00,late\n"), (customer.Case{
		ID: customer.NewID("shop", "c1"), CustomerID: customer.NewID("shop", "k1"), Source: "shop", ExternalID: "c1", CustomerExternalID: "k1",
		OpenedAt: utc("2026-01-01T11:00:00Z"), ClosedAt: new(utc("2026-01-02T11:00:00Z")), Reason: "late",
	}); !reflect.DeepEqual(got, want) {
		t.Errorf("case = %+v, want %+v", got, want)
	}
	if got, want := one(t, suppressions(), "email,reason,since\nA@EXAMPLE.de,Unsubscribed,2026-01-01T11:00:00Z\n"), (customer.Suppression{
		Email: "A@example.de", Reason: "unsubscribed", Since: new(utc("2026-01-01T11:00:00Z")),
	}); !reflect.DeepEqual(got, want) {
		t.Errorf("suppression = %+v, want %+v", got, want)
	}
	for written, want := range map[string]string{"Control": "control", "TREATED": "treated", "Variant B": "Variant B"} {
		if got := one(t, exposures(), "campaign,customer_id,arm,assigned_at\nspring,k1,"+written+",2026-01-01T11:00:00Z\n"); got != (customer.Exposure{
			Campaign: "spring", CustomerID: customer.NewID("shop", "k1"), Source: "shop", CustomerExternalID: "k1", Arm: want, AssignedAt: utc("2026-01-01T11:00:00Z"),
		}) {
			t.Errorf("exposure = %+v", got)
		}
	}
}

// TestReaders holds that each function reads its own kind.
func TestReaders(t *testing.T) {
	t.Parallel()
	const header, row = "campaign,case_id,feedback_id,lot_id,order_id,customer_id,product_id,name,email,reason,arm,ordered_at,opened_at,sent_at,assigned_at,given_at,total,quantity,unit_price,score,points\n",
		"spring,c1,f1,l1,o1,k1,p1,Crema,a@example.de,bounce,control,2026-01-01,2026-01-01,2026-01-01,2026-01-01,2026-01-01,1,1,1,1,1\n"
	readers := map[string]func(r *strings.Reader, count *[]string) (Summary, error){
		"k1": func(r *strings.Reader, seen *[]string) (Summary, error) {
			return ReadCustomers(t.Context(), r, berlin(t), func(_ int, c customer.Customer) error { *seen = append(*seen, c.ExternalID); return nil }, nil)
		},
		"o1": func(r *strings.Reader, seen *[]string) (Summary, error) {
			return ReadOrders(t.Context(), r, berlin(t), func(_ int, o customer.Order) error { *seen = append(*seen, o.ExternalID); return nil }, nil)
		},
		"o1 p1": func(r *strings.Reader, seen *[]string) (Summary, error) {
			return ReadLines(t.Context(), r, berlin(t), func(_ int, l customer.Line) error {
				*seen = append(*seen, l.OrderExternalID+" "+l.ExternalProductID)
				return nil
			}, nil)
		},
		"p1": func(r *strings.Reader, seen *[]string) (Summary, error) {
			return ReadProducts(t.Context(), r, berlin(t), func(_ int, p customer.Product) error { *seen = append(*seen, p.ExternalID); return nil }, nil)
		},
		"spring control": func(r *strings.Reader, seen *[]string) (Summary, error) {
			return ReadExposures(t.Context(), r, berlin(t), func(_ int, e customer.Exposure) error { *seen = append(*seen, e.Campaign+" "+e.Arm); return nil }, nil)
		},
		"a@example.de": func(r *strings.Reader, seen *[]string) (Summary, error) {
			return ReadSuppressions(t.Context(), r, berlin(t), func(_ int, s customer.Suppression) error { *seen = append(*seen, s.Email); return nil }, nil)
		},
		"mail to k1": func(r *strings.Reader, seen *[]string) (Summary, error) {
			return ReadMails(t.Context(), r, berlin(t), func(_ int, m customer.Mail) error {
				*seen = append(*seen, "mail to "+m.CustomerExternalID)
				return nil
			}, nil)
		},
		"c1": func(r *strings.Reader, seen *[]string) (Summary, error) {
			return ReadCases(t.Context(), r, berlin(t), func(_ int, c customer.Case) error { *seen = append(*seen, c.ExternalID); return nil }, nil)
		},
		"f1": func(r *strings.Reader, seen *[]string) (Summary, error) {
			return ReadFeedback(t.Context(), r, berlin(t), func(_ int, f customer.Feedback) error { *seen = append(*seen, f.ExternalID); return nil }, nil)
		},
		"l1": func(r *strings.Reader, seen *[]string) (Summary, error) {
			return ReadPoints(t.Context(), r, berlin(t), func(_ int, l customer.PointLot) error { *seen = append(*seen, l.ExternalID); return nil }, nil)
		},
	}
	for want, reader := range readers {
		var seen []string
		s, err := reader(strings.NewReader(header+row), &seen)
		if err != nil || s.Rows != 1 || len(seen) != 1 || seen[0] != want {
			t.Errorf("read %q, want %q; %+v, %v", seen, want, s, err)
		}
	}
}

// TestCells holds what is accepted and refused in a single cell of an otherwise good row.
func TestCells(t *testing.T) {
	t.Parallel()
	tests := []struct{ kind, column, cell, reason string }{
		{"customers", "email", "nobody", "needs exactly one @"},
		{"customers", "email", "a@b", "has no dot"},
		{"customers", "country", "UK", ""},
		{"customers", "country", "Deutschland", "is not a country code such as DE"},
		{"customers", "country", "EU", "is not a country code"},
		{"customers", "country", "ZZ", "is not a country code"},
		{"customers", "language", "en-GB", ""},
		{"customers", "language", "deutsch", "is not a language code such as de"},
		{"customers", "timezone", "America/New_York", ""},
		{"customers", "timezone", "Local", "is not a time zone"},
		{"customers", "timezone", "../etc/passwd", "is not a time zone"},
		{"customers", "birthday", "29.02.1980", "is not a date"},
		{"customers", "birthday", "1981-02-29", "is not a date"},
		{"customers", "consent", "maybe", "is neither yes nor no"},
		{"customers", "consent", "TRUE", ""},
		{"customers", "first_name", strings.Repeat("x", maxText+1), "is longer than 2000 bytes"},
		{"customers", "tags", strings.Repeat("x", 201), "longer than 200 bytes"},
		{"customers", "tags", "a" + strings.Repeat(";a", 500), ""},
		{"customers", "tags", "[1]", "is not a JSON list of texts"},
		{"orders", "currency", "USD", "the shop's is EUR"},
		{"orders", "currency", "€", "the shop's is EUR"},
		{"orders", "currency", "EUR", ""},
		{"orders", "status", "refunded", "it must be one of [open paid shipped completed cancelled test]"},
		{"orders", "refund", "1.01", "refund is more than total"},
		{"orders", "refund", "1", ""},
		{"orders", "refund", "-1", "is negative"},
		{"orders", "tax", "19%", "is not a number"},
		{"orders", "delivered_at", "soon", "is not a date"},
		{"products", "url", "javascript:alert(1)", "is not a web address"},
		{"products", "url", "/p/1", "is not a web address"},
		{"products", "url", "http://[::1", "is not a web address"},
		{"products", "attributes", "dark", `must be written as "name=value; name=value"`},
		{"products", "attributes", `{"a":`, "is not a JSON object"},
		{"products", "attributes", `{"a":{}}`, `"a" holds a list or an object`},
		{"products", "attributes", `{"a":1,"b":true,"c":null,"":"x"}`, ""},
		{"products", "attributes", strings.Repeat("a=1;", 300), ""},
		{"products", "attributes", many(201), "are 201, at most 200"},
		{"products", "tax_rate", "1900", "is too large"},
		{"customers", "tags", strings.TrimSuffix(many(101), ";"), "are 101, at most 100"},
	}
	for _, tt := range tests {
		cell := `"` + strings.ReplaceAll(tt.cell, `"`, `""`) + `"`
		var rejects []Reject
		switch tt.kind {
		case "customers":
			rejects = readCustomers(t, berlin(t), "customer_id,"+tt.column+"\nk1,"+cell+"\n").rejects
		case "orders":
			rejects = readOrders(t, berlin(t), strings.TrimSpace(head)+","+tt.column+"\no1,k1,2026-01-01,1,"+cell+"\n").rejects
		case "products":
			rejects = readAll(t, berlin(t), "product_id,name,"+tt.column+"\np1,x,"+cell+"\n", products()).rejects
		}
		reason := ""
		if len(rejects) > 0 {
			reason = rejects[0].Reason
		}
		if (reason == "") != (tt.reason == "") || !strings.Contains(reason, tt.reason) || !strings.HasPrefix(reason, tt.column) && reason != "" {
			t.Errorf("%s %.50s: reason %q, want %q", tt.column, tt.cell, reason, tt.reason)
		}
	}
}

// many returns n different pairs.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d=1;", i)
	}
	return b.String()
}

// TestNoIsNeverLost holds that a faulty cell beside a withdrawal or an unwanted address does not cost either.
func TestNoIsNeverLost(t *testing.T) {
	t.Parallel()
	got := readCustomers(t, berlin(t), "customer_id,consent,birthday,email\nk1,no,1.1.1980,x\nk2,yes,1.1.1980,a@example.de\nk3,,1.1.1980,\n,no,,\n")
	if len(got.records) != 1 || got.records[0].ExternalID != "k1" || *got.records[0].Consent || got.records[0].ID != customer.NewID("shop", "k1") {
		t.Fatalf("records = %+v", got.records)
	}
	if len(got.rejects) != 3 {
		t.Errorf("rejects = %+v", got.rejects)
	}
	if notes := strings.Join(got.summary.Notes, "\n"); !strings.Contains(notes, `line 2 counts although email`) || !strings.Contains(notes, "birthday") {
		t.Errorf("notes = %q", notes)
	}
	unwanted := readAll(t, berlin(t), "email,reason,since\na@example.de,,\nb@example.de,bounce,gestern\nnobody,bounce,\n", suppressions())
	if len(unwanted.records) != 2 || len(unwanted.rejects) != 1 {
		t.Errorf("suppressions = %+v, rejects %+v", unwanted.records, unwanted.rejects)
	}
	many := readAll(t, berlin(t), "email,reason,since\n"+strings.Repeat("a@example.de,,\n", 100), suppressions())
	if n := len(many.summary.Notes); n != maxNotes+1 || many.summary.Notes[maxNotes] != "80 more rows of this kind" {
		t.Errorf("%d notes, last %q", n, many.summary.Notes[n-1])
	}
}
