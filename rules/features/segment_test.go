package features

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestQuintilesShareTies(t *testing.T) {
	t.Parallel()
	inf := math.Inf(1)
	for _, c := range []struct {
		values []float64
		want   [4]float64
	}{
		{[]float64{1, 2, 3, 4, 5}, [4]float64{2, 3, 4, 5}},
		{[]float64{5, 3, 1, 4, 2}, [4]float64{2, 3, 4, 5}},
		{[]float64{1, 1, 1, 2, 9}, [4]float64{2, 2, 2, 9}}, // 3 of 5 lie below 2: it reaches the first three cuts at once
		{[]float64{7, 7, 7}, [4]float64{inf, inf, inf, inf}},
		{nil, [4]float64{inf, inf, inf, inf}},
	} {
		if got := quintiles(c.values); got != c.want {
			t.Errorf("%v: got %v, want %v", c.values, got, c.want)
		}
	}
}

// TestScoreIsTheShareBelow holds the frozen cuts to the definition of the tie-safe score: 1 + floor(5 x share strictly below).
func TestScoreIsTheShareBelow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.SliceOfN(rapid.IntRange(0, 12), 1, 60).Draw(t, "values")
		values := make([]float64, len(whole))
		for i, v := range whole {
			values[i] = float64(v)
		}
		cuts := quintiles(append([]float64(nil), values...))
		for _, v := range values {
			below := 0
			for _, other := range values {
				if other < v {
					below++
				}
			}
			if got, want := score(v, cuts), 1+5*below/len(values); got != want {
				t.Fatalf("%v among %v: score %d, want %d", v, values, got, want)
			}
		}
	})
}

func TestTiers(t *testing.T) {
	t.Parallel()
	// Together 100: 50 is the first half, 30 takes it to 80, 15 to 95, 5 is the rest.
	c := Cuts{Tier: tierCuts([]float64{5, 15, 30, 50})}
	for clv, want := range map[float64]string{50: "a", 30: "b", 15: "c", 5: "d", 60: "a", math.NaN(): ""} {
		if got := c.TierOf(clv); got != want {
			t.Errorf("CLV %v: tier %q, want %q", clv, got, want)
		}
	}
}

func TestCutsSurviveStorage(t *testing.T) {
	t.Parallel()
	c := Cuts{
		Recency: [4]float64{-300, -200, -100, -10}, Frequency: [4]float64{1, 2, math.Inf(1), math.Inf(1)},
		Monetary: [4]float64{20, 50, 100, math.Inf(1)}, Tier: [3]float64{90, 50, 10},
	}
	if diff := cmp.Diff(c, CutsFromMap(c.Map())); diff != "" {
		t.Error(diff)
	}
	// In a shop where everyone spent the same, nobody reaches a cut: that is not the same as having none.
	same := CutsFromMap(NewCuts([]*Snapshot{{Orders: 1, Revenue: 5, LastOrderOn: 1}, {Orders: 1, Revenue: 5, LastOrderOn: 1}}, 9).Map())
	if !same.Complete() || same.Monetary[0] != math.Inf(1) {
		t.Errorf("monetary cuts %v", same.Monetary)
	}
	old := c.Map()
	delete(old, "monetary")
	if restored := CutsFromMap(old); restored.Complete() || len(restored.Map()) != len(old) {
		t.Errorf("cuts of a model without monetary ones: %v", restored.Map())
	}
}

// TestSegmentsOfCDNOW reproduces the tie-safe segment counts of the full CDNOW cohort on 1998-07-01.
func TestSegmentsOfCDNOW(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("TREUE_REFERENCE_DATA")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("TREUE_REFERENCE_DATA is not set")
		}
		t.Skip("TREUE_REFERENCE_DATA names no folder with the CDNOW data")
	}
	f, err := os.Open(filepath.Join(dir, "cdnow", "cdnow_master.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*Snapshot{}
	var buyers []*Snapshot
	for _, row := range rows[1:] {
		s := byID[row[0]]
		if s == nil {
			s = &Snapshot{LastOrderOn: NoDay}
			byID[row[0]] = s
			buyers = append(buyers, s)
		}
		day, err := time.Parse(time.DateOnly, row[1])
		if err != nil {
			t.Fatal(err)
		}
		// The reference counts the orders of one day as one; the file is in order of time within a customer.
		if on := DayOf(day, time.UTC); on != s.LastOrderOn {
			s.Orders++
			s.LastOrderOn = on
		}
	}
	at := DayOf(time.Date(1998, 7, 1, 0, 0, 0, 0, time.UTC), time.UTC)
	cuts := NewCuts(buyers, at)
	got := map[string]int{}
	for _, s := range buyers {
		got[cuts.SegmentOf(s, at)]++
	}
	want := map[string]int{
		"hibernating": 8679, "loyal": 3259, "champions": 4118, "needs_attention": 950, "potential_loyalist": 2421, "about_to_sleep": 3375,
		"at_risk": 762, "cant_lose": 6,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
