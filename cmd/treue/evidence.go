package main

import (
	"treue/campaigns/assign"
	"treue/engine"
	"treue/engine/store"
)

// evidenceDoc is what stands beside a report's figures.
type evidenceDoc struct {
	AnyDay       *anyDayDoc       `json:"any_day"`      // valid however often one looks; null before its burn-in
	Attributable *float64         `json:"attributable"` // share of the treated's outcome that the campaign caused
	Funnel       *funnelDoc       `json:"funnel"`
	Curve        []weekDoc        `json:"curve"`
	Conduct      []conductDoc     `json:"conduct"`
	Guardrails   []guardrailDoc   `json:"guardrails"`
	Segments     []effectDoc      `json:"segments"` // exploratory
	Overlaps     []interactionDoc `json:"overlaps"`
	Audit        auditDoc         `json:"audit"`
}

type anyDayDoc struct {
	PerCustomer float64 `json:"per_customer"`
	Low         float64 `json:"low"`
	High        float64 `json:"high"`
	Level       float64 `json:"level"`
	PValue      float64 `json:"p_value"`
}

type funnelDoc struct {
	Matched int64            `json:"matched"`
	Stopped map[string]int64 `json:"stopped"`
	Others  int64            `json:"other_draws"`
}

type weekDoc struct {
	Arm      string  `json:"arm"`
	Week     int     `json:"week"`
	Observed int64   `json:"observed"`
	Value    float64 `json:"value"` // of the week, of all observed
}

type conductDoc struct {
	Arm          string  `json:"arm"`
	Customers    int64   `json:"customers"`
	Mails        int64   `json:"mails"`
	Ghosts       int64   `json:"ghosts"`
	OtherMails   int64   `json:"other_mails"`
	ForeignMails int64   `json:"foreign_mails"`
	Reached      int64   `json:"reached"`
	Orders       int64   `json:"orders"`
	Revenue      float64 `json:"revenue"`
	Refunded     float64 `json:"refunded"`
	Discount     float64 `json:"discount"`
	Discounted   int64   `json:"discounted_orders"`
	Redeemed     int64   `json:"codes_redeemed"`
	Vouchers     float64 `json:"codes_discount"`
	Attributed   float64 `json:"attributed_5d"` // the usual count, which proves nothing
}

// guardrailDoc compares a share of customers between the arms.
type guardrailDoc struct {
	Name    string   `json:"name"`
	Control int64    `json:"control"`
	Treated int64    `json:"treated"`
	Diff    *float64 `json:"difference"`
	Low     *float64 `json:"low"`
	High    *float64 `json:"high"`
}

type effectDoc struct {
	Segment string     `json:"segment"`
	Treated int64      `json:"treated"`
	Control int64      `json:"control"`
	Banked  *bankedDoc `json:"banked"`
	Holm    float64    `json:"p_holm"`
}

type interactionDoc struct {
	lineKey

	Customers  int64    `json:"customers"`
	Difference *float64 `json:"difference"`
	Low        *float64 `json:"low"`
	High       *float64 `json:"high"`
	QValue     *float64 `json:"q_value"`
}

type auditDoc struct {
	Salt       string `json:"salt,omitempty"` // of the draw; none for campaigns that ran elsewhere
	Rule       string `json:"rule,omitempty"`
	Reconciled bool   `json:"reconciled"`
	Revision   *int   `json:"revision"`
	AsOf       string `json:"as_of,omitempty"`
	InputHash  string `json:"input_hash,omitempty"`
}

func newEvidenceDoc(r *engine.Report) evidenceDoc {
	d := evidenceDoc{Audit: newAuditDoc(r), Guardrails: newGuardrails(r), Segments: []effectDoc{}, Overlaps: []interactionDoc{}, Curve: []weekDoc{}, Conduct: []conductDoc{}}
	if s, ok := r.AnyDay(); ok {
		d.AnyDay = &anyDayDoc{s.Diff, s.Low, s.High, s.Level, s.P}
	}
	if share := r.Attributable(); share > 0 {
		d.Attributable = &share
	}
	if f := r.Evidence.Funnel; f.Matched > 0 {
		d.Funnel = &funnelDoc{f.Matched, f.Stopped, f.Others}
	}
	for _, w := range r.Evidence.Curve {
		if w.Arm == r.Arm || w.Arm == string(assign.Control) {
			d.Curve = append(d.Curve, weekDoc{w.Arm, w.Week, w.Observed, w.Value})
		}
	}
	for _, c := range r.Evidence.Conduct {
		if c.Arm == r.Arm || c.Arm == string(assign.Control) {
			d.Conduct = append(d.Conduct, newConductDoc(c))
		}
	}
	for _, s := range r.Segments() {
		d.Segments = append(d.Segments, effectDoc{s.Segment, s.Treated, s.Control, newBankedDoc(s.Estimate), s.Holm})
	}
	for _, o := range r.Interactions() {
		line := interactionDoc{lineKey: lineKey{o.Campaign, o.Split}, Customers: o.Customers}
		if o.Effect != nil {
			low, high := o.Effect.Limits(1 - r.Level)
			line.Difference, line.Low, line.High, line.QValue = &o.Effect.Difference, &low, &high, &o.Q
		}
		d.Overlaps = append(d.Overlaps, line)
	}
	return d
}

func newConductDoc(c store.Conduct) conductDoc {
	major := func(minor int64) float64 { return float64(minor) / 100 }
	return conductDoc{
		c.Arm, c.Customers, c.Mails, c.Ghosts, c.OtherMails, c.ForeignMails, c.Reached, c.Orders, major(c.Revenue), major(c.Refunded), major(c.Discount),
		c.Discounted, c.Redeemed, major(c.Vouchers), major(c.Attributed),
	}
}

func newGuardrails(r *engine.Report) []guardrailDoc {
	docs := []guardrailDoc{}
	for _, g := range engine.Guardrails() {
		d := guardrailDoc{Name: g.Name, Control: g.Of(r.Conduct(r.Arms[0].Arm)), Treated: g.Of(r.Conduct(r.Arm))}
		if e := r.Difference(g); e.Defined() {
			d.Diff, d.Low, d.High = &e.Diff, &e.PrintLow, &e.PrintHigh
		}
		docs = append(docs, d)
	}
	return docs
}

func newAuditDoc(r *engine.Report) auditDoc {
	d := auditDoc{Reconciled: r.Reconciled, Rule: r.Campaign.Audience}
	if !r.External() {
		d.Salt = assign.CampaignSalt(r.Campaign.Key, r.Split)
	}
	if k := r.Kept; k != nil {
		d.Revision, d.AsOf, d.InputHash = &k.Number, k.AsOf.In(r.Campaign.Zone).Format("2006-01-02T15:04:05Z07:00"), k.Hash
	}
	return d
}
