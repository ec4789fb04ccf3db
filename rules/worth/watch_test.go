package worth_test

import (
	"testing"

	"treue/rules/features"
	"treue/rules/worth"
)

// steady is a shop of 10,000 buyers that stays as it is, month by month, and the day after the last month.
func steady(months int) (past []worth.State, now worth.State) {
	state := func(i int) worth.State {
		s := worth.State{On: features.Day(20_000 + 30*i), Buyers: 10_000, Due: 400, Reordered: 200, Groups: map[worth.Key]worth.Sum{}}
		for _, segment := range features.Segments() {
			s.Groups[worth.Key{Kind: "segment", Name: segment}] = worth.Sum{Customers: 1000, Predicted: 20_000, Predicted2: 1000 * 600}
		}
		for _, tier := range []string{"a", "b", "c", "d"} {
			s.Groups[worth.Key{Kind: "tier", Name: tier}] = worth.Sum{Customers: 2500}
		}
		return s
	}
	for i := range months {
		past = append(past, state(i))
	}
	now = state(months)
	now.Due = -1
	return past, now
}

func TestNothingWorries(t *testing.T) {
	t.Parallel()
	past, now := steady(8)
	w := worth.Watch(now, past)
	if len(w.Alerts) != 0 || w.Signals != 15 || w.Months != 8 {
		t.Errorf("%+v", w)
	}
	for months := range worth.BandMonths {
		past, now := steady(months)
		set(&now, "segment", "champions", worth.Sum{})
		if w := worth.Watch(now, past); len(w.Alerts) != 0 || w.Signals != 0 {
			t.Errorf("%d months: %+v", months, w)
		}
	}
}

// TestOldMonthsTellNothing looks at a shop whose last month lies long back, and at one with two of twelve that are old.
func TestOldMonthsTellNothing(t *testing.T) {
	t.Parallel()
	past, now := steady(12)
	set(&now, "segment", "champions", worth.Sum{})
	if w := worth.Watch(now, past); len(w.Alerts) != 1 || w.Months != 12 {
		t.Errorf("a year without a gap: %+v", w)
	}
	now.On += 15 * 365
	if w := worth.Watch(now, past); len(w.Alerts) != 0 || w.Signals != 0 || w.Months != 0 {
		t.Errorf("fifteen years later: %+v", w)
	}
	past, now = steady(12)
	for i := range 7 {
		past[i].On -= 2000
	}
	set(&now, "segment", "champions", worth.Sum{})
	if w := worth.Watch(now, past); len(w.Alerts) != 0 || w.Months != 5 {
		t.Errorf("with five months that are not old: %+v", w)
	}
}

// TestBandsStayWithinWhatThereCanBe lets a share and a value fall so fast that their line goes on below nothing.
func TestBandsStayWithinWhatThereCanBe(t *testing.T) {
	t.Parallel()
	past, now := steady(8)
	for i := range past {
		set(&past[i], "tier", "a", worth.Sum{Customers: int64(8000 - 1100*i)})
		set(&past[i], "segment", "loyal", worth.Sum{Customers: 1000, Predicted: float64(16_000 - 2200*i), Predicted2: 1000 * 600})
	}
	set(&now, "tier", "a", worth.Sum{Customers: 4000})
	w := worth.Watch(now, past)
	if len(w.Alerts) == 0 {
		t.Fatal("no alert")
	}
	for _, a := range w.Alerts {
		if a.Low < 0 || a.Expected < 0 || a.High < 0 || a.Signal != worth.SegmentCLV && a.High > 1 {
			t.Errorf("%s %s: %+v", a.Signal, a.Name, a.Band)
		}
	}
}

func set(s *worth.State, kind, name string, sum worth.Sum) {
	s.Groups[worth.Key{Kind: kind, Name: name}] = sum
}

// TestAlerts lets one quantity change at a time; the rules must compile, and bad news must be told from good.
func TestAlerts(t *testing.T) {
	t.Parallel()
	less, more := worth.Sum{Customers: 700, Predicted: 14_000, Predicted2: 700 * 600}, worth.Sum{Customers: 1400, Predicted: 28_000, Predicted2: 1400 * 600}
	few, many := worth.Sum{Customers: 2000}, worth.Sum{Customers: 3000}
	for _, c := range []struct {
		kind, name string
		sum        worth.Sum
		up, worry  bool
		rule       string
	}{
		{"segment", "champions", less, false, true, `(segment == "champions" || was_in_segment("champions", 31)) && clv_change_90d < 0`},
		{"segment", "champions", more, true, false, `segment == "champions" && days_in_segment <= 31`},
		{"segment", "at_risk", more, true, true, `segment == "at_risk" && days_in_segment <= 31`},
		{"segment", "at_risk", less, false, false, `was_in_segment("at_risk", 31) && segment != "at_risk"`},
		{"tier", "a", few, false, true, `tier == "b" && clv_change_90d < 0`},
		{"tier", "b", few, false, true, `tier == "c" && clv_change_90d < 0`},
		{"tier", "a", many, true, false, `tier == "a" && clv_change_90d > 0`},
		{"tier", "d", many, true, true, `tier == "d" && clv_change_90d < 0`},
		{"tier", "c", few, false, false, `tier == "b" && clv_change_90d > 0`},
		{"tier", "d", few, false, false, `tier == "c" && clv_change_90d > 0`},
	} {
		past, now := steady(8)
		set(&now, c.kind, c.name, c.sum)
		w := worth.Watch(now, past)
		if len(w.Alerts) != 1 {
			t.Errorf("%s %s: %d alerts", c.kind, c.name, len(w.Alerts))
			continue
		}
		a := w.Alerts[0]
		compiled(t, a.Rule)
		if a.Name != c.name || a.Up != c.up || a.Worry != c.worry || a.Rule != c.rule || a.Since != now.On || a.Months != 8 {
			t.Errorf("%s %s: %+v", c.kind, c.name, a)
		}
	}
}

// TestReorderRate is that of the last month that is over, and says nothing of months in which hardly anybody was due.
func TestReorderRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		due, reordered int64
		alerts         int
		up             bool
	}{{400, 140, 1, false}, {400, 190, 0, false}, {400, 260, 1, true}, {19, 0, 0, false}, {0, 0, 0, false}} {
		past, now := steady(9)
		past[8].Due, past[8].Reordered = c.due, c.reordered
		w := worth.Watch(now, past)
		if len(w.Alerts) != c.alerts {
			t.Errorf("%+v: %+v", c, w.Alerts)
			continue
		}
		if c.alerts == 1 {
			a := w.Alerts[0]
			compiled(t, a.Rule)
			if a.Signal != worth.ReorderRate || a.Up != c.up || a.Worry == c.up || a.Since != past[8].On {
				t.Errorf("%+v: %+v", c, a)
			}
		}
	}
}

// TestSince goes back to the first month outside, and widens the rule's look accordingly.
func TestSince(t *testing.T) {
	t.Parallel()
	less := worth.Sum{Customers: 700, Predicted: 14_000, Predicted2: 700 * 600}
	past, now := steady(12)
	for i := 10; i < 12; i++ {
		set(&past[i], "segment", "loyal", less)
	}
	set(&now, "segment", "loyal", less)
	w := worth.Watch(now, past)
	if len(w.Alerts) != 1 || w.Alerts[0].Since != past[10].On {
		t.Fatalf("%+v, want one alert since day %v", w.Alerts, past[10].On)
	}
	if want := `(segment == "loyal" || was_in_segment("loyal", 91)) && clv_change_90d < 0`; w.Alerts[0].Rule != want {
		t.Errorf("rule %s, want %s", w.Alerts[0].Rule, want)
	}
	// A state of the last days is no history.
	past[11].On = now.On - 5
	if w := worth.Watch(now, past); w.Months != 11 {
		t.Errorf("%d months of history, want 11", w.Months)
	}
}

// TestSmallShopIsCalm: with thirty customers a segment loses half its value by chance, and a worry comes first.
func TestSmallShopIsCalm(t *testing.T) {
	t.Parallel()
	past, now := steady(8)
	for i := range past {
		set(&past[i], "segment", "champions", worth.Sum{Customers: 10, Predicted: 1000, Predicted2: 300_000})
	}
	set(&now, "segment", "champions", worth.Sum{Customers: 6, Predicted: 500, Predicted2: 120_000})
	if w := worth.Watch(now, past); len(w.Alerts) != 0 {
		t.Errorf("%+v", w.Alerts)
	}
	set(&now, "segment", "new", worth.Sum{Customers: 3000, Predicted: 60_000, Predicted2: 3000 * 600})
	set(&now, "segment", "loyal", worth.Sum{Customers: 700, Predicted: 14_000, Predicted2: 700 * 600})
	if w := worth.Watch(now, past); len(w.Alerts) != 2 || w.Alerts[0].Name != "loyal" || w.Alerts[1].Worry {
		t.Errorf("%+v", w.Alerts)
	}
}
