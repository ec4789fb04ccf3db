package clv

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// TestObjectives: the grouped objective in scaled time equals the plain sum of
// log-likelihoods, and its gradient the slope of the value.
func TestObjectives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		hs := rapid.SliceOfN(rapid.Custom(shortHistory), 1, 8).Draw(rt, "histories")
		hs = append(hs, hs[0], hs[0]) // something to group
		s, err := gather(hs)
		if err != nil {
			rt.Fatal(err)
		}
		if len(s.rows) > len(hs)-2 {
			rt.Fatalf("%d rows of %d histories: equal ones are not grouped", len(s.rows), len(hs))
		}
		m := moderate(rt)
		theta := []float64{m.R, m.Alpha / s.scale, m.A, m.B}
		inWeeks := ParetoNBD{R: m.R, Alpha: m.Alpha, S: m.A, Beta: m.B * s.scale}
		for name, c := range map[string]struct {
			f   objective
			dim int
			ll  func(h History) float64
		}{
			NameBGNBD:     {s.dropoutObjective(false), 4, m.LogLikelihood},
			NameMBGNBD:    {s.dropoutObjective(true), 4, MBGNBD(m).LogLikelihood},
			NameParetoNBD: {s.paretoObjective(), 4, inWeeks.LogLikelihood},
			NameNBD:       {s.nbdObjective(), 2, NBD{R: m.R, Alpha: m.Alpha}.LogLikelihood},
		} {
			want := 0.0
			for _, h := range hs {
				want += c.ll(h)
			}
			at := theta[:c.dim]
			got := s.logLikelihood(minimum{value: c.f(at, make([]float64, c.dim))})
			if math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
				rt.Fatalf("%s: grouped log-likelihood %v, plain sum %v", name, got, want)
			}
			checkGradient(rt, c.f, at)
		}
	})
}

// checkGradient compares with central differences by the logarithms of theta.
func checkGradient(rt *rapid.T, f objective, theta []float64) {
	const step = 1e-5
	grad, ignored := make([]float64, len(theta)), make([]float64, len(theta))
	f(theta, grad)
	for i := range theta {
		up, down := append([]float64(nil), theta...), append([]float64(nil), theta...)
		up[i] *= math.Exp(step)
		down[i] *= math.Exp(-step)
		slope := (f(up, ignored) - f(down, ignored)) / (2 * step)
		if math.Abs(grad[i]-slope) > 1e-6*(1+math.Abs(slope)) {
			rt.Fatalf("derivative %d at %v is %v, central difference %v", i, theta, grad[i], slope)
		}
	}
}

// TestFitIgnoresOrder: the same customers in another order give the same
// digits, not only nearly so.
func TestFitIgnoresOrder(t *testing.T) {
	t.Parallel()
	shop := setA().customers(3000)
	hs, xs := histories(shop), spends(shop)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{NameBGNBD, NameMBGNBD, NameParetoNBD, NameNBD} {
		first, err := FitModel(name, hs)
		if err != nil {
			t.Fatal(err)
		}
		firstSpend, err := FitSpend(xs, 30)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			rng.Shuffle(len(hs), func(i, j int) {
				hs[i], hs[j], xs[i], xs[j] = hs[j], hs[i], xs[j], xs[i]
			})
			if again, err := FitModel(name, hs); err != nil || !reflect.DeepEqual(again, first) {
				t.Fatalf("%v, shuffled %v (%v)", first, again, err)
			}
			if again, err := FitSpend(xs, 30); err != nil || !reflect.DeepEqual(again, firstSpend) {
				t.Fatalf("%v, shuffled %v (%v)", firstSpend, again, err)
			}
		}
	}
}

// TestFitInAnotherUnit: a year is a year, in weeks or in longer "weeks": only
// alpha changes, and the density by the unit for each purchase.
func TestFitInAnotherUnit(t *testing.T) {
	t.Parallel()
	hs := histories(setA().customers(3000))
	weeks, err := FitModel(NameBGNBD, hs)
	if err != nil {
		t.Fatal(err)
	}
	const unit = 1.0 / 7
	repeats := 0
	for i := range hs {
		hs[i].T *= unit
		hs[i].Tx *= unit
		repeats += hs[i].X
	}
	other, err := FitModel(NameBGNBD, hs)
	if err != nil {
		t.Fatal(err)
	}
	want := weeks.Model.Params()
	want["alpha"] *= unit
	checkParams(t, other.Model.Params(), want, 1e-5)
	if want := weeks.LogLikelihood - float64(repeats)*math.Log(unit); relative(other.LogLikelihood, want) > 1e-10 {
		t.Errorf("log-likelihood %v, want %v", other.LogLikelihood, want)
	}
}
