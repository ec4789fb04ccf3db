package main

import (
	"strings"
	"testing"
)

// stocked is a shop with its customers and orders.
func stocked(t *testing.T) *shop {
	t.Helper()
	s := newShop(t)
	s.must("import", "customers", s.write("customers.csv", someCustomers))
	s.must("import", "orders", s.write("orders.csv", someOrders))
	return s
}

// message is what a command says that must fail as wrong input.
func (s *shop) message(args ...string) string {
	s.t.Helper()
	return s.document(2, args...)["error"].(map[string]any)["message"].(string)
}

// TestSegments names rules and uses them wherever a rule can stand.
func TestSegments(t *testing.T) {
	t.Parallel()
	s := stocked(t)
	same(t, "none yet", s.document(0, "segments", "list")["segments"], []any{})
	set := s.document(0, "segments", "set", "buyers", "orders >= 2")
	same(t, "set", pick(first(set, "segments"), "name", "rule", "changed"), []any{"buyers", "orders >= 2", "created"})
	file := s.write("segments.yaml", "# of the shop\nworth: in_segment(\"buyers\") && revenue > 40\nquiet: >-\n  days_since_last_order > 90\n")
	doc := s.document(0, "segments", "apply", file)
	same(t, "apply", pick(first(doc, "segments"), "name", "changed"), []any{"quiet", "created"})
	same(t, "again", pick(first(s.document(0, "segments", "apply", file), "segments"), "changed"), []any{"unchanged"})

	const rule = `in_segment("worth") && in_segment("quiet")`
	same(t, "count", pick(s.document(0, "rules", "count", rule, "--as-of", day), "total", "matched"), []any{5.0, 2.0})
	same(t, "ids", s.document(0, "rules", "ids", rule, "--as-of", day)["ids"], []any{"k1", "k2"})
	same(t, "check", s.document(0, "rules", "check", rule)["valid"], any(true))
	same(t, "explain", pick(s.document(0, "rules", "explain", rule, "--as-of", day), "total", "matched"), []any{5.0, 2.0})
	test := s.write("test.yaml", "- rule: '"+rule+"'\n  cases: [{given: {orders: 2, revenue: 50, days_since_last_order: 91}, expect: true}]")
	same(t, "test", s.document(0, "rules", "test", test)["passed"], any(1.0))

	shown := first(s.document(0, "segments", "show", "buyers"), "segments")
	same(t, "show", pick(shown, "rule", "used_by"), []any{"orders >= 2", []any{"segment worth"}})
	if out := s.must("segments", "list"); !strings.Contains(out, "in_segment(\"buyers\") && revenue > 40") {
		t.Errorf("list:\n%s", out)
	}
	if m := s.message("segments", "remove", "buyers"); !strings.Contains(m, "segment worth") {
		t.Errorf("remove what is used: %s", m)
	}
	same(t, "remove", pick(first(s.document(0, "segments", "remove", "worth"), "segments"), "name", "changed"), []any{"worth", "removed"})
	s.must("segments", "remove", "buyers")
}

// TestCampaignsKeepTheirSegments holds that a change of a segment makes a new version of the campaign that uses it, with
// the arms it had, and that entries of the old version go on with what the segment was.
func TestCampaignsKeepTheirSegments(t *testing.T) {
	t.Parallel()
	s := stocked(t)
	s.must("segments", "set", "worth", "orders >= 2 && revenue > 40")
	s.must("segments", "set", "gone", "orders >= 100")
	file := s.write("back.yaml", strings.Replace(someCampaign, "audience: orders >= 2 && days_since_last_order > 90", "audience: in_segment(\"worth\")\nexit_when: in_segment(\"gone\")", 1))
	s.must("campaigns", "apply", file)
	s.must("campaigns", "activate", "back")
	same(t, "again", pick(first(s.document(0, "campaigns", "apply", file), "campaigns"), "version", "changed"), []any{1.0, "unchanged"})
	same(t, "plan", pick(first(s.document(0, "plan", "back", "--as-of", day), "plans"), "matched", "to_send"), []any{2.0, 2.0})
	s.must("run", "back", "--as-of", day)

	doc := s.document(0, "segments", "set", "gone", "orders >= 2")
	same(t, "set", pick(first(doc, "campaigns"), "key", "version", "split", "status"), []any{"back", 2.0, 1.0, "active"})
	ran := s.document(0, "run", "back", "--as-of", "2025-12-08")
	same(t, "the second mails leave by the old exit rule", ran["sends"], any(map[string]any{"accepted": 2.0}))
	doc = s.document(0, "segments", "set", "worth", "orders >= 2")
	same(t, "set", pick(first(doc, "campaigns"), "version", "split"), []any{3.0, 1.0})
	same(t, "plan", pick(first(s.document(0, "plan", "back", "--as-of", day), "plans"), "version", "matched"), []any{3.0, 5.0})
	why := s.document(0, "explain", "back", "k1", "--as-of", day)
	same(t, "explain", pick(why, "matched", "arm"), []any{true, "treated"})
	same(t, "show", first(s.document(0, "segments", "show", "worth"), "segments")["used_by"], []any{"campaign back"})
	if m := s.message("segments", "remove", "worth"); !strings.Contains(m, "campaign back") {
		t.Errorf("remove what a campaign uses: %s", m)
	}
	if out := s.must("segments", "set", "worth", "orders >= 3"); !strings.Contains(out, "campaign back is now at version 4") {
		t.Errorf("set:\n%s", out)
	}
}

// TestWrongSegments names what is wrong and where, with exit code 2.
func TestWrongSegments(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.must("segments", "set", "a", "orders >= 1")
	s.must("segments", "set", "b", `in_segment("a")`)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"segments", "set", "A", "orders >= 1"}, "lower-case"},
		{[]string{"segments", "set", "champions", "orders >= 1"}, "built-in"},
		{[]string{"segments", "set", "c", "ordrs >= 1"}, "orders"},
		{[]string{"segments", "set", "c", ""}, "leer"},
		{[]string{"segments", "set", "a", `in_segment("b")`}, "b → a → b"},
		{[]string{"segments", "set", "c", `in_segment("d")`}, `\"d\"`},
		{[]string{"segments", "set", "c"}, "arg"},
		{[]string{"segments", "show", "bb"}, `did you mean \"b\"`},
		{[]string{"segments", "remove", "zebra"}, "zebra"},
		{[]string{"segments", "apply", s.write("fault.yaml", "x: orders > 1\ny: orders > 1 && ordrs > 2")}, `"line": 2`},
		{[]string{"segments", "apply", s.write("name.yaml", "x: orders > 1\nY: orders > 1")}, `"line": 2`},
		{[]string{"segments", "apply", s.write("twice.yaml", "x: orders > 1\n---\nx: orders > 1")}, `line 1`},
		{[]string{"segments", "apply", s.write("empty.yaml", "")}, "holds no segment"},
		{[]string{"segments", "apply", s.write("null.yaml", "x:\n")}, "has no rule"},
		{[]string{"segments", "apply", s.write("list.yaml", "- x\n")}, "keys and values"},
		{[]string{"segments", "apply", "absent.yaml"}, "absent.yaml"},
		{[]string{"campaigns", "apply", s.write("c.yaml", strings.Replace(someCampaign, "orders >= 2", `in_segment("zz")`, 1))}, `"line": 4`},
		{[]string{"rules", "count", `in_segment("zz")`}, "zz"},
	} {
		code, out, _ := s.run(append(c.args, "--json")...)
		if code != 2 || !strings.Contains(out, c.want) {
			t.Errorf("treue %s: exit %d, want 2 and a document with %q\n%s", strings.Join(c.args, " "), code, c.want, out)
		}
	}
	same(t, "nothing changed", len(s.document(0, "segments", "list")["segments"].([]any)), 2)
}
