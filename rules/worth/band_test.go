package worth_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"treue/rules/worth"
)

func still(float64) float64 { return 0 }

func line(n int, value func(i int) float64) []worth.Point {
	points := make([]worth.Point, n)
	for i := range points {
		points[i] = worth.Point{At: float64(i), Value: value(i)}
	}
	return points
}

func TestBandFollowsTheTrend(t *testing.T) {
	t.Parallel()
	// A line with one month out of it: neither the centre nor the width cares.
	points := line(9, func(i int) float64 { return 100 + 10*float64(i) })
	points[4].Value = 900
	b := worth.NewBand(points, 9, still)
	if !alike(b.Expected, 190) || !alike(b.Low, 190*0.95) || !alike(b.High, 190*1.05) {
		t.Errorf("%+v, want 190 with the least width of 5 %%", b)
	}
	if b.Side(180) != -1 || b.Side(181) != 0 || b.Side(199) != 0 || b.Side(200) != 1 {
		t.Errorf("the sides of %+v", b)
	}
	if b := worth.NewBand(points, 9, func(v float64) float64 { return v / 10 }); !alike(b.High-b.Expected, 3*19*math.Sqrt(1+1.0/9+25.0/60)) {
		t.Errorf("%+v, want three times the noise at the expected value, and the doubt of the line", b)
	}
}

func TestBandNeedsSixMonths(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		b := worth.NewBand(line(n, func(i int) float64 { return float64(i) }), float64(n), still)
		if bounded := !math.IsInf(b.Low, -1); bounded != (n >= worth.BandMonths) || bounded == math.IsNaN(b.Expected) {
			t.Errorf("%d months: %+v", n, b)
		}
		if n < worth.BandMonths && b.Side(1e300) != 0 {
			t.Errorf("%d months judge", n)
		}
	}
	at := line(9, func(int) float64 { return 5 })
	for i := range at {
		at[i].At = 3
	}
	if b := worth.NewBand(at, 4, still); b.Side(1e9) != 0 {
		t.Errorf("one time says nothing of a trend: %+v", b)
	}
}

// TestFalseAlarms: a quantity that goes on as before must seldom leave its band, whether it varies as mere counting
// does or three times as much, and a real change must be seen.
func TestFalseAlarms(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 5))
	const draws = 20_000
	for _, c := range []struct {
		months          int
		spread, counted float64 // true deviation, and what counting explains; the mean is 1000
		most            float64 // share of false alarms
	}{
		{6, 10, 10, 0.002}, {12, 10, 10, 0.002}, {6, 100, 100, 0.002}, {12, 100, 100, 0.002}, {6, 300, 100, 0.025}, {12, 300, 100, 0.0125},
	} {
		alarms := 0
		for range draws {
			points := line(c.months, func(i int) float64 { return 1000 + 20*float64(i) + c.spread*r.NormFloat64() })
			at := float64(c.months)
			b := worth.NewBand(points, at, func(float64) float64 { return c.counted })
			if b.Side(1000+20*at+c.spread*r.NormFloat64()) != 0 {
				alarms++
			}
		}
		share := float64(alarms) / draws
		t.Logf("%d months, spread %v of 1000, %v by counting: %.2f %% false alarms", c.months, c.spread, c.counted, 100*share)
		if share > c.most {
			t.Errorf("%+v: %.4f false alarms", c, share)
		}
	}
	seen := 0
	for range 1000 {
		points := line(12, func(int) float64 { return 1000 + 20*r.NormFloat64() })
		if worth.NewBand(points, 12, func(float64) float64 { return 20 }).Side(800+20*r.NormFloat64()) < 0 {
			seen++
		}
	}
	if seen < 900 {
		t.Errorf("a loss of a fifth was seen %d times in 1000", seen)
	}
}
