package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"treue/engine/enginetest"
)

// shop is a command line over a database of its own.
type shop struct {
	t    *testing.T
	args []string // before every command
	dir  string
}

func newShop(t *testing.T) *shop {
	t.Helper()
	dir := t.TempDir()
	s := &shop{t: t, dir: dir, args: []string{"--data-dir", dir, "--database", enginetest.Database(t)}}
	s.must("migrate")
	return s
}

// run executes one command line and returns its exit code and what it printed.
func (s *shop) run(args ...string) (code int, out, errOut string) {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	code = Execute(context.Background(), append(append([]string{}, s.args...), args...), strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// must fails the test unless the command succeeds, and returns what it printed.
func (s *shop) must(args ...string) string {
	s.t.Helper()
	code, out, errOut := s.run(args...)
	if code != 0 {
		s.t.Fatalf("treue %s: exit %d\n%s%s", strings.Join(args, " "), code, out, errOut)
	}
	return out
}

// document runs a command with --json and decodes what it printed.
func (s *shop) document(wantCode int, args ...string) map[string]any {
	s.t.Helper()
	code, out, errOut := s.run(append(args, "--json")...)
	if code != wantCode {
		s.t.Fatalf("treue %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, wantCode, out, errOut)
	}
	var doc map[string]any
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		s.t.Fatalf("treue %s printed no JSON document: %v\n%s", strings.Join(args, " "), err, out)
	}
	return doc
}

func (s *shop) write(name, content string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

const someCustomers = `customer_id;email;first_name;language;consent;consent_at;consent_source
k1;k1@shop.example;Käthe;de;yes;2025-01-01;checkout
k2;k2@shop.example;Ben;en;yes;2025-01-01;checkout
k3;k3@shop.example;Cleo;de;no;;
k4;k4@shop.example;Dora;de;yes;;
k5;not an address;Eva;de;yes;2025-01-01;checkout
`

const someOrders = `order_id,customer_id,ordered_at,total,tax
a1,k1,2025-03-01,20.00,3.19
a2,k1,2025-05-01T10:00:00Z,30.00,4.79
b1,k2,2025-03-02,20.00,3.19
b2,k2,2025-04-02,25.00,3.99
c1,k3,2025-03-02,20.00,3.19
c2,k3,2025-04-02,20.00,3.19
d1,k4,2025-03-02,20.00,3.19
d2,k4,2025-04-02,20.00,3.19
x1,k9,2025-04-02,20.00,3.19
x2,k9,2025-04-03,12.50,
`

const someCampaign = `key: back
kind: winback
name: Come back
audience: orders >= 2 && days_since_last_order > 90
holdout: 0%
cooldown: 180d
steps:
  - template: winback-reminder
  - {template: winback-offer, wait: 7d, offer: {percent: 10, coupon: unique, valid: 14d}}
`

const day = "2025-12-01"

// TestTheWholeLoop goes from files to a report, as a shop would.
func TestTheWholeLoop(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	doc := s.document(0, "import", "customers", s.write("customers.csv", someCustomers))
	same(t, "customers", pick(doc, "rows", "inserted", "rejected"), []any{5.0, 4.0, 1.0})
	rejects, err := os.ReadFile(doc["rejects_file"].(string))
	if err != nil || !strings.Contains(string(rejects), "6,") || !strings.Contains(string(rejects), "Eva") {
		t.Errorf("rejects: %v\n%s", err, rejects)
	}
	orders := s.write("orders.csv", someOrders)
	same(t, "orders", pick(s.document(0, "import", "orders", orders), "rows", "inserted", "rejected", "rejects_file"), []any{10.0, 10.0, 0.0, nil})
	same(t, "again", pick(s.document(0, "import", "orders", orders), "inserted", "updated", "unchanged"), []any{0.0, 0.0, 10.0})

	doc = s.document(0, "refresh", "--as-of", day)
	same(t, "refresh", pick(doc, "customers", "buyers"), []any{5.0, 5.0})
	doc = s.document(0, "rules", "count", "orders >= 2 && revenue > 40", "--as-of", day)
	same(t, "count", pick(doc, "total", "matched"), []any{5.0, 2.0})
	same(t, "ids", s.document(0, "rules", "ids", "orders >= 2 && revenue > 40", "--as-of", day)["ids"], []any{"k1", "k2"})
	doc = s.document(0, "customers", "show", "k1", "--as-of", day)
	same(t, "customer", pick(doc, "orders", "revenue", "days_since_last_order", "consent", "country"), []any{2.0, 50.0, 214.0, true, nil})

	s.must("campaigns", "apply", s.write("back.yaml", someCampaign))
	same(t, "draft", s.document(1, "run", "back", "--as-of", day)["error"].(map[string]any)["message"], any("campaign back is draft: `treue campaigns activate back` starts it"))
	s.must("campaigns", "activate", "back")
	plan := first(s.document(0, "plan", "back", "--as-of", day), "plans")
	same(t, "plan", pick(plan, "matched", "to_send", "control", "decisions", "due"),
		[]any{5.0, 2.0, 0.0, map[string]any{"consent": 3.0}, map[string]any{"treated": 2.0, "ghost": 0.0}})
	ran := s.document(0, "run", "back", "--as-of", day)
	same(t, "run", pick(first(ran, "plans"), "matched", "to_send", "control", "decisions"), pick(plan, "matched", "to_send", "control", "decisions"))
	same(t, "sends", ran["sends"], any(map[string]any{"accepted": 2.0}))
	again := s.document(0, "run", "back", "--as-of", day)
	same(t, "second run", pick(first(again, "plans"), "to_send", "control"), []any{0.0, 0.0})
	same(t, "shown", first(s.document(0, "campaigns", "show", "back"), "campaigns")["sends"], any(map[string]any{"accepted": 2.0, "planned": 2.0}))

	why := s.document(0, "explain", "back", "k3", "--as-of", day)
	same(t, "explain", pick(why, "matched", "outcome", "arm"), []any{true, "consent", nil})
	why = s.document(0, "explain", "back", "k1", "--as-of", day)
	same(t, "explain", pick(why, "outcome", "arm"), []any{"reentry", "treated"})
	report := first(s.document(0, "report", "back", "--as-of", day), "reports")
	same(t, "report", pick(report, "verdict", "basis", "window_days", "banked"), []any{"too_early", "revenue", 91.0, nil})
	s.must("report", "--as-of", day)
	s.must("plan", "--as-of", day)
	s.must("campaigns", "list")
	s.must("campaigns", "history", "back")
	s.must("templates", "preview", "winback-offer", "--customer", "k1")
}

// TestWrongInput names the place and the nearest right word, with exit code 2 and a document.
func TestWrongInput(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.must("campaigns", "apply", s.write("back.yaml", someCampaign))
	broken := strings.Replace(someCampaign, "days_since_last_order > 90", "days_since_last_ordr > 90", 1)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"plan", "bakc"}, `did you mean \"back\"`}, //nolint:misspell // the slip is the test
		{[]string{"rules", "count", "orders = 2"}, "orders == 2"},
		{[]string{"rules", "count", "orders >= 2", "--as-of", "yesterday"}, "--as-of"},
		{[]string{"import", "order", "x.csv"}, "did you mean orders"},
		{[]string{"import", "orders", filepath.Join(s.dir, "absent.csv")}, "absent.csv"},
		{[]string{"import", "orders", s.write("empty.csv", "")}, "empty"},
		{[]string{"import", "orders", s.write("columns.csv", "order_id,customer_id\n1,2\n")}, "ordered_at"},
		{[]string{"campaigns", "apply", s.write("broken.yaml", broken)}, "days_since_last_order"},
		{[]string{"campaigns", "apply", s.write("template.yaml", strings.Replace(someCampaign, "winback-reminder", "winback-remainder", 1))}, "winback-reminder"},
		{[]string{"campaigns", "apply", s.write("values.yaml", strings.Replace(someCampaign, "winback-reminder", "tier-reached", 1))}, "values: {tier: …}"},
		{[]string{"campaigns", "apply", s.write("offer.yaml", strings.Replace(someCampaign, "offer: {percent: 10, coupon: unique, valid: 14d}", "values: {a: b}", 1))}, "`offer:`"},
		{[]string{"explain", "back", "nobody"}, "nobody"},
		{[]string{"customers", "show", "nobody"}, "nobody"},
		{[]string{"config", "--set", "mail.ulr=x"}, "mail.url"},
		{[]string{"refresh", "--set", "margin_share=2"}, "margin_share"},
		{[]string{"frobnicate"}, "unknown command"},
		{[]string{"plan", "--frob"}, "unknown flag"},
		{[]string{"suppress", "no address"}, "no address"},
		{[]string{"rules", "ids", "orders > 1", "--evaluator", "abacus"}, "abacus"},
	} {
		code, out, _ := s.run(append(c.args, "--json")...)
		if code != 2 || !strings.Contains(out, c.want) || !json.Valid([]byte(out)) {
			t.Errorf("treue %s: exit %d, want 2 and a document with %q\n%s", strings.Join(c.args, " "), code, c.want, out)
		}
	}
}

// TestOwnTemplates copies a starter, changes it and lets a campaign send it; one without imprint is refused everywhere.
func TestOwnTemplates(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	shown := s.must("templates", "show", "birthday", "--language", "en")
	if err := os.Mkdir(filepath.Join(s.dir, "own"), 0o750); err != nil {
		t.Fatal(err)
	}
	own := s.write(filepath.Join("own", "birthday.en.html"), strings.Replace(shown, "Happy birthday to you", "Many happy returns", 1))
	s.document(0, "templates", "check", own)
	s.args = append(s.args, "--set", "mail.templates="+filepath.Dir(own))
	if shown := s.must("templates", "show", "birthday", "--language", "en"); !strings.Contains(shown, "Many happy returns") {
		t.Error("ours is shown in place of the shop's own")
	}
	if list, _ := s.document(0, "templates", "list")["templates"].([]any); len(list) != 20 {
		t.Errorf("%d mails, want 20", len(list))
	}
	bare := s.write(filepath.Join("own", "bare.de.html"), "subject: Hallo\n---\n<p>{{ customer.frist_name }}</p>")
	checked := first(s.document(2, "templates", "check", own, bare), "templates")
	same(t, "the good one stays valid", checked["valid"], true)
	if code, out, _ := s.run("templates", "check", bare); code != 2 || !strings.Contains(out, "did you mean customer.first_name") || !strings.Contains(out, "html 1:7") {
		t.Errorf("exit %d, %s", code, out)
	}
	for _, args := range [][]string{{"templates", "list"}, {"campaigns", "apply", s.write("c.yaml", someCampaign)}} {
		if code, _, errOut := s.run(args...); code != 2 || !strings.Contains(errOut, "bare.de.html") {
			t.Errorf("%v: exit %d, %s", args, code, errOut)
		}
	}
	s.write(filepath.Join("own", "bare.de.html"), "subject: Hallo\n---\n<p>Hallo <a href=\"{{ links.unsubscribe }}\">x</a></p>")
	if code, _, errOut := s.run("templates", "list"); code != 2 || !strings.Contains(errOut, "imprint") {
		t.Errorf("exit %d, %s", code, errOut)
	}
}

// TestImportOfNothing is no error for a header alone, and exit 2 when every row was refused.
func TestImportOfNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	same(t, "header alone", s.document(0, "import", "orders", s.write("h.csv", "order_id,customer_id,ordered_at,total\n"))["rows"], any(0.0))
	doc := s.document(2, "import", "orders", s.write("bad.csv", "order_id,customer_id,ordered_at,total\n1,2,31.12.2025,5\n"))
	same(t, "all refused", pick(doc, "rows", "rejected"), []any{1.0, 1.0})
	lines := s.write("lines.csv", "order_id,customer_id,product_id,quantity,unit_price\nnone,k1,p,1,2.00\n")
	doc = s.document(2, "import", "lines", lines)
	rejects, err := os.ReadFile(doc["rejects_file"].(string))
	if err != nil || !strings.Contains(string(rejects), "import its order first") {
		t.Errorf("rejects of the database: %v\n%s", err, rejects)
	}
}

// TestContactsOfOtherTools holds that the old tool's unsubscribes stop mail, that its mails count in the caps and that
// complaints are kept; each twice without a change.
func TestContactsOfOtherTools(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.must("import", "customers", s.write("customers.csv", someCustomers))
	s.must("import", "orders", s.write("orders.csv", someOrders))
	s.must("campaigns", "apply", s.write("back.yaml", someCampaign))
	files := map[string]string{
		"suppressions": "email,reason,since\nK1@shop.example,unsubscribed,2025-06-01\nnobody@shop.example,bounce,\n",
		"mails":        "customer_id,sent_at,kind\nk2,2025-11-28,newsletter\nk2,2025-11-30,newsletter\nghost,2025-11-30,newsletter\n",
		"cases":        "case_id,customer_id,opened_at,closed_at,reason\nq1,k2,2025-11-01,,late parcel\n",
	}
	for _, want := range []struct {
		kind string
		once []any
	}{{"suppressions", []any{2.0, 2.0, 0.0}}, {"mails", []any{3.0, 2.0, 1.0}}, {"cases", []any{1.0, 1.0, 0.0}}} {
		file := s.write(want.kind+".csv", files[want.kind])
		same(t, want.kind, pick(s.document(0, "import", want.kind, file), "rows", "inserted", "rejected"), want.once)
		same(t, want.kind+" again", pick(s.document(0, "import", want.kind, file), "inserted", "updated"), []any{0.0, 0.0})
	}
	plan := first(s.document(0, "plan", "back", "--as-of", day), "plans")
	same(t, "plan", pick(plan, "to_send", "decisions"), []any{0.0, map[string]any{"consent": 3.0, "suppressed": 1.0, "frequency_cap": 1.0}})
}

// pick returns some values of a document in order.
func pick(doc map[string]any, keys ...string) []any {
	var out []any
	for _, k := range keys {
		out = append(out, doc[k])
	}
	return out
}

func first(doc map[string]any, key string) map[string]any {
	return doc[key].([]any)[0].(map[string]any)
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	g, _ := json.Marshal(got)
	w, _ := json.Marshal(want)
	if !bytes.Equal(g, w) {
		t.Errorf("%s: got %s, want %s", what, g, w)
	}
}
