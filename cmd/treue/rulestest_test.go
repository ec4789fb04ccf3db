package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const someTests = `today: 2026-03-31
segments: {buyers: orders >= 2}
tests:
- name: quiet
  campaign: back.yaml
  cases:
  - given: {orders: 3, days_since_last_order: 120}
    expect: true
  - name: of yesterday
    given: {orders: 3, days_since_last_order: 1}
    expect: EXPECTED
- rule: in_segment("buyers")
  cases: [{history: {orders: [{days_ago: 1, total: 5}, {days_ago: 9, total: 5}]}, expect: true}]
`

// offline runs a command of a user who has no database.
func offline(t *testing.T) *shop {
	t.Helper()
	dir := t.TempDir()
	return &shop{t: t, dir: dir, args: []string{"--data-dir", dir, "--database", "postgres://nobody@127.0.0.1:1/none"}}
}

// TestRuleTests runs tests without a database, with failures and as JUnit.
func TestRuleTests(t *testing.T) {
	t.Parallel()
	s := offline(t)
	s.write("back.yaml", someCampaign)
	good, bad := s.write("good.yaml", strings.Replace(someTests, "EXPECTED", "false", 1)), s.write("bad.yaml", strings.Replace(someTests, "EXPECTED", "true", 1))
	same(t, "good", pick(s.document(0, "rules", "test", good), "passed", "failed"), []any{3.0, 0.0})
	if out := s.must("rules", "test", good); out != "3 passed, 0 failed\n" {
		t.Errorf("good: %s", out)
	}
	junit := filepath.Join(s.dir, "junit.xml")
	doc := s.document(1, "rules", "test", good, bad, "--junit", junit)
	same(t, "both", pick(doc, "passed", "failed"), []any{5.0, 1.0})
	failed := doc["cases"].([]any)[4].(map[string]any)
	same(t, "the failure", pick(failed, "file", "line", "test", "case", "passed", "expected", "got"), []any{bad, 9.0, "quiet", "of yesterday", false, true, false})
	if m := failed["message"].(string); !strings.Contains(m, "days_since_last_order > 90: no (days_since_last_order = 1)") {
		t.Errorf("message: %s", m)
	}
	xml, err := os.ReadFile(junit)
	if err != nil || !strings.Contains(string(xml), `<testsuites tests="6" failures="1">`) || !strings.Contains(string(xml), "&gt; 90: no") {
		t.Errorf("JUnit: %v\n%s", err, xml)
	}
	code, out, _ := s.run("rules", "test", bad)
	if code != 1 || !strings.Contains(out, "FAIL "+bad+":9: quiet, case of yesterday") || !strings.Contains(out, "2 passed, 1 failed") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// TestWrongTestFiles ends with exit code 2, the file and the line.
func TestWrongTestFiles(t *testing.T) {
	t.Parallel()
	s := offline(t)
	s.write("two.yaml", someCampaign+"---\n"+strings.Replace(someCampaign, "key: back", "key: other", 1))
	campaign := func(name string) string {
		return s.write(strings.ReplaceAll(name, "#", "-")+"-test.yaml", "- rule: orders > 1\n  cases: [{expect: false}]\n- campaign: "+name+"\n  cases: [{given: {orders: 3}, expect: false}]")
	}
	for _, c := range []struct {
		file string
		want []string
	}{
		{"absent.yaml", []string{"absent.yaml"}},
		{s.write("field.yaml", "- rule: orders > 1\n  cases:\n  - {given: {ordres: 3}, expect: true}"), []string{"field.yaml:3:14", `"line": 3`, "orders"}},
		{s.write("rule.yaml", "- name: x\n  rule: ordrs > 1\n  cases: [{expect: true}]"), []string{"rule.yaml:2:9", "orders"}},
		{campaign("none.yaml"), []string{`"line": 3`, "none.yaml"}},
		{campaign("two.yaml"), []string{"two.yaml#KEY, one of back, other"}},
		{campaign("two.yaml#third"), []string{`no campaign \"third\"`}},
	} {
		code, out, _ := s.run("rules", "test", c.file, "--json")
		for _, want := range c.want {
			if code != 2 || !strings.Contains(out, want) {
				t.Errorf("%s: exit %d, want 2 and %q\n%s", c.file, code, want, out)
			}
		}
	}
	same(t, "one of two", s.document(0, "rules", "test", campaign("two.yaml#other"))["passed"], any(2.0))
	if code, _, _ := s.run("rules", "test", campaign("two.yaml#other"), "--junit", filepath.Join(s.dir, "no", "folder.xml")); code != 2 {
		t.Errorf("a JUnit file that cannot be: exit %d", code)
	}
}
