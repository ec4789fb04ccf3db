package chart_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"treue/engine/chart"
)

func euros(x float64) string { return fmt.Sprintf("%g €", x) }

// wellFormed reads a drawing as XML and returns its texts.
func wellFormed(t interface {
	Helper()
	Fatalf(string, ...any)
}, svg string,
) []string {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(svg))
	var texts []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, svg)
		}
		if letters, ok := token.(xml.CharData); ok {
			texts = append(texts, string(letters))
		}
	}
}

// TestForestKeepsOrder: whatever the amounts, a lower end lies left of its point, that left of the upper end, and all
// of it within the drawing.
func TestForestKeepsOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(-1e6, 1e6).Draw(t, "low")
		wide := rapid.Float64Range(1e-3, 1e6).Draw(t, "wide")
		width := rapid.Float64Range(240, 1200).Draw(t, "width")
		f := chart.Forest{Label: euros, Alt: "words", Rows: []chart.Interval{
			{Name: "none"}, {Name: "one", Known: true, Low: low, Value: low + wide/3, High: low + wide},
		}}
		d := f.Draw(width)
		var box, dot *chart.Shape
		for i := range d.Shapes {
			s := &d.Shapes[i]
			for _, p := range s.Points {
				if p.X < -1e-9 || p.X > width+1e-9 || p.Y < -1e-9 || p.Y > d.Height+1e-9 {
					t.Fatalf("a point lies outside %v x %v: %+v", width, d.Height, s)
				}
			}
			if s.Form == chart.Box && s.Soft {
				box = s
			}
			if s.Form == chart.Dot {
				dot = s
			}
		}
		if box == nil || dot == nil || !(box.Points[0].X <= dot.Points[0].X && dot.Points[0].X <= box.Points[1].X) {
			t.Fatalf("the interval is not drawn in order: %+v %+v", box, dot)
		}
		wellFormed(t, d.SVG("wide"))
	})
}

func TestProvenIsAccented(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		low, high float64
		tone      chart.Tone
	}{{1, 2, chart.Accent}, {-2, -1, chart.Accent}, {-1, 1, chart.Quiet}, {0, 1, chart.Quiet}} {
		d := chart.Plot{Row: chart.Interval{Known: true, Low: c.low, Value: (c.low + c.high) / 2, High: c.high}, Label: euros}.Draw(400)
		for _, s := range d.Shapes {
			if s.Form == chart.Dot && s.Tone != c.tone {
				t.Errorf("%v to %v is drawn in %s", c.low, c.high, s.Tone)
			}
		}
	}
}

// TestTruthIsDrawn: a known truth widens the axis and has a mark of its own.
func TestTruthIsDrawn(t *testing.T) {
	t.Parallel()
	truth := 40.0
	d := chart.Plot{Row: chart.Interval{Known: true, Low: 1, Value: 2, High: 3, Truth: &truth}, Label: euros}.Draw(400)
	svg := d.SVG("wide")
	if !strings.Contains(svg, "t-planted") || !strings.Contains(svg, ">40 €<") {
		t.Error(svg)
	}
}

func TestNamesAreEscapedAndCut(t *testing.T) {
	t.Parallel()
	f := chart.Forest{Label: euros, Alt: `<"alt">`, Rows: []chart.Interval{{Name: "<script>" + strings.Repeat("long ", 40)}}}
	svg := f.Draw(700).SVG("wide")
	texts := strings.Join(wellFormed(t, svg), "|")
	if strings.Contains(svg, "<script>") || !strings.Contains(texts, "…") || len(texts) > 120 {
		t.Error(svg)
	}
}

func TestCurvesEndWhereTheyShould(t *testing.T) {
	t.Parallel()
	c := chart.Curves{
		Series: []chart.Series{
			{Name: "control", Tone: chart.Quiet, Points: []chart.CurvePoint{{X: 7, Y: 1, Low: 0.5, High: 1.5}, {X: 14, Y: 2, Low: 1, High: 3}}},
			{Name: "treated", Tone: chart.Accent, Points: []chart.CurvePoint{{X: 7, Y: 1, Low: 0.5, High: 1.5}, {X: 14, Y: 2, Low: 1, High: 3}}},
		},
		End: 14, XLabel: euros, YLabel: euros, XTicks: []float64{0, 7, 14}, XTitle: "days",
	}
	for _, width := range []float64{340, 760} {
		d := c.Draw(width)
		var names []chart.Point
		for _, s := range d.Shapes {
			if s.Form == chart.Label && (s.Text == "control" || s.Text == "treated") {
				names = append(names, s.Points[0])
			}
		}
		if len(names) != 2 || math.Abs(names[0].Y-names[1].Y) < 14 {
			t.Errorf("at %v the names of equal curves lie on each other: %v", width, names)
		}
	}
}

// TestFunnelIsProportional: a step of half the people has half the bar.
func TestFunnelIsProportional(t *testing.T) {
	t.Parallel()
	f := chart.Funnel{Steps: []chart.Step{{Name: "all", Count: "200", N: 200, Tone: chart.Ink}, {Name: "half", Count: "100", N: 100, Tone: chart.Accent, Inset: true}, {Name: "none", Count: "0"}}}
	d := f.Draw(760)
	var wide []float64
	for _, s := range d.Shapes {
		if s.Form == chart.Box {
			wide = append(wide, s.Points[1].X-s.Points[0].X)
		}
	}
	if len(wide) != 3 || math.Abs(wide[1]*2-wide[0]) > 1e-9 || wide[2] > 1.01 {
		t.Errorf("bars of %v", wide)
	}
	for _, width := range []float64{340, 760} {
		wellFormed(t, f.Draw(width).SVG("x"))
	}
}

func TestAxisOfNothing(t *testing.T) {
	t.Parallel()
	for _, amounts := range [][]float64{nil, {0}, {math.NaN(), math.Inf(1)}} {
		a := chart.NewAxis(5, amounts...)
		if a.Share(0) != 0.5 || len(a.Ticks) < 3 {
			t.Errorf("%v: %+v", amounts, a)
		}
	}
}
