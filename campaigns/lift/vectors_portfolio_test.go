package lift

import (
	"encoding/json"
	"strconv"
	"testing"

	"treue/rules/clv"
)

// list holds figures of a vector that come as a list.
func (v vector) list(t *testing.T, key string, got []float64) {
	t.Helper()
	want := into[[]float64](t, v.Expected, key)
	delete(v.Expected, key)
	if len(got) != len(want) {
		t.Fatalf("%s: %d of %s, want %d", v.ID, len(got), key, len(want))
	}
	for i, x := range want {
		if !near(got[i], x, 1e-6) {
			t.Errorf("%s: %s %d = %.12g, want %.12g", v.ID, key, i, got[i], x)
		}
	}
}

func compareSelection(t *testing.T, v vector) {
	rate := FalseDiscoveryRate
	if v.Inputs["fdr"] != nil {
		rate = v.number(t, "fdr")
	}
	s, err := Select(into[[]float64](t, v.Inputs, "p"), rate)
	if err != nil {
		t.Fatal(err)
	}
	v.list(t, "q", s.Q)
	v.want(t, map[string]float64{"n_selected": float64(s.Count), "fcr_ci_level": s.Level})
}

func compareHolm(t *testing.T, v vector) {
	adjusted, err := Holm(into[[]float64](t, v.Inputs, "p"))
	if err != nil {
		t.Fatal(err)
	}
	v.list(t, "p_adj", adjusted)
}

func compareShrinkage(t *testing.T, v vector) {
	var effects []Measured
	errors := into[[]float64](t, v.Inputs, "ses")
	for i, e := range into[[]float64](t, v.Inputs, "effects") {
		effects = append(effects, Measured{e, errors[i]})
	}
	s, err := Shrink(effects)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{"fixed_mean": s.FixedMean, "Q": s.Q, "tau2": s.Tau2, "random_mean": s.RandomMean}
	var shrunk []float64
	ones := make([]int64, len(effects))
	for i, e := range effects {
		shrunk = append(shrunk, s.Shrunken[i].Effect)
		got["sum_raw"] += e.Effect
		ones[i] = 1
		if e.Effect/e.SE > 1.959963984540054 {
			got["sum_of_raw_winners"] += e.Effect
			got["sum_of_shrunk_winners"] += s.Shrunken[i].Effect
		}
	}
	got["sum_shrunk"] = s.Total(ones).Effect
	v.list(t, "shrunk", shrunk)
	v.want(t, got)
}

func compareCap(t *testing.T, v vector) {
	values := into[[]float64](t, v.Inputs, "values")
	limit, err := FrozenCap(values, v.number(t, "percentile"), !into[bool](t, v.Inputs, "ignore_zeros"))
	if err != nil {
		t.Fatal(err)
	}
	cut, customers := Capped(values, limit)
	if customers != 1 {
		t.Errorf("%d cut, want the one above the cap", customers)
	}
	if v.Expected["values"] != nil {
		v.list(t, "values", cut)
	}
	v.want(t, map[string]float64{"cap": limit, "mean_before": SumsOf(values).Mean(), "mean_after": SumsOf(cut).Mean()})
}

func compareCurve(t *testing.T, v vector) {
	type customer struct {
		Observed int                `json:"days_observed"`
		Margins  map[string]float64 `json:"margin_by_day"`
	}
	days := make([]DayMargin, int(v.number(t, "window")))
	var naive, complete, all, done float64
	for _, c := range into[[]customer](t, v.Inputs, "customers") {
		all++
		if c.Observed == len(days) {
			done++
		}
		for d := range days {
			if c.Observed <= d {
				break
			}
			margin := c.Margins[strconv.Itoa(d+1)]
			days[d].Observed++
			days[d].Margin += margin
			naive += margin
			if c.Observed == len(days) {
				complete += margin
			}
		}
	}
	v.list(t, "mcf", Curve(days))
	v.want(t, map[string]float64{"naive_mean": naive / all, "complete_only_mean": complete / done})
}

func compareDelivered(t *testing.T, v vector) {
	itt := Measured{v.number(t, "mean_treated") - v.number(t, "mean_control"), v.number(t, "se_itt")}
	d, err := OnDelivered(itt, v.number(t, "delivered_share"), int64(v.number(t, "n_treated")))
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{
		"itt": itt.Effect, "cace": d.Effect, "se_cace_fixed_share": d.FixedSE, "se_cace_delta": d.SE,
	})
}

// compareCLV sums banked margin (amount 0) and change of residual value (amount 1) and reads both and their sum.
func compareCLV(t *testing.T, v vector) {
	var treated, control Joint
	for _, row := range into[[][]json.RawMessage](t, v.Inputs, "rows") {
		var arm string
		var x [5]float64
		if err := json.Unmarshal(row[0], &arm); err != nil {
			t.Fatal(err)
		}
		for i := range x {
			if err := json.Unmarshal(row[i+1], &x[i]); err != nil {
				t.Fatal(err)
			}
		}
		sums := &control
		if arm == "T" {
			sums = &treated
		}
		sums.Add(x[0]-x[1]-x[2], x[3]-x[4])
	}
	for key, weights := range map[string][]float64{"net": {1}, "dv": {0, 1}, "clv": {1, 1}} {
		w, err := Welch(treated.Linear(weights...), control.Linear(weights...), v.number(t, "alpha"))
		if err != nil {
			t.Fatal(err)
		}
		one := vector{ID: v.ID + " " + key, Expected: into[map[string]json.RawMessage](t, v.Expected, key)}
		one.want(t, map[string]float64{"diff": w.Diff, "se": w.SE, "ci_low": w.Low, "ci_high": w.High})
	}
}

// compareRecencyReset shows what a projection is worth: one order of a lapsed customer multiplies it, bought or not.
func compareRecencyReset(t *testing.T, v vector) {
	p := into[map[string]float64](t, v.Inputs, "params")
	model := clv.BGNBD{R: p["r"], Alpha: p["alpha"], A: p["a"], B: p["b"]}
	history := func(key string) clv.History {
		h := into[map[string]float64](t, v.Inputs, key)
		return clv.History{X: int(h["x"]), Tx: clv.Weeks(h["t_x"]), T: clv.Weeks(h["T"])}
	}
	before, after := history("before"), history("after_one_purchase")
	horizon := clv.Weeks(v.number(t, "horizon"))
	v.want(t, map[string]float64{
		"p_alive_before": model.PAlive(before), "p_alive_after": model.PAlive(after),
		"expected_orders_before": model.Expected(horizon, before), "expected_orders_after": model.Expected(horizon, after),
	})
}

func compareInteraction(t *testing.T, v vector) {
	cells := into[map[string]map[string]float64](t, v.Inputs, "cells")
	cell := func(key string) Measured { return Measured{cells[key]["mean"], cells[key]["se"]} }
	o, err := Interaction(cell("cc"), cell("ct"), cell("tc"), cell("tt"))
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{
		"effect_A_when_B_control": o.WithoutB.Effect, "effect_A_when_B_treated": o.WithB.Effect,
		"interaction": o.Difference, "z": o.Z, "p": o.P,
	})
}

func comparePerEntry(t *testing.T, v vector) {
	var s Joint
	for _, c := range into[[]map[string]float64](t, v.Inputs, "customers") {
		s.Add(c["total"], c["entries"])
	}
	r, err := Ratio(s, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{"mean_per_entry": r.Value, "se": r.SE})
}
