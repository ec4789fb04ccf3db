package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestProducts asks for suggestions and bundles as a shop would.
func TestProducts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var orders, lines strings.Builder
	orders.WriteString("order_id,customer_id,ordered_at,total\n")
	lines.WriteString("order_id,customer_id,product_id,name,category,quantity,unit_price\n")
	for i := range 80 {
		fmt.Fprintf(&orders, "o%d,k%d,2025-10-01,20.00\n", i, i)
		for _, product := range [][]string{{"machine", "grinder"}, {"pot"}, {"tea"}, {"cup"}}[i%4] {
			fmt.Fprintf(&lines, "o%d,k%d,%s,A %s,%s,1,10.00\n", i, i, product, product, product)
		}
	}
	orders.WriteString("o99,k99,2025-11-20,20.00\n")
	lines.WriteString("o99,k99,machine,A machine,machine,1,10.00\n")
	s.document(0, "import", "orders", s.write("orders.csv", orders.String()))
	s.document(0, "import", "lines", s.write("lines.csv", lines.String()))
	if code, _, errOut := s.run("products", "bundles"); code == 0 || !strings.Contains(errOut, "treue refresh") {
		t.Errorf("before a refresh: %d, %s", code, errOut)
	}
	s.document(0, "refresh", "--as-of", day)
	want := map[string]any{"product_id": "grinder", "name": "A grinder", "reason": "because bought A machine"}
	for _, args := range [][]string{{"products", "next", "k99"}, {"customers", "show", "k99", "--as-of", day}} {
		next := s.document(0, args...)["next_products"].([]any)
		if len(next) == 0 {
			t.Fatalf("%q: nothing", args)
		}
		same(t, strings.Join(args, " "), pick(next[0].(map[string]any), "product_id", "name", "reason"), pick(want, "product_id", "name", "reason"))
	}
	bundles := s.document(0, "products", "bundles")["bundles"].([]any)
	if len(bundles) != 1 {
		t.Fatalf("%v", bundles)
	}
	same(t, "bundle", pick(bundles[0].(map[string]any), "orders"), []any{20.0})
	for _, c := range []struct {
		want string
		args []string
	}{
		{"because bought A machine", []string{"products", "next", "k99"}},
		{"A grinder", []string{"products", "bundles", "--limit", "1"}},
	} {
		if out := s.must(c.args...); !strings.Contains(out, c.want) {
			t.Errorf("%q prints\n%s", c.args, out)
		}
	}
	if code, _, _ := s.run("products", "bundles", "--limit", "0"); code == 0 {
		t.Error("a limit of 0 is accepted")
	}
	if code, _, _ := s.run("products", "next", "nobody"); code == 0 {
		t.Error("a stranger is accepted")
	}
}
