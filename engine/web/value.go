package web

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"

	"treue/engine"
	"treue/engine/store"
	"treue/rules/worth"
)

// overviews keeps an overview while what it says holds: adding up a large shop takes seconds.
type overviews struct {
	mu    sync.Mutex
	state engine.ValueState
	kept  *engine.Overview
}

const overviewTook = time.Minute // at most

// overview returns that of the published set; nil before the first refresh. Of several requests at once, one computes.
func (s *site) overview(ctx context.Context) (*engine.Overview, error) {
	state, err := s.Engine.ValueState(ctx)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, nil //nolint:nilnil // nothing is computed yet, which is no fault
	case err != nil:
		return nil, err
	}
	s.overviews.mu.Lock()
	defer s.overviews.mu.Unlock()
	if s.overviews.kept != nil && s.overviews.state == state {
		return s.overviews.kept, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), overviewTook)
	defer cancel()
	o, err := s.Engine.Overview(ctx, state.Set)
	if err != nil {
		return nil, err
	}
	s.overviews.state, s.overviews.kept = state, o
	return o, nil
}

// valuePage says on one page who carries the value and what worries.
type valuePage struct {
	frame

	Known     bool // false: nothing was computed yet
	Basis     string
	Day       string
	Model     string // what its values rest on if not on a model that fits; "": on one
	Predicted string
	Range     string // "": unknown
	Buyers    string
	TopTenth  string
	TopFifth  string
	Gini      string
	Revenue   string // who carries that to date
	Top       string // the segment that carries most
	Curve     curveView
	State     string // of the alerts, in one sentence
	Alerts    []alertView
	More      []alertView // those that are less urgent
	Rest      string      // how many these are
	Since     string      // "": no earlier month
	Tables    []groupTable
	Channels  []channelView
	Priced    bool // at least one acquisition cost is known
	Small     bool // at least one channel has few customers
}

// groupTable is a table of segments, tiers or stages.
type groupTable struct {
	Title, Note string // keys of the catalogue; Note may be ""
	Since       string
	Rows        []groupRow
}

type groupRow struct {
	Name, Rule, Customers, Share, Historic, Predicted, Range, CLVShare string
	Width                                                              string // of the bar, in per cent
	Moved, Gained                                                      string // "": not known
}

type alertView struct {
	Chip                  chip
	Sentence, Rule, Count string
}

type channelView struct {
	Name, Customers, Historic, Predicted, CLV, Cost, Ratio, Payback string
	Small                                                           bool
}

// value shows the overview.
func (s *site) value(w http.ResponseWriter, r *http.Request) error {
	p := valuePage{frame: s.operatorFrame(r, "value.title", "value")}
	o, err := s.overview(r.Context())
	if err != nil {
		return err
	}
	if o != nil {
		p.fill(s.locale(p.Lang), o)
	}
	return s.show(w, http.StatusOK, "value", p.Lang, p)
}

func (p *valuePage) fill(l locale, o *engine.Overview) {
	v := o.Value
	p.Known, p.Basis, p.Day = true, "value.basis."+v.Basis, l.date(v.Set.AsOf)
	p.Model = engine.ModelNote(&v.Model, l.language)
	p.Predicted, p.Buyers = l.amount(v.All.Predicted), l.count(v.All.Buyers)
	if !math.IsNaN(v.All.PredictedLow) {
		p.Range = l.say("range", l.amount(v.All.PredictedLow), l.amount(v.All.PredictedHigh))
	}
	p.TopTenth, p.TopFifth, p.Gini = l.percent(v.CLV.TopTenth), l.percent(v.CLV.TopFifth), l.decimal(v.CLV.Gini, 2)
	p.Revenue = l.say("value.revenue", l.percent(v.Revenue.TopTenth), l.percent(v.Revenue.TopFifth))
	p.Top, p.Curve = topSentence(l, v), newCurve(l, v.CLV)
	if v.Previous != nil {
		p.Since = l.date(v.Previous.Day.Start(l.zone))
	}
	for _, t := range []groupTable{{Title: "value.segments"}, {Title: "value.tiers", Note: "value.tiers.note"}, {Title: "value.stages", Note: "value.stages.note"}} {
		t.Since, t.Rows = p.Since, rowsOf(l, v, strings.TrimSuffix(strings.TrimPrefix(t.Title, "value."), "s"))
		p.Tables = append(p.Tables, t)
	}
	p.alerts(l, o.Alerts)
	for i := range o.Channels.Channels {
		c := newChannelView(l, &o.Channels.Channels[i])
		p.Channels = append(p.Channels, c)
		p.Priced = p.Priced || !math.IsNaN(o.Channels.Channels[i].AcquisitionCost)
		p.Small = p.Small || c.Small
	}
}

// topSentence names the segment that carries most; "" while nothing has a value.
func topSentence(l locale, v *engine.Value) string {
	var top *engine.ValueGroup
	for i := range v.Groups {
		if g := &v.Groups[i]; g.Kind == "segment" && (top == nil || g.CLV() > top.CLV()) {
			top = g
		}
	}
	if top == nil || !(top.CLV() > 0) {
		return ""
	}
	return l.say("value.top", groupName(l, top.Kind, top.Name), l.fine(float64(top.Customers)/float64(v.All.Customers)), l.fine(top.CLV()/v.All.CLV()))
}

func rowsOf(l locale, v *engine.Value, kind string) []groupRow {
	var rows []groupRow
	for i := range v.Groups {
		g := &v.Groups[i]
		if g.Kind != kind || g.Customers == 0 && g.Before.Customers == 0 {
			continue
		}
		share := max(0, g.CLV()/v.All.CLV())
		row := groupRow{
			Name: groupName(l, g.Kind, g.Name), Rule: g.Rule, Customers: l.count(g.Customers), Share: l.fine(float64(g.Customers) / float64(v.All.Customers)),
			Historic: l.amount(g.Historic), Predicted: l.amount(g.Predicted), CLVShare: l.fine(share), Width: fmt.Sprintf("%.2f%%", 100*min(1, orZero(share))),
		}
		if !math.IsNaN(g.PredictedLow) {
			row.Range = l.say("range", l.amount(g.PredictedLow), l.amount(g.PredictedHigh))
		}
		if g.Before.Name != "" {
			row.Moved, row.Gained = l.signed(float64(g.Customers-g.Before.Customers)), l.whole(g.Predicted-g.Before.Predicted)
		}
		rows = append(rows, row)
	}
	return rows
}

func groupName(l locale, kind, name string) string {
	if kind == "tier" {
		return strings.ToUpper(name)
	}
	return engine.GroupName(name, l.language)
}

// shownAlerts are shown at once; the others unfold.
const shownAlerts = 4

func (p *valuePage) alerts(l locale, a *engine.Alerts) {
	worries := 0
	for i, x := range a.Watched.Alerts {
		view := alertView{Chip: chip{"alert.good", "good"}, Sentence: alertSentence(l, x), Rule: x.Rule, Count: l.count(a.Counts[i])}
		if x.Worry {
			view.Chip = chip{"alert.worry", "bad"}
			worries++
		}
		p.Alerts = append(p.Alerts, view)
	}
	if len(p.Alerts) > shownAlerts+1 {
		p.Alerts, p.More = p.Alerts[:shownAlerts], p.Alerts[shownAlerts:]
		p.Rest = l.say("alert.rest", len(p.More))
	}
	switch {
	case a.First.Known():
		p.State = l.say("alert.young", a.Months, worth.BandMonths, l.date(a.First.Start(l.zone)))
	case worries == 0:
		p.State = l.say("alert.calm", a.Signals)
	case worries == 1:
		p.State = l.say("alert.one", a.Signals)
	default:
		p.State = l.say("alert.some", worries, a.Signals)
	}
}

// alertSentence says what happened and by how much.
func alertSentence(l locale, x worth.Alert) string {
	write := l.amount
	what := l.say("alert.segment_clv", engine.GroupName(x.Name, l.language))
	switch x.Signal {
	case worth.TierSize:
		write, what = l.fine, l.say("alert.tier_size", strings.ToUpper(x.Name))
	case worth.ReorderRate:
		write, what = l.fine, l.say("alert.reorder_rate")
	case worth.SegmentCLV:
	}
	return l.say("alert.sentence", what, write(x.Value), write(x.Expected), write(x.Low), write(x.High), l.date(x.Since.Start(l.zone)))
}

func newChannelView(l locale, c *engine.Channel) channelView {
	n := float64(c.Customers)
	v := channelView{
		Name: c.Name, Customers: l.count(c.Customers), Historic: l.money(c.Historic / n), Predicted: l.money(c.Predicted / n), CLV: l.money(c.CLV),
		Cost: "–", Ratio: "–", Payback: "–", Small: c.Small,
	}
	if c.Name == "" {
		v.Name = l.say("value.channel.unknown")
	}
	if math.IsNaN(c.AcquisitionCost) {
		return v
	}
	v.Cost = l.money(c.AcquisitionCost)
	if !math.IsNaN(c.Ratio) {
		v.Ratio = l.decimal(c.Ratio, 1)
	}
	switch {
	case c.Payback == 0:
		v.Payback = l.say("value.payback.first")
	case c.Payback == 1:
		v.Payback = l.say("value.payback.month")
	case c.Payback > 1:
		v.Payback = l.say("value.payback.months", c.Payback)
	default:
		v.Payback = l.say("value.payback.not", max(0, len(c.Curve)-1))
	}
	return v
}

// amount is money without decimals where it has grown beyond them, and without a sign for a gain.
func (l locale) amount(amount float64) string {
	return strings.TrimPrefix(l.whole(math.Round(100*amount)/100), "+")
}

// fine is a share in per cent, with a decimal below 10.
func (l locale) fine(share float64) string {
	switch {
	case math.IsNaN(share):
		return "–"
	case math.Abs(share) < 0.0995:
		return l.decimal(share*100, 1) + " %"
	}
	return l.decimal(share*100, 0) + " %"
}

// signed is a whole number with its sign.
func (l locale) signed(n float64) string {
	if n > 0 {
		return "+" + l.count(n)
	}
	return l.count(n)
}

func orZero(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}
