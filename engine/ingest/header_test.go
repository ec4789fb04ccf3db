package ingest

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, spelling := range []string{
		"order_id", "Order ID", "ORDER-ID", "orderId", " order id ", "\ufefforder_id", "order\u00a0id", "order\u200b_id", "order\tid", "order__id",
	} {
		if got := canonical(spelling); got != "orderid" {
			t.Errorf("canonical(%q) = %q", spelling, got)
		}
	}
	for _, other := range []string{"order_ids", "orderid2", "Bestell-Nr.", ""} {
		if canonical(other) == "orderid" {
			t.Errorf("%q is taken for order_id", other)
		}
	}
}

// TestColumnsAreDistinct holds that no kind has two columns that a header could not tell apart, and that each
// has one that is needed.
func TestColumnsAreDistinct(t *testing.T) {
	t.Parallel()
	for _, kind := range []interface {
		names() []string
		aliases() [][]string
		neededNames() []string
	}{new(customers()), new(orders(false)), new(lines()), new(products()), new(exposures()), new(suppressions()), new(mails()), new(cases()), new(feedback()), new(points())} {
		seen := map[string]bool{}
		for _, name := range slices.Concat(append(kind.aliases(), kind.names())...) {
			if seen[canonical(name)] {
				t.Errorf("%s stands twice in %v", name, kind.names())
			}
			seen[canonical(name)] = true
		}
		if len(kind.neededNames()) == 0 {
			t.Errorf("nothing is needed of %v", kind.names())
		}
	}
}

// TestBindingProperties holds for any header that every column is either bound to one of ours or reported as
// unread, whether the columns come all at once or one by one.
func TestBindingProperties(t *testing.T) {
	t.Parallel()
	ours := []string{"order_id", "customer_id", "total"}
	aliases := [][]string{nil, {"Kunde", "Kunden-Nr"}, {"Betrag"}}
	name := rapid.SampledFrom([]string{"order_id", "Order ID", "customer_id", "kunde", "kunden_nr", "TOTAL", "Betrag", "Summe", "x", "y", "", " "})
	rapid.Check(t, func(t *rapid.T) {
		header := rapid.SliceOfN(name, 0, 8).Draw(t, "header")
		renamed := map[string]string{}
		if rapid.Bool().Draw(t, "renamed") {
			renamed["Summe"] = "total"
		}
		whole, err := bind(ours, aliases, renamed)
		if err != nil {
			t.Fatal(err)
		}
		fails := whole.extend(header)
		piecemeal, _ := bind(ours, aliases, renamed)
		var failsToo error
		for i := 0; i <= len(header) && failsToo == nil; i++ {
			failsToo = piecemeal.extend(header[:i])
		}
		if (fails == nil) != (failsToo == nil) {
			t.Fatalf("at once %v, one by one %v", fails, failsToo)
		}
		if fails != nil {
			return
		}
		if !slices.Equal(whole.position, piecemeal.position) || !slices.Equal(whole.unread, piecemeal.unread) {
			t.Fatalf("at once %+v, one by one %+v", whole, piecemeal)
		}
		bound := 0
		for i, at := range whole.position {
			if at < 0 {
				continue
			}
			bound++
			theirs := header[at]
			exact := func(name string) bool { return canonical(name) == canonical(ours[i]) }
			isAlias := slices.ContainsFunc(aliases[i], func(name string) bool { return canonical(name) == canonical(theirs) })
			switch {
			case renamed[theirs] == ours[i] || exact(theirs):
			case !isAlias || renamed["Summe"] == ours[i]:
				t.Fatalf("%q is bound to %s", theirs, ours[i])
			case slices.ContainsFunc(header, exact):
				t.Fatalf("%q is bound to %s, although a column has that name", theirs, ours[i])
			}
		}
		if bound+len(whole.unread) != len(header) {
			t.Fatalf("%d bound, %d unread of %d", bound, len(whole.unread), len(header))
		}
	})
}

// TestAliases holds which of several columns counts, and that a choice between two guesses is left to the shop.
func TestAliases(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		file, fails string
		renamed     map[string]string
		score       float64
		unread      []string
	}{
		"English":          {file: "response_id,customer_number,submitted_at,nps,remark\nf1,k1,2026-01-01,7,x\n", score: 7},
		"German":           {file: "Bewertung-ID;Kunden-Nr;Abgegeben am;Bewertung;Kommentar\nf1;k1;2026-01-01;7,5;x\n", score: 7.5},
		"ours comes last":  {file: "feedback_id,customer_id,given_at,nps,score\nf1,k1,2026-01-01,1,2\n", score: 2, unread: []string{"nps"}},
		"ours comes first": {file: "feedback_id,customer_id,given_at,score,nps\nf1,k1,2026-01-01,2,1\n", score: 2, unread: []string{"nps"}},
		"JSON":             {file: `{"feedback_id":1,"kunde":"k1","datum":"2026-01-01","bewertung":3}`, score: 3},
		"two guesses":      {file: "feedback_id,customer_id,given_at,nps,rating\nf1,k1,2026-01-01,1,2\n", fails: `columns 4 and 5 ("rating") are both score`},
		"a choice": {
			file:    "feedback_id,customer_id,given_at,nps,rating\nf1,k1,2026-01-01,1,2\n",
			renamed: map[string]string{"rating": "score"}, score: 2, unread: []string{"nps"},
		},
		"an alias renamed": {
			file:    "feedback_id,customer_id,given_at,score,rating\nf1,k1,2026-01-01,1,fine\n",
			renamed: map[string]string{"rating": "comment"}, score: 1,
		},
	} {
		o := berlin(t)
		o.Map = tt.renamed
		got := readAll(t, o, tt.file, feedback())
		if tt.fails != "" {
			if got.err == nil || !strings.Contains(got.err.Error(), tt.fails) {
				t.Errorf("%s: error %v, want one with %q", name, got.err, tt.fails)
			}
			continue
		}
		if got.err != nil || len(got.records) != 1 || got.records[0].Score != tt.score || got.records[0].CustomerExternalID != "k1" {
			t.Errorf("%s: %+v, rejects %+v, error %v", name, got.records, got.rejects, got.err)
		}
		if !slices.Equal(got.summary.UnreadColumns, tt.unread) {
			t.Errorf("%s: unread %q, want %q", name, got.summary.UnreadColumns, tt.unread)
		}
	}
}
