package lift

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
)

// The mutants below are the mistakes that are made with these formulas. Each must be told from the real thing by a
// check of this package; a check that lets its mutant through proves nothing.

// vectorOf finds a vector.
func vectorOf(t *testing.T, id string) vector {
	t.Helper()
	for _, v := range loadVectors(t) {
		if v.ID == id {
			return v
		}
	}
	t.Fatalf("no vector %s", id)
	return vector{}
}

// tells reports whether a vector tells a figure from the one it expects.
func (v vector) tells(t *testing.T, key string, mutant float64) bool {
	t.Helper()
	return !near(mutant, into[float64](t, v.Expected, key), 1e-6)
}

func TestMutantVarianceWithN(t *testing.T) {
	t.Parallel()
	v := vectorOf(t, "clv-01-composite")
	treated, control := []float64{33.98, -0.02, -0.02, 68.98, -0.02}, []float64{35, 0, 0, 0}
	se := func(less float64) float64 {
		square := 0.0
		for _, ys := range [][]float64{treated, control} {
			mean, n := SumsOf(ys).Mean(), float64(len(ys))
			for _, y := range ys {
				square += (y - mean) * (y - mean) / (n - less) / n
			}
		}
		return math.Sqrt(square)
	}
	net := vector{Expected: into[map[string]json.RawMessage](t, v.Expected, "net")}
	if net.tells(t, "se", se(1)) || !net.tells(t, "se", se(0)) {
		t.Errorf("with n-1 %v, with n %v: the vector must hold only the first", se(1), se(0))
	}
}

func TestMutantThetaFromOneArm(t *testing.T) {
	t.Parallel()
	v := vectorOf(t, "cuped-05-array")
	treated, control := v.cuped(t, "treated"), v.cuped(t, "control")
	if both := Theta([]Pair{{treated, control}})[0]; v.tells(t, "theta", both) {
		t.Errorf("theta %v of both arms", both)
	}
	for _, one := range []Joint{treated, control} {
		if mutant := Theta([]Pair{{Treated: one}})[0]; !v.tells(t, "theta", mutant) {
			t.Errorf("theta %v of one arm passes", mutant)
		}
	}
}

func TestMutantSwappedArms(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"welch-01", "welch-hillstrom-womens-spend"} {
		v := vectorOf(t, id)
		w, err := Welch(v.arm(t, "control"), v.arm(t, "treated"), 0.05)
		if err != nil {
			t.Fatal(err)
		}
		if !v.tells(t, "diff", w.Diff) || !v.tells(t, "ci_low", w.Low) {
			t.Errorf("%s: swapped arms pass with %+v", id, w)
		}
	}
}

func TestMutantDegreesOfFreedom(t *testing.T) {
	t.Parallel()
	v := vectorOf(t, "welch-01")
	treated, control := v.arm(t, "treated"), v.arm(t, "control")
	w, err := Welch(treated, control, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	mutant := studentTest(w.Diff, w.SE*w.SE, float64(treated.N+control.N-2), 0.05)
	if !v.tells(t, "dof", mutant.DoF) || !v.tells(t, "p", mutant.P) {
		t.Errorf("n-2 degrees of freedom pass with %+v", mutant)
	}
}

func TestMutantDecimalLogarithm(t *testing.T) {
	t.Parallel()
	v := vectorOf(t, "acs-02-absolute")
	w, n := v.look(t)
	half := func(log func(float64) float64) float64 {
		alpha, planned := v.number(t, "alpha"), v.number(t, "n_star")
		nr2 := float64(n) * (log(1-2*log(alpha)) - 2*log(alpha)) / planned
		return w.SE * math.Sqrt(2*(nr2+1)/nr2*log(math.Sqrt(nr2+1)/alpha))
	}
	if v.tells(t, "halfwidth", half(math.Log)) || !v.tells(t, "halfwidth", half(math.Log10)) {
		t.Errorf("natural %v, decimal %v: the vector must hold only the first", half(math.Log), half(math.Log10))
	}
}

// TestMutantCapFromCurrentData: with a frozen cap the customers of the first read keep their outcome in the second.
func TestMutantCapFromCurrentData(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(6, 90))
	outcomes := func(n int) (ys []float64) {
		for range n {
			ys = append(ys, math.Exp(3+1.2*random.NormFloat64()))
		}
		return ys
	}
	before, first := outcomes(2000), outcomes(500)
	second := append(append([]float64{}, first...), outcomes(500)...)
	capOf := func(ys []float64) float64 {
		limit, err := FrozenCap(ys, CapPercentile, false)
		if err != nil {
			t.Fatal(err)
		}
		return limit
	}
	changed := func(one, two float64) bool {
		a, _ := Capped(first, one)
		b, _ := Capped(second[:len(first)], two)
		return SumsOf(a) != SumsOf(b)
	}
	if frozen := capOf(before); changed(frozen, frozen) {
		t.Error("a frozen cap changed an outcome")
	}
	if !changed(capOf(first), capOf(second)) {
		t.Error("a cap from current data passes")
	}
}

// TestMutantWindowFromSendTime: demand falls through the season and treated customers get their mail three days after
// they were drawn. Windows from the assignment see no effect where there is none; treated windows from the mail do.
func TestMutantWindowFromSendTime(t *testing.T) {
	t.Parallel()
	const days, season, delay, customers = 28, 60.0, 3, 40_000
	margin := func(random *rand.Rand, start int) (sum float64) {
		for day := start; day < start+days; day++ {
			if random.Float64() < 0.03*math.Exp(-float64(day)/season) {
				sum += 30 * math.Exp(0.8*random.NormFloat64())
			}
		}
		return sum
	}
	distance := func(start int) float64 {
		random := rand.New(rand.NewPCG(7, 90))
		var treated, control Sums
		for range customers {
			treated.Add(margin(random, start))
			control.Add(margin(random, 0))
		}
		w, err := Welch(treated, control, 0.05)
		if err != nil {
			t.Fatal(err)
		}
		return math.Abs(w.T)
	}
	if sound := distance(0); sound > 3 {
		t.Errorf("windows from the assignment: %v standard errors from the truth", sound)
	}
	if mutant := distance(delay); mutant <= 3 {
		t.Errorf("windows from the mail: only %v standard errors from the truth", mutant)
	}
}

// TestMutantDeliveredOnly: customers without a working address buy less. Comparing the delivered with all of control
// finds an effect that is not there; dividing the effect on everybody by the delivered share does not.
func TestMutantDeliveredOnly(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(8, 90))
	var assigned, delivered, control Sums
	one := func() (y float64, reachable bool) {
		reachable = random.Float64() < 0.86
		if rate := 0.1; random.Float64() < rate && (reachable || random.Float64() < 0.3) {
			y = 40 * math.Exp(0.8*random.NormFloat64())
		}
		return y, reachable
	}
	for range 60_000 {
		y, reached := one()
		assigned.Add(y)
		if reached {
			delivered.Add(y)
		}
		y, _ = one()
		control.Add(y)
	}
	w, err := Welch(assigned, control, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	d, err := OnDelivered(Measured{w.Diff, w.SE}, float64(delivered.N)/float64(assigned.N), assigned.N)
	if err != nil || math.Abs(d.Effect/d.SE) > 3 {
		t.Errorf("an effect of %+v (%v) where there is none", d, err)
	}
	mutant, err := Welch(delivered, control, 0.05)
	if err != nil || mutant.T <= 3 {
		t.Errorf("delivered against all of control passes: %+v, %v", mutant, err)
	}
}
