package web

import (
	"fmt"
	"strings"

	"treue/rules/worth"
)

// curveView is the drawing of a concentration curve: what the best share of the customers carries together.
type curveView struct {
	Path, Area string // of the curve, and of what lies below it
	Alt        string
	Marks      []curveMark
}

// curveMark is a labelled point of the curve.
type curveMark struct {
	X, Y, TextX, TextY string
	Label              string
}

// The drawing's plane: 100 % on both axes.
const curveWide, curveHigh = 400.0, 220.0

// newCurve draws the curve through its points from nothing to all.
func newCurve(l locale, c worth.Concentration) curveView {
	at := func(p worth.CurvePoint) (x, y float64) { return curveWide * p.Share, curveHigh * (1 - p.Carries) }
	path := &strings.Builder{}
	fmt.Fprintf(path, "M0 %.0f", curveHigh)
	v := curveView{Alt: l.say("value.curve.alt", l.percent(c.TopTenth), l.percent(c.TopFifth))}
	for _, p := range c.Curve {
		x, y := at(p)
		fmt.Fprintf(path, "L%.1f %.1f", x, y)
		if p.Share == 0.1 || p.Share == 0.2 || p.Share == 0.5 {
			v.Marks = append(v.Marks, curveMark{
				X: fmt.Sprintf("%.1f", x), Y: fmt.Sprintf("%.1f", y), TextX: fmt.Sprintf("%.1f", x+10), TextY: fmt.Sprintf("%.1f", y+16),
				Label: l.say("value.curve.mark", l.percent(p.Share), l.percent(p.Carries)),
			})
		}
	}
	v.Path = path.String()
	v.Area = fmt.Sprintf("%sL%.0f %.0fZ", v.Path, curveWide, curveHigh)
	return v
}
