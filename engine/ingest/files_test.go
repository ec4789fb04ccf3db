package ingest

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// head is the shortest header of orders.
const head = "order_id,customer_id,ordered_at,total\n"

// fileTest is a file and what must become of it. Orders are shown as "id customer time total".
type fileTest struct {
	name    string
	file    string
	orders  []string
	rejects []string // "line: part of the reason"
	fails   string   // part of the error; the rows before it are in orders
	unread  []string
	notes   string // part of the notes
}

func utf16le(text string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		b.WriteByte(byte(unit))
		b.WriteByte(byte(unit >> 8))
	}
	return b.String()
}

func fileTests() []fileTest {
	const o1, o2 = "o1 k1 2025-12-30T23:00:00Z 1250", "o2 k2 2025-12-31T23:00:00Z 300"
	const r1, r2 = "o1,k1,2025-12-31,12.50\n", "o2,k2,2026-01-01,3\n"
	wide := strings.Repeat(",x", maxColumns-3)
	return []fileTest{
		{name: "plain", file: head + r1 + r2, orders: []string{o1, o2}},
		{name: "empty", file: "", fails: "the file is empty"},
		{name: "blank", file: "  \r\n\n\t\n", fails: "the file is empty"},
		{name: "byte order mark alone", file: "\ufeff", fails: "the file is empty"},
		{name: "header only", file: head},
		{name: "header without line end", file: strings.TrimSpace(head)},
		{name: "no line end at the end", file: head + strings.TrimSpace(r1), orders: []string{o1}},
		{name: "byte order mark", file: "\ufeff" + head + r1, orders: []string{o1}},
		{name: "byte order mark before a quote", file: "\ufeff\"order_id\",customer_id,ordered_at,total\n" + r1, orders: []string{o1}},
		{name: "second byte order mark", file: "\ufeff\ufeff" + head + r1, orders: []string{o1}},
		{name: "CRLF", file: strings.ReplaceAll(head+r1+r2, "\n", "\r\n"), orders: []string{o1, o2}},
		{name: "CR alone", file: strings.ReplaceAll(head+r1, "\n", "\r"), fails: "line 1: the lines end in CR alone"},
		{name: "semicolons", file: strings.ReplaceAll(head+r1, ",", ";"), orders: []string{o1}},
		{name: "tabs", file: strings.ReplaceAll(head+r1, ",", "\t"), orders: []string{o1}},
		{name: "bars are no delimiter", file: strings.ReplaceAll(head+r1, ",", "|"), fails: "column order_id, customer_id, ordered_at, total is missing"},
		{name: "delimiter inside quotes does not count", file: "\"a,b,c,d,e,f\";order_id;customer_id;ordered_at;total\nx;" + strings.ReplaceAll(r1, ",", ";"), orders: []string{o1}, unread: []string{"a,b,c,d,e,f"}},
		{name: "sep line", file: "sep=;\r\n" + strings.ReplaceAll(head+r1+"o2;;;\n", ",", ";"), orders: []string{o1}, rejects: []string{"4: customer_id is empty; ordered_at is empty; total is empty"}},
		{name: "sep line and a stray quote", file: "sep=,\n" + head + "o1,5\" pipe,2025-12-31,1\n" + r2, orders: []string{o2}, rejects: []string{"3: a quote stands inside a cell"}},
		{name: "sep line and an unclosed quote", file: "sep=,\n" + head + "\"o1,k1,2025-12-31,1\n", fails: "line 3: a quote is opened"},
		{name: "sep line alone", file: "sep=;\n", fails: "the file has no header"},
		{name: "sep of another kind", file: "sep=x\n" + head, fails: "the file has sep=x"},
		{name: "blank lines before and between", file: "\n\n" + head + "\n" + r1 + "\n\n" + "o2,k2,x,3\n", orders: []string{o1}, rejects: []string{`8: ordered_at "x" is not a date`}},
		{name: "rows of empty cells", file: head + r1 + ",,,\n , ,\t, \n" + r2, orders: []string{o1, o2}},
		{name: "header in another case and spelling", file: "ORDER ID, Customer-Id ,orderedAt,\u00a0Total\u200b\n" + r1, orders: []string{o1}},
		{name: "columns in another order", file: "total,x,order_id,ordered_at,customer_id\n12.50,?,o1,2025-12-31,k1\n", orders: []string{o1}, unread: []string{"x"}},
		{name: "padded cells", file: head + " o1 ,\tk1, 2025-12-31 ,\u00a012.50 \n", orders: []string{o1}},
		{name: "unknown columns by their own name", file: "Währung,order_id,customer_id,ordered_at,total,,Bemerkung 2\nEUR," + strings.TrimSpace(r1) + ",,\n", orders: []string{o1}, unread: []string{"Währung", "column 6 (without a name)", "Bemerkung 2"}},
		{name: "twice the same unknown column", file: "x,x," + head + "1,2," + r1, orders: []string{o1}, unread: []string{"x", "x"}},
		{name: "duplicate header", file: "total," + head, fails: `columns 1 and 5 ("total") are both total`},
		{name: "duplicate header in two spellings", file: "Order ID," + head, fails: `columns 1 and 2 ("order_id") are both order_id`},
		{name: "needed column missing", file: "order_id,Kunde,ordered_at,total\n", fails: "column customer_id is missing; the file has order_id, Kunde, ordered_at, total; if another column holds it, add --map 'its name=customer_id'"},
		{name: "no header at all", file: r1 + r2, fails: "the file has o1, k1, 2025-12-31, 12.50"},
		{name: "201 columns", file: strings.TrimSpace(head) + wide + "\n", fails: "line 1: the file has 201 columns, at most 200"},
		{name: "200 columns", file: strings.TrimSpace(head) + wide[2:] + "\n", unread: strings.Split(wide[3:], ",")},
		{name: "row too short", file: head + "o1,k1,2025-12-31\n" + r2, orders: []string{o2}, rejects: []string{"2: the row has 3 cells, the header 4"}},
		{name: "row too long", file: head + "o1,k1,2025-12-31,12,50\n" + r2, orders: []string{o2}, rejects: []string{`2: the row has 5 cells, the header 4: text with a ',' in it must stand in quotes`}},
		{name: "empty cells too many", file: head + "o1,k1,2025-12-31,12.50,,\n", orders: []string{o1}},
		{name: "quoted line ends", file: "note," + head + "\"two\nlines\r\nand more\"," + r1 + "x,o2,k2,x,3\n", orders: []string{o1}, rejects: []string{`5: ordered_at`}, unread: []string{"note"}},
		{name: "quoted line end in the header", file: "\"no\nte\"," + head + "x," + r1 + "x,o2,k2,x,3\n", orders: []string{o1}, rejects: []string{`4: ordered_at`}, unread: []string{"no\nte"}},
		{name: "doubled quotes", file: "note," + head + `"5"" pipe",` + r1, orders: []string{o1}, unread: []string{"note"}},
		{name: "quote inside a cell", file: "note," + head + `5" pipe,` + r1 + "x," + r2, orders: []string{o2}, rejects: []string{"2: a quote stands inside a cell"}, unread: []string{"note"}},
		{name: "text after a quoted cell", file: "note," + head + `"a" b,` + r1 + "x," + r2, orders: []string{o2}, rejects: []string{"2: a quote stands inside a cell"}, unread: []string{"note"}},
		{name: "unclosed quote", file: head + r1 + "\"o2,k2,2026-01-01,3\n" + r1, orders: []string{o1}, fails: "line 3: a quote is opened and not closed"},
		{name: "unclosed quote at the end", file: head + r1 + "o2,k2,2026-01-01,\"3", orders: []string{o1}, fails: "line 3: a quote is opened and not closed"},
		{name: "unclosed quote that meets another", file: "note," + head + "\"x," + r1 + "\"y\"," + r2, fails: "line 2: a quote is opened and not closed", unread: []string{"note"}},
		{name: "unclosed quote over megabytes", file: head + r1 + "\"" + strings.Repeat(r2, 5<<20/len(r2)), orders: []string{o1}, fails: "line 3: the row is longer than 4 MB"},
		{name: "unclosed quote in the header", file: "\"order_id,customer_id\n" + r1, fails: "line 1: a quote is opened and not closed"},
		{name: "stray quote in the header", file: "order\"_id,customer_id\n" + r1, fails: "line 1: the header is unreadable"},
		{name: "cell over a megabyte", file: "note," + head + strings.Repeat("x", maxField+1) + "," + r1 + "x," + r2, orders: []string{o2}, rejects: []string{"2: a cell is longer than 1 MB"}, unread: []string{"note"}},
		{name: "cell of a megabyte", file: "note," + head + strings.Repeat("x", maxField) + "," + r1, orders: []string{o1}, unread: []string{"note"}},
		{name: "line of five megabytes", file: head + strings.Repeat("x", 5<<20) + "\n", fails: "line 2: the row is longer than 4 MB"},
		{name: "NUL in a cell", file: head + "o\x001,k1,2025-12-31,12.50\n" + r2, orders: []string{o2}, rejects: []string{"2: the row has a NUL byte"}},
		{name: "NUL in an unread cell", file: "note," + head + "\x00," + r1, rejects: []string{"2: the row has a NUL byte"}, unread: []string{"note"}},
		{name: "NUL in the header", file: "order_id,\x00" + head, fails: "line 1: the file has NUL bytes"},
		{name: "UTF-16 with its mark", file: utf16le(head + r1), orders: []string{o1}, notes: "UTF-16"},
		{name: "UTF-16 without its mark", file: utf16le(head + r1)[2:], fails: "line 1: the file has NUL bytes"},
		{name: "Windows-1252", file: head + "o1,K\xe4the,2025-12-31,12.50\no2,\x80uro,2025-12-31,1\n", orders: []string{"o1 Käthe 2025-12-30T23:00:00Z 1250", "o2 €uro 2025-12-30T23:00:00Z 100"}, notes: "2 rows were not UTF-8 and read as Windows-1252, first line 2"},
		{name: "Windows-1252 in the header", file: "W\xe4hrung," + head + "x," + r1, orders: []string{o1}, unread: []string{"Währung"}, notes: "1 rows were not UTF-8"},
		{name: "one row of Windows-1252 in UTF-8", file: head + "o1,Käthe,2025-12-31,12.50\no2,K\xe4the,2025-12-31,1\n", orders: []string{"o1 Käthe 2025-12-30T23:00:00Z 1250", "o2 Käthe 2025-12-30T23:00:00Z 100"}, notes: "first line 3"},
		{name: "emoji, right to left, combining", file: head + "🙂,לקוח,2025-12-31,1\ne\u0301,k\u202e1,2025-12-31,2\n", orders: []string{"🙂 לקוח 2025-12-30T23:00:00Z 100", "e\u0301 k\u202e1 2025-12-30T23:00:00Z 200"}},
		{name: "control character in an id", file: head + "o\x071,k1,2025-12-31,1\n", rejects: []string{"2: order_id has a control character"}},
		{name: "line end in an id", file: head + "\"o\n1\",k1,2025-12-31,1\n", rejects: []string{"2: order_id has a control character"}},
		{name: "id too long", file: head + strings.Repeat("9", 201) + ",k1,2025-12-31,1\n", rejects: []string{"2: order_id is longer than 200 bytes"}},
		{name: "id that Excel shortened", file: head + "1.23457E+12,k1,2025-12-31,1\n\"4,5E+15\",k1,2025-12-31,1\n1E+12,k1,2025-12-31,1\n", orders: []string{"1E+12 k1 2025-12-30T23:00:00Z 100"}, rejects: []string{"2: order_id \"1.23457E+12\" is a number that a spreadsheet has shortened", "3: order_id \"4,5E+15\""}},
		{name: "all that is wrong at once", file: head + ",k1,31.12.2025,-1\n", rejects: []string{`2: order_id is empty; ordered_at "31.12.2025" is not a date: write 2026-12-31, 2026-12-31 18:30 or 2026-12-31T18:30:00+01:00; total "-1" is negative`}},
		{name: "decimal comma", file: "order_id;customer_id;ordered_at;total\no1;k1;2025-12-31;12,50\no2;k2;2026-01-01;1.234,50\n", orders: []string{o1}, rejects: []string{`3: total "1.234,50" has a separator too many: write 1234.50`}},
		{name: "decimal comma in quotes", file: head + "o1,k1,2025-12-31,\"12,50\"\n", orders: []string{o1}},
		{name: "formula as a customer", file: head + "o1,=1+1,2025-12-31,1\n", orders: []string{"o1 =1+1 2025-12-30T23:00:00Z 100"}},
		{name: "spreadsheet", file: "PK\x03\x04xl/workbook.xml", fails: "this is a spreadsheet or ZIP file; save it as CSV"},
		{name: "old spreadsheet", file: "\xd0\xcf\x11\xe0\xa1\xb1", fails: "this is a spreadsheet"},
		{name: "compressed", file: "\x1f\x8b\x08", fails: "the file is compressed"},
		{name: "web page", file: "\n<!DOCTYPE html><html>", fails: "this is a document, not a table"},
		{name: "PDF", file: "%PDF-1.7", fails: "this is a document, not a table"},
		{name: "JSON list", file: ` [{"order_id": 1}]`, fails: "the file is one JSON list"},
	}
}

func jsonTests() []fileTest {
	const o1 = "o1 k1 2025-12-30T23:00:00Z 1250"
	const r1 = `{"order_id":"o1","customer_id":"k1","ordered_at":"2025-12-31","total":"12.50"}` + "\n"
	with := func(more string) string { return strings.TrimSuffix(r1, "}\n") + "," + more + "}\n" }
	return []fileTest{
		{name: "JSON", file: r1, orders: []string{o1}},
		{name: "JSON with byte order mark, CRLF and blank lines", file: "\ufeff\r\n" + strings.ReplaceAll(r1+"\n  \n"+r1, "\n", "\r\n"), orders: []string{o1, o1}},
		{name: "JSON numbers", file: `{"order_id":1001,"customer_id":7,"ordered_at":"2025-12-31","total":12.5}`, orders: []string{"1001 7 2025-12-30T23:00:00Z 1250"}},
		{name: "JSON with float noise", file: `{"order_id":1,"customer_id":7,"ordered_at":"2025-12-31","total":22.200000000000003,"tax":1.4e-14}`, orders: []string{"1 7 2025-12-30T23:00:00Z 2220"}},
		{name: "JSON nulls", file: with(`"tax":null,"status":null`), orders: []string{o1}},
		{name: "JSON null where needed", file: `{"order_id":null,"customer_id":"k","ordered_at":"2025-12-31","total":1}`, rejects: []string{"1: order_id is empty"}},
		{name: "JSON key missing", file: `{"customer_id":"k","ordered_at":"2025-12-31","total":1}`, rejects: []string{"1: order_id is empty"}},
		{name: "JSON nested", file: with(`"tax":{"rate":19}`) + with(`"tax":[1]`), rejects: []string{"1: tax holds a list or an object", "2: tax holds a list"}},
		{name: "JSON nested where nobody reads", file: with(`"items":[{"a":[]}]`), orders: []string{o1}, unread: []string{"items"}},
		{name: "JSON keys in another case", file: strings.ReplaceAll(r1, "order_id", "Order ID"), orders: []string{o1}},
		{name: "JSON keys that come later", file: r1 + with(`"note":"x"`) + with(`"tax":1,"x":2`), orders: []string{o1, o1, o1}, unread: []string{"note", "x"}},
		{name: "JSON key twice", file: with(`"total":1`), rejects: []string{`1: "total" stands twice`}},
		{name: "JSON key twice in two spellings", file: with(`"Total":1`), fails: `columns 4 and 5 ("Total") are both total`},
		{name: "JSON broken", file: r1 + "{\"order_id\":\n" + r1 + "{order_id:1}\n" + strings.TrimSuffix(r1, "}\n"), orders: []string{o1, o1}, rejects: []string{`2: the JSON is faulty at the value of "order_id"`, "4: the JSON is faulty", "5: the JSON object is not closed"}},
		{name: "JSON with something after", file: strings.TrimSpace(r1) + r1, rejects: []string{"1: something stands after the JSON object"}},
		{name: "JSON of another kind", file: r1 + "[1]\n\"x\"\nnull\n", orders: []string{o1}, rejects: []string{"2: the line is not a JSON object", "3: the line", "4: the line"}},
		{name: "JSON NUL", file: strings.ReplaceAll(r1, "o1", `o\u00001`), rejects: []string{"1: order_id has a NUL"}},
		{name: "JSON escapes", file: strings.ReplaceAll(r1, "k1", `K\u00e4the \ud83d\ude42 \"`), orders: []string{`o1 Käthe 🙂 " 2025-12-30T23:00:00Z 1250`}},
		{name: "JSON Windows-1252", file: strings.ReplaceAll(r1, "k1", "K\xe4the"), orders: []string{"o1 Käthe 2025-12-30T23:00:00Z 1250"}, notes: "first line 1"},
		{name: "JSON long cell", file: with(`"note":"` + strings.Repeat("x", maxField+1) + `"`), rejects: []string{"1: note is longer than 1 MB"}, unread: []string{"note"}},
		{name: "JSON long line", file: r1 + with(`"note":"`+strings.Repeat("x", maxRow)+`"`), orders: []string{o1}, fails: "line 2: the line is longer than 4 MB"},
		{name: "JSON deep", file: with(`"note":` + strings.Repeat("[", 100_000)), rejects: []string{"1: the JSON is faulty"}},
		{name: "JSON keys too many", file: r1 + manyKeys(maxColumns-3) + r1, orders: []string{o1, o1}, rejects: []string{"2: the file has more than 200 columns"}, unread: unreadKeys(maxColumns - 4)},
		{name: "JSON booleans", file: with(`"total2":true`), orders: []string{o1}, unread: []string{"total2"}},
		{name: "JSON empty objects", file: "{}\n" + r1 + "{ }\n", orders: []string{o1}},
	}
}

// manyKeys returns an object of n keys of no use.
func manyKeys(n int) string {
	return `{"` + strings.Join(unreadKeys(n), `":1,"`) + `":1}` + "\n"
}

func unreadKeys(n int) []string {
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprintf("x%d", i))
	}
	return keys
}

func TestFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range append(fileTests(), jsonTests()...) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.check(t)
		})
	}
}

func (tt *fileTest) check(t *testing.T) {
	got := readOrders(t, berlin(t), tt.file)
	switch {
	case tt.fails == "" && got.err != nil:
		t.Errorf("unexpected error: %v", got.err)
	case tt.fails != "" && (got.err == nil || !strings.Contains(got.err.Error(), tt.fails)):
		t.Errorf("error = %v, want one with %q", got.err, tt.fails)
	}
	var shown []string
	for _, o := range got.records {
		shown = append(shown, fmt.Sprintf("%s %s %s %d", o.ExternalID, o.CustomerExternalID, o.OrderedAt.Format("2006-01-02T15:04:05Z07:00"), o.Total))
	}
	if fmt.Sprintf("%q", shown) != fmt.Sprintf("%q", tt.orders) {
		t.Errorf("orders = %q, want %q", shown, tt.orders)
	}
	if len(got.rejects) != len(tt.rejects) {
		t.Fatalf("rejects = %+v, want %q", got.rejects, tt.rejects)
	}
	for i, r := range got.rejects {
		if text := fmt.Sprintf("%d: %s", r.Line, r.Reason); !strings.HasPrefix(text, tt.rejects[i]) {
			t.Errorf("reject = %.300q, want one that starts with %q", text, tt.rejects[i])
		}
	}
	if tt.fails == "" && fmt.Sprintf("%q", got.summary.UnreadColumns) != fmt.Sprintf("%q", tt.unread) {
		t.Errorf("unread columns = %q, want %q", got.summary.UnreadColumns, tt.unread)
	}
	if notes := strings.Join(got.summary.Notes, "\n"); (notes == "") != (tt.notes == "") || !strings.Contains(notes, tt.notes) {
		t.Errorf("notes = %q, want %q", notes, tt.notes)
	}
	if tt.fails == "" && got.summary.Bytes != int64(len(tt.file)) {
		t.Errorf("read %d bytes of %d", got.summary.Bytes, len(tt.file))
	}
}
