package campaigns

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"treue/rules"
)

// shopSegments use one another: fans names buyers.
func shopSegments() Segments {
	return Segments{"buyers": "orders >= 1", "fans": `in_segment("buyers") && orders >= 3`, "alone": `country == "DE"`}
}

func TestSegmentNames(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{
		"fans": true, "coffee_fans": true, "2026-fans": true, strings.Repeat("a", 64): true,
		"": false, "Fans": false, "_fans": false, "coffee fans": false, "käufer": false, strings.Repeat("a", 65): false, "champions": false, "new": false,
	} {
		var wrong *SegmentError
		if err := CheckSegmentName(name); (err == nil) != good || err != nil && !errors.As(err, &wrong) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestCheckOfSegments(t *testing.T) {
	t.Parallel()
	long := make([]string, 70)
	for i := range long {
		long[i] = fmt.Sprintf("orders != %d", i+100)
	}
	wide := strings.Join(long, " && ")
	nested := Segments{"core": "orders >= 1"}
	calls := make([]string, 12)
	for i := range calls {
		calls[i] = `in_segment("core")`
	}
	nested["outer"] = strings.Join(calls, " || ")
	for _, test := range []struct {
		what    string
		before  Segments
		changes Segments
		want    string // part of the error; "": none
	}{
		{"a new one", shopSegments(), Segments{"more": `in_segment("fans")`}, ""},
		{"a change", shopSegments(), Segments{"buyers": "orders >= 2"}, ""},
		{"two that need each other's presence", Segments{}, Segments{"a": `in_segment("b")`, "b": "orders > 1"}, ""},
		{"a name", shopSegments(), Segments{"No": "orders > 1"}, "segment No: this is no name"},
		{"a built-in name", shopSegments(), Segments{"loyal": "orders > 1"}, "built-in"},
		{"a fault", shopSegments(), Segments{"x": "ordrs > 1"}, "orders"},
		{"an unknown segment", shopSegments(), Segments{"x": `in_segment("fnas")`}, "fans"},
		{"itself", shopSegments(), Segments{"x": `in_segment("x")`}, "x → x"},
		{"a circle", shopSegments(), Segments{"buyers": `in_segment("fans")`}, "fans → buyers → fans"},
		{"too large for its user", nested, Segments{"core": wide}, "would break segment outer"},
		{"what was broken before", Segments{"old": "ordrs > 1"}, Segments{"x": "orders > 1"}, ""},
	} {
		err := test.before.Check(test.changes)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", test.what, err, test.want)
		}
	}
	var faults rules.Errors
	if err := shopSegments().Check(Segments{"x": "ordrs > 1"}); !errors.As(err, &faults) || faults[0].Column != 1 {
		t.Errorf("the place of a fault is lost: %v", err)
	}
	same(t, "unchanged", shopSegments(), shopSegments().With(nil))
}

func TestUsersOfSegments(t *testing.T) {
	t.Parallel()
	s := shopSegments().With(Segments{"top": `in_segment("fans") && !in_segment("alone") && in_segment("fans")`})
	uses := func(key, audience, exit string, status Status) *Campaign {
		d := parsedFull(t)
		d.Key, d.Audience, d.ExitWhen = key, audience, exit
		pinned, err := d.WithSegments(s)
		if err != nil {
			t.Fatal(err)
		}
		c, err := New(pinned, 1, 1, status)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	all := []*Campaign{
		uses("winback", `in_segment("fans") && consent`, "", Active), uses("early", "consent", `in_segment("fans")`, Draft),
		uses("gone", `in_segment("fans") && in_segment("top")`, "", Archived),
	}
	same(t, "users of buyers", s.Users("buyers", all), []string{"segment fans"})
	same(t, "users of fans", s.Users("fans", all), []string{"segment top", "campaign winback", "campaign early"})
	same(t, "users of alone", s.Users("alone", all), []string{"segment top"})
	if users := s.Users("top", all); users != nil {
		t.Errorf("users of top: %v", users)
	}
}

// TestVersionsKeepTheirSegments holds that a version carries what its rules use, through one another too, and nothing
// else, and that it means the same when the shop's segments have changed.
func TestVersionsKeepTheirSegments(t *testing.T) {
	t.Parallel()
	d := parsedFull(t)
	d.Audience, d.ExitWhen = `in_segment("fans") && revenue > 10`, ""
	plain := string(d.Canonical())
	pinned, err := d.WithSegments(shopSegments())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "pinned", pinned.Segments, Segments{"buyers": "orders >= 1", "fans": `in_segment("buyers") && orders >= 3`})
	d.ExitWhen = `in_segment("alone")`
	if pinned, err = d.WithSegments(shopSegments()); err != nil {
		t.Fatal(err)
	}
	same(t, "with the exit's", pinned.Segments, shopSegments())
	back, err := DefinitionFromCanonical(pinned.Canonical())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "stored", back, pinned)
	c, err := New(back, 1, 1, Active)
	if err != nil {
		t.Fatal(err)
	}
	for name, uses := range map[string]bool{"fans": true, "alone": true, "buyers": false, "champions": false} {
		if c.UsesSegment(name) != uses {
			t.Errorf("%s: uses = %v", name, !uses)
		}
	}
	if strings.Contains(plain, "Segments") {
		t.Errorf("a definition without segments mentions them: %s", plain)
	}
	if _, err := New(d, 1, 1, Active); err == nil {
		t.Error("a definition compiles without the segments that it uses")
	}
}

func TestWithSegmentsNamesTheRule(t *testing.T) {
	t.Parallel()
	d := parsedFull(t)
	d.Audience, d.ExitWhen = `in_segment("nobody")`, ""
	if _, err := d.WithSegments(nil); err == nil || !strings.Contains(err.Error(), "audience") {
		t.Error(err)
	}
	d.Audience, d.ExitWhen = "orders > 1", `in_segment("nobody")`
	if _, err := d.WithSegments(nil); err == nil || !strings.Contains(err.Error(), "exit_when") {
		t.Error(err)
	}
	d.ExitWhen = `segment == "loyal" || in_segment("champions")`
	if d, err := d.WithSegments(shopSegments()); err != nil || d.Segments != nil {
		t.Errorf("built-in ones alone: %v, %v", d.Segments, err)
	}
}

func TestRepin(t *testing.T) {
	t.Parallel()
	uses, plain := parsedFull(t), parsedFull(t)
	plain.Key, plain.Audience, plain.ExitWhen = "plain", "orders > 1", ""
	uses.Key, uses.Audience, uses.ExitWhen = "uses", `in_segment("fans")`, ""
	uses, err := uses.WithSegments(shopSegments())
	if err != nil {
		t.Fatal(err)
	}
	all := []Definition{uses, plain}
	for what, change := range map[string]Segments{"nothing": nil, "another segment": {"alone": "orders > 7"}, "a new one": {"later": "orders > 7"}} {
		if changed, err := shopSegments().With(change).Repin(all); err != nil || len(changed) != 0 {
			t.Errorf("%s: %v, %v", what, changed, err)
		}
	}
	changed, err := shopSegments().With(Segments{"buyers": "orders >= 2"}).Repin(all)
	if err != nil || len(changed) != 1 || changed[0].Segments["buyers"] != "orders >= 2" || uses.Segments["buyers"] != "orders >= 1" {
		t.Errorf("below one that is used: %v, %v", changed, err)
	}
	var broken *BrokenError
	if _, err := (Segments{"buyers": "orders >= 1"}).Repin(all); !errors.As(err, &broken) || !strings.Contains(err.Error(), "campaign uses") {
		t.Errorf("without one that is used: %v", err)
	}
}
