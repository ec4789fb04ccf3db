package engine

import (
	"math"
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
		Campaign: &campaigns.Campaign{Definition: campaigns.Definition{Key: key, Name: key, Kind: kind}, Zone: time.UTC}, Split: 1, Arm: "treated",
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
	same(t, "no need for a pool", p.Pool(&reports[2], "en"), "")
	none, err := Review(nil)
	if err != nil || len(none.Kinds) != 0 || len(none.Lines) != 0 {
		t.Errorf("%+v, %v", none, err)
	}
}
