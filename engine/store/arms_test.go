package store_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"treue/campaigns/lift"
	"treue/engine/store"
	"treue/rules/customer"
)

// matured gives an arm customers with these outcomes and amounts of before; nil: nothing was known.
func (b *campaignBench) matured(arm string, outcomes, before []float64) {
	b.Helper()
	for i, y := range outcomes {
		who := fmt.Sprint(arm, i)
		b.exec(`INSERT INTO customers (customer_id, source, external_id, tags, created_at, updated_at) VALUES ($1, 'shop', $2, '{}', $3, $3)`, id(who), who, noon)
		b.assign(who, arm, noon)
		var known, orders any
		if before != nil {
			known, orders = before[i], 0
		}
		b.exec(`INSERT INTO outcomes (customer_id, campaign_key, split, read_days, revision, version, arm, matured_at, orders, revenue, cost, orders_before, revenue_before)
			VALUES ($1, 'winback', 1, 10, 1, 1, $2, $3, 1, $4, 0, $5, $6)`, id(who), arm, noon.AddDate(0, 0, 10), y, orders, known)
	}
}

// both reads control and treated.
func (b *campaignBench) both() (control, treated store.ArmOutcome) {
	b.Helper()
	o, err := b.Arms(b.ctx(), b.window(10, 0), noon.AddDate(0, 0, 10))
	if err != nil || len(o.Arms) != 2 {
		b.Fatalf("%d arms, %v", len(o.Arms), err)
	}
	return o.Arms[0], o.Arms[1]
}

// published are the public test vectors that give the customers themselves.
func published(t *testing.T) map[string]struct{ Inputs, Expected map[string]json.RawMessage } {
	t.Helper()
	text, err := os.ReadFile("../../campaigns/lift/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		ID               string
		Inputs, Expected map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	byID := map[string]struct{ Inputs, Expected map[string]json.RawMessage }{}
	for _, v := range all {
		byID[v.ID] = struct{ Inputs, Expected map[string]json.RawMessage }{v.Inputs, v.Expected}
	}
	return byID
}

func decoded[T any](t *testing.T, raw json.RawMessage) (x T) {
	t.Helper()
	if err := json.Unmarshal(raw, &x); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return x
}

// TestVectorsThroughPostgres recomputes the sums of published vectors in the database.
func TestVectorsThroughPostgres(t *testing.T) {
	t.Parallel()
	vectors := published(t)
	estimators := map[string]func(treated, control lift.Sums) (map[string]float64, error){
		"welch-05-zero-variance": welchFigures, "welch-06-n1": welchFigures,
		"decision-01-array": func(treated, control lift.Sums) (map[string]float64, error) {
			i, err := lift.DecisionInterval(treated, control, 0.05)
			return map[string]float64{"diff": i.Diff, "se_pooled": i.SEPooled, "se_welch": i.SEWelch, "skew_A": i.Skew, "ci_low": i.Low, "ci_high": i.High}, err
		},
		"relative-06-zero-baseline": fiellerFigures, "fieller-02-wide": fiellerFigures, "fieller-03-unbounded": fiellerFigures,
	}
	for name, estimate := range estimators {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, b := vectors[name], newCampaignBench(t)
			b.matured("control", decoded[[]float64](t, v.Inputs["control"]), nil)
			b.matured("treated", decoded[[]float64](t, v.Inputs["treated"]), nil)
			control, treated := b.both()
			got, err := estimate(treated.Sums, control.Sums)
			if defined, has := v.Expected["defined"]; has && string(defined) == "false" || string(v.Expected["bounded"]) == "false" {
				if lift.ReasonOf(err) == "" {
					t.Errorf("defined: %v, %v", got, err)
				}
				return
			}
			compared := 0
			for key, figure := range got {
				if raw, has := v.Expected[key]; has {
					compared++
					if want := decoded[float64](t, raw); math.Abs(figure-want) > 1e-6*math.Abs(want) {
						t.Errorf("%s is %v, want %v", key, figure, want)
					}
				}
			}
			if err != nil || compared < 3 {
				t.Errorf("%d figures compared, %v", compared, err)
			}
		})
	}
}

func welchFigures(treated, control lift.Sums) (map[string]float64, error) {
	w, err := lift.Welch(treated, control, 0.05)
	return map[string]float64{"diff": w.Diff}, err
}

func fiellerFigures(treated, control lift.Sums) (map[string]float64, error) {
	f, err := lift.Relative(treated, control, 0.05)
	return map[string]float64{"g": f.G, "lift": f.Value, "ci_low": f.Low, "ci_high": f.High}, err
}

// TestAdjustmentThroughPostgres does the same with a covariate.
func TestAdjustmentThroughPostgres(t *testing.T) {
	t.Parallel()
	v, b := published(t)["cuped-05-array"], newCampaignBench(t)
	for _, arm := range []string{"control", "treated"} {
		b.matured(arm, decoded[[]float64](t, v.Inputs[arm+"_post"]), decoded[[]float64](t, v.Inputs[arm+"_pre"]))
	}
	control, treated := b.both()
	if len(control.Strata) != 1 || !control.Strata[0].Covariates {
		t.Fatalf("strata %+v", control.Strata)
	}
	a, err := lift.Adjust([]lift.Pair{{Treated: treated.Strata[0].Joint, Control: control.Strata[0].Joint}}, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	for key, got := range map[string]float64{"theta": a.Theta[store.ValueBefore-1], "diff": a.Diff, "se": a.SEWelch} {
		if want := decoded[float64](t, v.Expected[key]); math.Abs(got-want) > 1e-6*math.Abs(want) {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
}

// TestWhatWasKnownBefore: covariates end strictly before the draw, with refunds as known then.
func TestWhatWasKnownBefore(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	refunded := func(o customer.Order, at time.Time) customer.Order {
		o.Refund, o.RefundedAt = 1000, &at
		return o
	}
	bought := []customer.Order{
		order("too old", "c1", noon.In(berlin(t)).AddDate(0, 0, -365).Add(-time.Second), 100_000_000),
		order("a year ago", "c1", noon.In(berlin(t)).AddDate(0, 0, -365), 10_000_000),
		order("before the window", "c1", day(-10).Add(-time.Second), 1_000_000),
		order("in the window", "c1", day(-10), 100_000),
		refunded(order("refunded before", "c1", day(-5), 11_000), day(-1)),
		refunded(order("refunded at the draw", "c1", day(-5), 1000), noon),
		order("at the draw", "c1", noon, 700),
	}
	b.orders("orders", day(1), counts{inserted: int64(len(bought))}, bought...)
	b.orders("of others", day(1), counts{inserted: 1}, order("other", "c2", day(-1), 400))
	b.assign("c1", "treated", noon)
	b.exec(`UPDATE assignments SET clv_predicted = 12.5, segment = 'loyal'`)
	b.freeze(b.window(10, 0), day(10), 1)
	o, err := b.Arms(b.ctx(), b.window(10, 0), day(10))
	if err != nil {
		t.Fatal(err)
	}
	st := o.Arms[0].Strata[0]
	// The year's value is that of the shop's best customer, so the cap leaves it.
	if want := [lift.Amounts]float64{7, 12.5, 111_110, 3}; st.Segment != "loyal" || !st.Covariates || st.Joint.N != 1 || st.Joint.First != want {
		t.Errorf("stratum %+v, want sums %v", st, want)
	}
}

// TestCapsAreFrozen: the cap is the nearest rank over everybody who had brought something before the first draw, and it
// stays where it is.
func TestCapsAreFrozen(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	var before []float64
	var bought []customer.Order
	for i := range 230 {
		total := int64(100 + 37*i*i%9001)
		before = append(before, float64(total)/100)
		bought = append(bought, order(fmt.Sprint("o", i), fmt.Sprint("c", i), noon.AddDate(0, 0, -1-i%9), total))
	}
	b.orders("orders", noon, counts{inserted: 230}, bought...)
	b.orders("a large one too early and one too late", noon, counts{inserted: 2}, order("early", "c1", noon.AddDate(0, 0, -11), 9_999_900), order("late", "c1", noon, 9_999_900))
	b.assign("c1", "treated", noon)
	b.freeze(b.window(10, 0), noon.AddDate(0, 0, 10), 1)
	want, err := lift.FrozenCap(before, lift.CapPercentile, false)
	if err != nil {
		t.Fatal(err)
	}
	limit := func() float64 {
		o, err := b.Arms(b.ctx(), b.window(10, 0), noon.AddDate(0, 0, 10))
		if err != nil || o.Cap == nil {
			t.Fatalf("cap %v, %v", o.Cap, err)
		}
		st := o.Arms[0].Strata[0]
		if st.Cut != 1 || st.Capped.Y != *o.Cap || o.Arms[0].Sums.Y != 99_999 {
			t.Errorf("cut %d, sums %+v and raw %+v", st.Cut, st.Capped, o.Arms[0].Sums)
		}
		return *o.Cap
	}
	if got := limit(); got != want {
		t.Errorf("cap %v, want %v", got, want)
	}
	b.orders("more from before", noon, counts{inserted: 1}, order("found later", "c2", noon.AddDate(0, 0, -2), 5_000_000))
	b.freeze(b.window(10, 0), noon.AddDate(0, 0, 11), 0)
	if got := limit(); got != want {
		t.Errorf("the cap moved to %v from %v", got, want)
	}
	if n, err := b.Refreeze(b.ctx(), b.window(10, 0), noon.AddDate(0, 0, 10), nil); n != 1 || err != nil {
		t.Errorf("froze %d anew, %v", n, err)
	}
	if value[float64](b.bench, `SELECT revenue_before FROM outcome_caps`) <= want {
		t.Error("measured anew, the year's cap does not know the order that was found later")
	}
}

// TestRefreezeKeepsTheFuture: a look at an earlier day measures anew what had matured then, and nothing else.
func TestRefreezeKeepsTheFuture(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.orders("orders", noon, counts{inserted: 3}, order("o1", "c1", noon.AddDate(0, 0, 1), 1000), order("o2", "c2", noon.AddDate(0, 0, 6), 2000),
		order("before", "c1", noon.AddDate(0, 0, -3), 500))
	b.assign("c1", "treated", noon)
	b.assign("c2", "control", noon.AddDate(0, 0, 5))
	w := b.window(10, 0)
	anew := func(days int, want int64) {
		t.Helper()
		if n, err := b.Refreeze(b.ctx(), w, noon.AddDate(0, 0, days), nil); n != want || err != nil {
			t.Errorf("day %d: %d anew, %v; want %d", days, n, err, want)
		}
	}
	kept := func() string {
		return value[string](b.bench, `SELECT concat_ws(' ', (SELECT count(*) FROM outcomes), (SELECT sum(revenue) FROM outcomes), (SELECT count(*) FROM outcome_caps))`)
	}
	anew(15, 2)
	for _, day := range []int{14, 10, 5, -1} {
		anew(day, map[bool]int64{true: 1}[day >= 10])
		if got := kept(); got != "2 30 1" {
			t.Errorf("after a look at day %d: %s", day, got)
		}
	}
}

// TestDepartedCount: those who have left count in both arms as they stood then.
func TestDepartedCount(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.matured("control", []float64{1, 2}, []float64{1, 1})
	b.matured("treated", []float64{3}, nil)
	b.customers("who waits", noon, counts{inserted: 1}, person("waits", ""))
	b.assign("waits", "treated", noon)
	b.exec(`INSERT INTO departed VALUES ('winback', 1, 2, 'treated', 10, 3, 4, 2, 12, 90, 700), ('winback', 1, 2, 'treated', 99, 1, 1, 1, 1, 1, 1)`)
	control, treated := b.both()
	if control.Departed != 0 || control.Sums != (lift.Sums{N: 2, Y: 3, Y2: 5, Y3: 9}) {
		t.Errorf("control %+v", control)
	}
	if treated.Assigned != 5 || treated.Matured != 1 || treated.Pending() != 1 || treated.Departed != 3 || treated.Buyers != 3 || treated.Orders != 5 {
		t.Errorf("treated %+v", treated)
	}
	if treated.Sums != (lift.Sums{N: 4, Y: 15, Y2: 99, Y3: 727}) {
		t.Errorf("sums %+v", treated.Sums)
	}
	if last := treated.Strata[len(treated.Strata)-1]; !last.Departed || last.Version != 2 || last.Joint.Linear(1) != (lift.Sums{N: 3, Y: 12, Y2: 90, Y3: 700}) {
		t.Errorf("strata %+v", treated.Strata)
	}
}
