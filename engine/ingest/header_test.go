package ingest

import (
	"slices"
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
		neededNames() []string
	}{new(customers()), new(orders(false)), new(lines()), new(products()), new(exposures()), new(suppressions()), new(mails()), new(cases())} {
		seen := map[string]bool{}
		for _, name := range kind.names() {
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
	name := rapid.SampledFrom([]string{"order_id", "Order ID", "customer_id", "TOTAL", "Summe", "x", "y", "", " "})
	rapid.Check(t, func(t *rapid.T) {
		header := rapid.SliceOfN(name, 0, 8).Draw(t, "header")
		renamed := map[string]string{}
		if rapid.Bool().Draw(t, "renamed") {
			renamed["Summe"] = "total"
		}
		whole, err := bind(ours, renamed)
		if err != nil {
			t.Fatal(err)
		}
		fails := whole.extend(header)
		piecemeal, _ := bind(ours, renamed)
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
			if theirs := header[at]; canonical(theirs) != canonical(ours[i]) && renamed[theirs] != ours[i] {
				t.Fatalf("%q is bound to %s", theirs, ours[i])
			}
		}
		if bound+len(whole.unread) != len(header) {
			t.Fatalf("%d bound, %d unread of %d", bound, len(whole.unread), len(header))
		}
	})
}
