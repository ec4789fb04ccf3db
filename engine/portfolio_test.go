package engine

import (
	"math"
	"strings"
	"testing"
	"time"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine/store"
)

// reportWith is a report at its planned read whose arms bought by so many, each for 20.
func reportWith(key string, kind campaigns.Kind, customers, controlBuyers, treatedBuyers int64) Report {
	arm := func(name string, buyers int64) store.ArmOutcome {
		var j lift.Joint
		for i := range customers {
			y := 0.0
			if i < buyers {
				y = 20
			}
			j.Add(y)
		}
		return store.ArmOutcome{
			Arm: name, Assigned: customers, Matured: customers, Buyers: buyers, Sums: j.Linear(1), Strata: []store.Stratum{{Version: 1, Joint: j}},
		}
	}
	r := Report{
		Campaign: &campaigns.Campaign{Definition: campaigns.Definition{Key: key, Name: key, Kind: kind}, Zone: time.UTC}, Split: 1, Arm: "treated", Basis: marginBasis,
		Arms: []store.ArmOutcome{arm("control", controlBuyers), arm("treated", treatedBuyers)},
	}
	r.judge(time.Time{}, drawn{ratio: 1, ratioOK: true, reconciled: true})
	return r
}

func TestReview(t *testing.T) {
	t.Parallel()
	distrusted := reportWith("broken", campaigns.Winback, 2000, 0, 2000)
	distrusted.judge(time.Time{}, drawn{ratioOK: false, reconciled: true})
	reports := []Report{
		reportWith("a", campaigns.Winback, 150, 20, 40), reportWith("b", campaigns.Winback, 150, 22, 44), reportWith("idle", campaigns.Loyalty, 2000, 200, 200),
		distrusted, reportWith("elsewhere", campaigns.External, 2000, 100, 1000),
	}
	p, err := Review(reports)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "lines", len(p.Lines), 3)
	same(t, "kinds", []campaigns.Kind{p.Kinds[0].Kind, p.Kinds[1].Kind}, []campaigns.Kind{campaigns.Winback, campaigns.Loyalty})
	same(t, "alone too few, together enough", []lift.Code{reports[0].Verdict.Code, reports[1].Verdict.Code, p.Kinds[0].Code}, []lift.Code{lift.TooFew, lift.TooFew, lift.Works})
	same(t, "read", p.Kinds[0].Read, []int{0, 1})
	if want := (20.0*20 + 20*22); math.Abs(p.Raw.Effect-want) > 1e-9 {
		t.Errorf("total %v, want %v", p.Raw.Effect, want)
	}
	if !(p.Shrunken.Effect > 0 && p.Shrunken.Effect < p.Raw.Effect+1e-9) || p.Shrunken.SE <= 0 {
		t.Errorf("shrunken %+v of %+v", p.Shrunken, p.Raw)
	}
	same(t, "selected", []bool{p.Lines[0].Selected, p.Lines[1].Selected, p.Lines[2].Selected}, []bool{true, true, false})
	same(t, "pool", p.Pool(&reports[0], "en"), "It can be read together with b: with 300 comparison customers and 63 expected comparison buyers in all that is enough for a verdict.")
	shown := reports[0] // a page shows copies of what was read together
	same(t, "pool of a copy", p.Pool(&shown, "en"), p.Pool(&reports[0], "en"))
	same(t, "no need for a pool", p.Pool(&reports[2], "en"), "")
	same(t, "basis", []any{p.Basis, len(p.LeftOut), p.Kinds[0].Basis}, []any{marginBasis, 0, marginBasis})
	none, err := Review(nil)
	if err != nil || len(none.Kinds) != 0 || len(none.Lines) != 0 {
		t.Errorf("%+v, %v", none, err)
	}
}

// TestReviewKeepsMoneyApart: revenue and margin never meet in one sum, and who is left out is named.
func TestReviewKeepsMoneyApart(t *testing.T) {
	t.Parallel()
	reports := []Report{
		reportWith("margin", campaigns.Winback, 2000, 200, 400), reportWith("sales", campaigns.Winback, 2500, 100, 2400),
		reportWith("more", campaigns.Winback, 2000, 200, 400), reportWith("small", campaigns.Winback, 150, 22, 44), reportWith("twin", campaigns.Winback, 150, 20, 40),
	}
	reports[0].Basis, reports[3].Basis = revenueBasis, revenueBasis
	p, err := Review(reports)
	if err != nil {
		t.Fatal(err)
	}
	keys := func(all []*Report) (keys []string) {
		for _, r := range all {
			keys = append(keys, r.Campaign.Key)
		}
		return keys
	}
	same(t, "basis", p.Basis, marginBasis) // of 9,300 customers against 4,300
	same(t, "read", keys(p.Reports), []string{"sales", "more", "twin"})
	same(t, "left out", keys(p.LeftOut), []string{"margin", "small"})
	if want := 20.0*2300 + 20*200 + 20*20; math.Abs(p.Raw.Effect-want) > 1e-9 {
		t.Errorf("total %v, want %v", p.Raw.Effect, want)
	}
	same(t, "kind", []any{p.Kinds[0].Basis, keys(p.Kinds[0].Reports), keys(p.Kinds[0].OtherBasis)}, []any{marginBasis, keys(p.Reports), keys(p.LeftOut)})
	if pool := p.Pool(&reports[3], "en"); !strings.Contains(pool, "margin") || strings.Contains(pool, "twin") {
		t.Errorf("a report in revenue is to be pooled with others: %q", pool)
	}
}
