package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"treue/rules/customer"
)

func TestOptionsValidate(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Options){
		"name of the shop system": func(o *Options) { o.Source = "" },
		"time zone":               func(o *Options) { o.Zone = nil },
		`currency "Euro"`:         func(o *Options) { o.Currency = "Euro" },
		`currency ""`:             func(o *Options) { o.Currency = "" },
	} {
		o := berlin(t)
		change(&o)
		_, err := ReadOrders(t.Context(), strings.NewReader(head), o, nil, nil)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error = %v, want one about the %s", err, name)
		}
	}
}

func TestMap(t *testing.T) {
	t.Parallel()
	const file = "Bestellnummer,Kunde,Datum,total,Summe\no1,k1,2025-12-31,1,12.50\n"
	good := map[string]string{"bestell-nummer": "order_id", "KUNDE": "Customer ID", "Datum": "ordered_at", "Summe": "total"}
	for name, tt := range map[string]struct {
		renamed map[string]string
		file    string
		fails   string
	}{
		"all":                   {good, file, ""},
		"json":                  {good, `{"Bestellnummer":"o1","Kunde":"k1","Datum":"2025-12-31","total":1,"Summe":12.5}`, ""},
		"too few":               {map[string]string{"Kunde": "customer_id"}, file, "column order_id, ordered_at is missing"},
		"no such column":        {map[string]string{"Kunden": "customer_id"}, file, `--map: the file has no column "Kunden"; it has Bestellnummer, Kunde`},
		"no such column of us":  {map[string]string{"Kunde": "client"}, file, "--map Kunde=client: there is no column client; the columns are order_id, customer_id"},
		"two for one":           {map[string]string{"Summe": "total", "Datum": "Total"}, file, `--map: both "Datum" and "Summe" shall be total`},
		"two columns, one name": {good, strings.Replace(file, ",total,", ",SUMME,", 1), "are both total"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := berlin(t)
			o.Map = tt.renamed
			got := readOrders(t, o, tt.file)
			if tt.fails != "" {
				if got.err == nil || !strings.Contains(got.err.Error(), tt.fails) {
					t.Fatalf("error = %v, want one with %q", got.err, tt.fails)
				}
				return
			}
			if got.err != nil || len(got.records) != 1 || got.records[0].Total != 1250 || got.records[0].ExternalID != "o1" {
				t.Errorf("orders = %+v, rejects %+v, error %v", got.records, got.rejects, got.err)
			}
			if !slices.Equal(got.summary.UnreadColumns, []string{"total"}) {
				t.Errorf("unread = %q", got.summary.UnreadColumns)
			}
		})
	}
}

// TestNoOrderID holds that equal rows stay apart, that ids depend on nothing but the orders themselves, and that
// a rejected row takes no number.
func TestNoOrderID(t *testing.T) {
	t.Parallel()
	o := berlin(t)
	o.NoOrderID = true
	ids := func(file string) []string {
		got := readOrders(t, o, file)
		if got.err != nil {
			t.Fatal(got.err)
		}
		var ids []string
		for _, r := range got.records {
			if r.ID != customer.NewID("shop", r.ExternalID) {
				t.Errorf("id of %q is %d", r.ExternalID, r.ID)
			}
			ids = append(ids, r.ExternalID)
		}
		return ids
	}
	const a, b, c = "k1,2026-01-01,12.50,0\n", "k1,2026-01-01,12.51,0\n", "k2,2026-01-01,12.50,0\n"
	const header = "customer_id,ordered_at,total,refund\n"
	first := ids(header + a + a + b + c + a)
	if distinct := slices.Compact(slices.Sorted(slices.Values(first))); len(distinct) != 5 {
		t.Fatalf("ids = %q", first)
	}
	if again := ids(header + a + a + b + c + a); !slices.Equal(again, first) {
		t.Errorf("a second import has %q, the first %q", again, first)
	}
	moved := ids(header + c + a + "k1,2026-01-01,12.50,99\n" + b + a + a)
	if got, want := slices.Sorted(slices.Values(moved)), slices.Sorted(slices.Values(first)); !slices.Equal(got, want) {
		t.Errorf("in another order, with a rejected row: %q, want %q", got, want)
	}
	written := ids("total;ordered_at;customer_id\n12,5;2026-01-01 00:00;k1\n")
	if !slices.Equal(written, first[:1]) {
		t.Errorf("written in another way: %q, want %q", written, first[:1])
	}
	unread := readOrders(t, o, head+"o1,k1,2026-01-01,1\n")
	if len(unread.records) != 1 || unread.records[0].ExternalID == "o1" || !slices.Equal(unread.summary.UnreadColumns, []string{"order_id"}) {
		t.Errorf("order_id is read: %+v, unread %q", unread.records, unread.summary.UnreadColumns)
	}
}

// TestMapOfJSON holds that a renamed column that no object has is pointed out, since there is no header to check.
func TestMapOfJSON(t *testing.T) {
	t.Parallel()
	o := berlin(t)
	o.Map = map[string]string{"Steuer": "tax", "Summe": "total"}
	got := readOrders(t, o, `{"order_id":1,"customer_id":1,"ordered_at":"2025-12-31","Summe":1}`)
	if len(got.records) != 1 || !slices.Equal(got.summary.Notes, []string{`--map: no row has "Steuer"`}) {
		t.Errorf("records %+v, notes %q", got.records, got.summary.Notes)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	got := readOrders(t, berlin(t), strings.ReplaceAll("x,"+head+"?,o1,k1,2025-12-31,1\n?,o2,k1,x,1\n,,,,\n", ",", ";"))
	want := Summary{
		Rows: 2, Rejected: 1, Format: "CSV, separated by ;", Bytes: got.summary.Bytes,
		Header: []string{"x", "order_id", "customer_id", "ordered_at", "total"}, UnreadColumns: []string{"x"},
	}
	if !reflect.DeepEqual(got.summary, want) {
		t.Errorf("summary = %+v, want %+v", got.summary, want)
	}
	if got := readOrders(t, berlin(t), `{"a":1}`).summary; got.Format != "JSON lines" || !slices.Equal(got.Header, []string{"a"}) {
		t.Errorf("summary = %+v", got)
	}
	if got := readOrders(t, berlin(t), strings.ReplaceAll(head, ",", "\t")).summary; got.Format != "CSV, separated by tabs" {
		t.Errorf("format = %q", got.Format)
	}
}

// TestEndings holds that the caller's errors and a cancelled context end the reading and stay recognisable.
func TestEndings(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	fine := func(int, customer.Order) error { return nil }
	fineReject := func(Reject) error { return nil }
	file := head + "o1,k1,2025-12-31,1\no2,k1,x,1\n" + strings.Repeat("o3,k1,2025-12-31,1\n", 1000)

	s, err := ReadOrders(t.Context(), strings.NewReader(file), berlin(t), func(int, customer.Order) error { return stop }, fineReject)
	if !errors.Is(err, stop) || s.Rows != 1 || !strings.Contains(err.Error(), "keep line 2") {
		t.Errorf("emit: %+v, %v", s, err)
	}
	s, err = ReadOrders(t.Context(), strings.NewReader(file), berlin(t), fine, func(Reject) error { return stop })
	if !errors.Is(err, stop) || s.Rows != 2 || !strings.Contains(err.Error(), "reject line 3") {
		t.Errorf("reject: %+v, %v", s, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s, err = ReadOrders(ctx, strings.NewReader(file), berlin(t), func(int, customer.Order) error { cancel(); return nil }, fineReject)
	if !errors.Is(err, context.Canceled) || s.Rows > checkEvery {
		t.Errorf("cancelled: %d rows, %v", s.Rows, err)
	}
	for _, start := range []string{"", file, `{"order_id":1}` + "\n"} {
		_, err = ReadOrders(t.Context(), io.MultiReader(strings.NewReader(start), iotest.ErrReader(stop)), berlin(t), fine, fineReject)
		var fileError *FileError
		if !errors.Is(err, stop) || errors.As(err, &fileError) {
			t.Errorf("broken reader after %d bytes: %v", len(start), err)
		}
	}
}

// endless is a file without an end: a header, then the same bytes again and again.
type endless struct {
	head, again string
	left        int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, e.head)
	e.head = e.head[n:]
	for n < len(p) && e.head == "" {
		n += copy(p[n:], e.again)
	}
	e.left -= int64(n)
	return n, nil
}

// TestMemoryIsBounded reads 64 MB that are one quoted cell, one line of JSON, or good rows.
func TestMemoryIsBounded(t *testing.T) {
	const size = 64 << 20
	for name, file := range map[string]*endless{
		"quote":  {head: head + `"`, again: "x,\n", left: size},
		"header": {head: "x", again: "xxxxxxxxx", left: size},
		"JSON":   {head: `{"a":"`, again: "xxxxxxxxx", left: size},
		"rows":   {head: "note," + head, again: strings.Repeat("x", 500<<10) + ",o1,k1,2025-12-31,1\n", left: size},
	} {
		var before, now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		peak := uint64(0)
		_, err := ReadOrders(t.Context(), file, berlin(t), func(int, customer.Order) error {
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapSys)
			return nil
		}, func(Reject) error { return nil })
		runtime.ReadMemStats(&now)
		if grown := int64(max(peak, now.HeapSys)) - int64(before.HeapSys); grown > 48<<20 {
			t.Errorf("%s: the heap has grown by %d MB", name, grown>>20)
		}
		var fileError *FileError
		if name != "rows" && !errors.As(err, &fileError) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestWriteAndReadBack writes random orders in every dialect and reads them back.
func TestWriteAndReadBack(t *testing.T) {
	t.Parallel()
	o := berlin(t)
	rapid.Check(t, func(rt *rapid.T) {
		dialect := rapid.SampledFrom([]dialect{{"CSV", ','}, {"CSV", ';'}, {"CSV", '\t'}, {"JSON", 0}}).Draw(rt, "dialect")
		var want []customer.Order
		for i := range rapid.IntRange(0, 8).Draw(rt, "rows") {
			want = append(want, randomOrder(rt, i))
		}
		file := dialect.write(want, rapid.Bool().Draw(rt, "CRLF"))
		got := readOrders(t, o, file)
		if dialect.name == "JSON" && len(want) == 0 {
			return
		}
		if got.err != nil || len(got.rejects) > 0 || !reflect.DeepEqual(got.records, want) {
			rt.Fatalf("%q\nreads as %+v\nwant %+v\nrejects %+v, error %v", file, got.records, want, got.rejects, got.err)
		}
	})
}

func randomOrder(t *rapid.T, i int) customer.Order {
	// Whatever a shop may put into an id or a coupon: quotes, delimiters, formulas, any script.
	word := rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune(`",;|'=+-@ äß{}[]\/`)), rapid.RuneFrom(nil, printable()...)))
	text := func(name string) string { return strings.TrimSpace(word.Draw(t, name)) }
	amount := rapid.Int64Range(0, maxMinor)
	o := customer.Order{
		Source: "shop", ExternalID: fmt.Sprintf("o%d%.90s", i, strings.ToValidUTF8(text("id"), "")), CustomerExternalID: "k" + text("customer"), Currency: "EUR",
		OrderedAt: time.Unix(rapid.Int64Range(-2e9, 7e9).Draw(t, "time"), 0).UTC(), Total: amount.Draw(t, "total"),
		Status: rapid.SampledFrom(customer.Statuses()).Draw(t, "status"), CouponCode: text("coupon"),
	}
	if rapid.Bool().Draw(t, "with tax") {
		o.Tax = new(amount.Draw(t, "tax"))
	}
	if len(o.ExternalID) > maxID || len(o.CustomerExternalID) > maxID || len(o.CouponCode) > maxText {
		t.Skip("longer than an id may be")
	}
	o.ID, o.CustomerID = customer.NewID("shop", o.ExternalID), customer.NewID("shop", o.CustomerExternalID)
	return o
}
