package ruletest

import (
	"encoding/xml"
	"errors"
	"strings"
	"testing"
)

func TestJUnit(t *testing.T) {
	t.Parallel()
	r, err := parsed(t, "- name: <odd> & \"new\"\n  rule: orders >= 2 && country != \"<b>\"\n  cases: [{given: {orders: 1, country: \"]]>\"}, expect: true}, {given: {orders: 2, country: DE}, expect: true}]").Run(Options{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := parsed(t, shopFile).Run(Options{Segments: map[string]string{"stammkunden": "orders >= 5"}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range other.Cases {
		other.Cases[i].File = "other.yaml"
	}
	r.Add(other)
	var text strings.Builder
	if err := r.WriteJUnit(&text); err != nil {
		t.Fatal(err)
	}
	var back junitSuites
	if err := xml.Unmarshal([]byte(text.String()), &back); err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	if back.Tests != 9 || back.Failures != 2 || len(back.Suites) != 2 || back.Suites[0].Tests != 2 || back.Suites[1].Failures != 1 {
		t.Errorf("counts: %+v", back)
	}
	c := back.Suites[0].Cases[0]
	if c.Class != `<odd> & "new"` || c.Line != 3 || c.Failure == nil || !strings.Contains(c.Failure.Text, `country != "<b>": yes (country = "]]>")`) {
		t.Errorf("the failing case: %+v", c)
	}
	if c := back.Suites[0].Cases[1]; c.Failure != nil {
		t.Errorf("a passed case fails: %+v", c)
	}
	if err := r.WriteJUnit(brokenPipe{}); err == nil {
		t.Error("a broken pipe is no error")
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }
