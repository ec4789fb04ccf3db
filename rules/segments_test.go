package rules_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"treue/rules"
)

// own are segments as a shop keeps them.
func own() map[string]string {
	return map[string]string{
		"german":        `country == "DE"`,
		"vip":           `clv_percentile >= 0.9 && in_segment("german")`,
		"vip_at_risk":   `in_segment("vip") && (in_segment("at_risk") || overdue_factor > 2)`,
		"champions":     `clv > 1000`, // hides the built-in one
		"Großkunden":    `revenue > 300`,
		"broken":        `orders >> 2`,
		"misspelt":      `orders >= 2 && ordrs > 1`,
		"uses_misspelt": `consent || in_segment("misspelt")`,
		"empty":         ``,
		"a":             `orders > 1 && in_segment("b")`,
		"b":             `!in_segment("c")`,
		"c":             `in_segment("a") || consent`,
		"self":          `in_segment("self")`,
		"into_circle":   `in_segment("a")`,
	}
}

func compileOwn(source string) (*rules.Rule, error) {
	return rules.CompileWith(source, rules.Options{Segments: own()})
}

func TestSegmentsStandForTheirRules(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rule              string
		regular, stranger bool
	}{
		{`in_segment("german")`, true, false},
		{`!in_segment("german")`, false, true},
		{`in_segment("vip")`, true, false},
		{`in_segment("vip_at_risk")`, true, false},
		{`in_segment("vip_at_risk") && orders > 4`, false, false},
		{`in_segment("Großkunden") ? consent : orders == 0`, true, true},
		{`in_segment("champions")`, false, false},
		{`in_segment("champions") == (clv > 1000)`, true, true},
		{`in_segment("at_risk")`, true, false}, // built in
		{`in_segment("german") && in_segment("german")`, true, false},
	} {
		rule, err := compileOwn(test.rule)
		if err != nil {
			t.Errorf("%s: %v", test.rule, err)
			continue
		}
		if got := rule.Match(regular(), evaluated()); got != test.regular {
			t.Errorf("%s of the regular customer: got %v", test.rule, got)
		}
		if got := rule.Match(stranger(), evaluated()); got != test.stranger {
			t.Errorf("%s of a stranger: got %v", test.rule, got)
		}
	}
}

// TestSegmentsNamedBeforeCompiling: whatever compiles with the shop's segments only is seen to name one.
func TestSegmentsNamedBeforeCompiling(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		source string
		want   []string
	}{
		{`in_segment("vip") && !in_segment('german') || in_segment("vip")`, []string{"vip", "german"}},
		{"in_segment(`vip`)", []string{"vip"}},
		{"in_segment /* of ours */ ( // here\n\t\"vip\" )", []string{"vip"}},
		{`in_segment(("vip"))`, []string{"vip"}},
		{`in_segment("\u0076ip") || in_segment("Gro\u00dfkunden")`, []string{"vip", "Großkunden"}},
		{`in_segment("at_risk") && was_in_segment("vip", 9)`, nil},
		{`country != "in_segment('vip')" // in_segment("german")`, nil},
		{`in_segment(country) || in_segment() || in_segment`, nil},
		{`in_segment(„vip“) && ordrs >> 1 && in_segment("german`, []string{"vip", "german"}},
		{"in_segment(\"vip\")\x00", nil},
		{`in_segment("vip")` + strings.Repeat(" ", rules.MaxSource), nil},
	} {
		if got := rules.SegmentsNamed(test.source); !slices.Equal(got, test.want) {
			t.Errorf("%.80s: got %q, want %q", test.source, got, test.want)
		}
	}
}

func TestSegmentsNeedWhatTheirRulesNeed(t *testing.T) {
	t.Parallel()
	rule, err := compileOwn(`in_segment("vip_at_risk")`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"clv_percentile", "country", "segment", "last_order_on", "rhythm"}
	if got := rule.Needs().Columns; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	term := rule.Explain(regular(), evaluated())[0]
	if term.String() != `in_segment("vip_at_risk"): yes (in_segment("vip_at_risk") = true)` {
		t.Errorf("got %s", term)
	}
}

func TestFaultsInSegments(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rule, message, hint string
		column              int
	}{
		{`orders > 1 && in_segment("germn")`, `there is no segment "germn"`, `did you mean "german"?`, 26},
		{`in_segment("champion")`, `there is no segment "champion"`, `did you mean "champions"?`, 12},
		{`in_segment("zzzzzzzzz")`, `there is no segment "zzzzzzzzz"`, "it is one of ", 12},
		{`in_segment("German")`, `there is no segment "German"`, `did you mean "german"?`, 12},
		{`in_segment(german)`, "", `quotes`, 12},
		{`in_segment(country)`, "in_segment needs a text in quotes", `write in_segment(name)`, 12},
		{`in_segment("")`, "in_segment needs a text that is not empty", `write in_segment(name)`, 12},
		{`in_segment()`, "in_segment needs exactly one value", `write in_segment(name)`, 1},
		{`consent && in_segment("broken")`, `segment "broken" has a fault: `, "mend the segment", 23},
		{`in_segment("empty")`, `segment "empty" has a fault: the rule is empty`, "mend the segment", 12},
		{`consent && in_segment("misspelt")`, `segment "misspelt" has a fault: unknown field "ordrs"`, "mend the segment: did you mean `orders`?", 23},
		{`in_segment("uses_misspelt")`, `segment "misspelt" has a fault: unknown field "ordrs"`, "mend the segment", 12},
		{`in_segment("self")`, "segments use each other in a circle: self → self", "take in_segment out of one of them", 12},
		{`in_segment("b")`, "segments use each other in a circle: b → c → a → b", "take in_segment out of one of them", 12},
		{`consent && in_segment("into_circle")`, "segments use each other in a circle: a → b → c → a", "take in_segment out of one of them", 23},
	} {
		rule, err := compileOwn(test.rule)
		var fault *rules.Error
		if rule != nil || !errors.As(err, &fault) {
			t.Errorf("%s: got %v, want a fault", test.rule, err)
			continue
		}
		if !strings.Contains(fault.Message, test.message) || !strings.Contains(fault.Hint, test.hint) || fault.Column != test.column || fault.Line != 1 {
			t.Errorf("%s: got %d:%d %s (%s)", test.rule, fault.Line, fault.Column, fault.Message, fault.Hint)
		}
	}
}

// TestNamesOfSegmentsAreMended: the repaired rule compiles, and a fault within a segment is never mended in the rule.
func TestNamesOfSegmentsAreMended(t *testing.T) {
	t.Parallel()
	_, err := compileOwn(`orders > 1 && in_segment("germn")`)
	var fault *rules.Error
	if !errors.As(err, &fault) {
		t.Fatal(err)
	}
	_, repaired, found := strings.Cut(fault.Hint, "; the whole rule: ")
	if rule, err := compileOwn(repaired); !found || rule == nil {
		t.Errorf("repaired rule %q: %v", repaired, err)
	}
	_, err = compileOwn(`in_segment("misspelt")`)
	if !errors.As(err, &fault) || strings.Contains(fault.Hint, "the whole rule") {
		t.Errorf("got %v", err)
	}
}

// bombs are segments that would grow without end, or very far.
func bombs() map[string]map[string]string {
	doubling, wide, chain, lame, circles := map[string]string{"s0": "consent"}, map[string]string{"s0": "consent"}, map[string]string{"s0": "consent"}, map[string]string{"s0": "nothing > 1"}, map[string]string{}
	name := func(i int) string { return fmt.Sprintf(`in_segment("s%d")`, i) }
	for i := range 60 {
		doubling[fmt.Sprintf("s%d", i+1)] = name(i) + " || " + name(i)
		lame[fmt.Sprintf("s%d", i+1)] = name(i) + " || " + name(i)
		circles[fmt.Sprintf("s%d", i)] = name((i+1)%60) + " || " + name((i+7)%60) + " || " + name((i+13)%60)
	}
	for i := range 4 {
		wide[fmt.Sprintf("s%d", i+1)] = name(i) + strings.Repeat(" || "+name(i), 90)
	}
	for i := range 20_000 {
		chain[fmt.Sprintf("s%d", i+1)] = name(i)
	}
	circles["s60"], wide["s60"], chain["s60"] = name(0), name(4), name(20_000)
	long := map[string]string{"s60": strings.Repeat("!", 1_000_000)}
	return map[string]map[string]string{"doubling": doubling, "wide": wide, "a chain": chain, "doubling with a fault": lame, "circles": circles, "a megabyte": long}
}

func TestSegmentBombsAreRefused(t *testing.T) {
	for name, segments := range bombs() {
		var err error
		used := allocated(func() { _, err = rules.CompileWith(`in_segment("s60")`, rules.Options{Segments: segments}) })
		var faults rules.Errors
		if !errors.As(err, &faults) || faults[0].Line != 1 || faults[0].Column != 12 {
			t.Errorf("%s: got %.300v", name, err)
		}
		if len(err.Error()) > 10_000 {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
		if used > mostAllocated {
			t.Errorf("%s: %d bytes allocated", name, used)
		}
	}
}

// TestSegmentsHaveABound that is reached by what they write out, not by how they are nested.
func TestSegmentsHaveABound(t *testing.T) {
	segments := map[string]string{"hundred": strings.Repeat("orders > 1 && ", 32) + "orders > 1"} // 99 parts
	sum := func(n int) string {
		return strings.TrimSuffix(strings.Repeat(`in_segment("hundred") && `, n), " && ")
	}
	options := rules.Options{Segments: maps.Clone(segments)}
	rule, err := rules.CompileWith(sum(18), options)
	if err != nil || !rule.Match(regular(), evaluated()) {
		t.Fatalf("18 segments of 99 parts: %v", err)
	}
	if used := allocated(func() { _, err = rules.CompileWith(sum(25), options) }); err == nil || !strings.Contains(err.Error(), "more than 2000 parts with its segments written out") || used > mostAllocated {
		t.Errorf("25 segments of 99 parts: %v, %d bytes", err, used)
	}
}

// TestChosenSegmentsCostLittle chains segments by the conditions of their choices, each of which is read for both outcomes.
func TestChosenSegmentsCostLittle(t *testing.T) {
	segments := map[string]string{"s0": "consent"}
	for i := range 24 {
		segments[fmt.Sprintf("s%d", i+1)] = fmt.Sprintf(`in_segment("s%d") ? orders > 1 : clv > 100`, i)
	}
	var rule *rules.Rule
	var err error
	used := allocated(func() { rule, err = rules.CompileWith(`in_segment("s24")`, rules.Options{Segments: segments}) })
	if err != nil || !rule.Match(regular(), evaluated()) || rule.Match(stranger(), evaluated()) {
		t.Fatalf("24 segments: %v", err)
	}
	if used > mostAllocated {
		t.Errorf("%d kB allocated", used>>10)
	}
}

// FuzzSegments looks for texts of segments that panic or that make a rule differ from what they say.
func FuzzSegments(f *testing.F) {
	f.Add(`in_segment("one") && !in_segment("two")`, `orders > 1 || in_segment("two")`, `country == "DE"`)
	f.Add(`in_segment("two")`, `in_segment("two")`, `in_segment("one")`)
	f.Add(`in_segment("one") ? in_segment("new") : in_segment("on")`, "consent // x", `30 < orders < 60`)
	f.Fuzz(func(t *testing.T, source, one, two string) {
		segments := map[string]string{"one": one, "two": two}
		rule, err := rules.CompileWith(source, rules.Options{Segments: segments})
		if err != nil {
			checkPlaces(t, source, err)
			return
		}
		if seen := rules.SegmentsNamed(source); !slices.Equal(slices.Sorted(slices.Values(rule.Segments())), slices.Sorted(slices.Values(seen))) {
			t.Fatalf("%q names %q, and %q is seen before it is compiled", source, rule.Segments(), seen)
		}
		for name, text := range segments {
			alone, err := rules.CompileWith(text, rules.Options{Segments: segments})
			called, callErr := rules.CompileWith(fmt.Sprintf("in_segment(%q)", name), rules.Options{Segments: segments})
			if (err == nil) != (callErr == nil) {
				t.Fatalf("segment %q: alone %v, called %v", text, err, callErr)
			}
			if err == nil && alone.Match(regular(), evaluated()) != called.Match(regular(), evaluated()) {
				t.Fatalf("segment %q means something else when called", text)
			}
		}
		rule.Match(stranger(), evaluated())
		rule.Explain(regular(), evaluated())
	})
}
