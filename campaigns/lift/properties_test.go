package lift_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"treue/campaigns/lift"
)

// outcomes draws a skewed arm as shops have it: most customers buy nothing, some spend, some bring a refund.
func outcomes(t *rapid.T, name string, most int) []float64 {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 {
		switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
		case kind < 6:
			return 0
		case kind < 8:
			return rapid.Float64Range(1, 90).Draw(t, "order")
		case kind < 9:
			return rapid.Float64Range(90, 4000).Draw(t, "large order")
		default:
			return rapid.Float64Range(-60, -1).Draw(t, "refund")
		}
	}), 2, most).Draw(t, name)
}

// arms draws two arms that differ in size and have an interval.
func arms(t *rapid.T) (treated, control lift.Sums) {
	treated = lift.SumsOf(outcomes(t, "treated", 120))
	control = lift.SumsOf(outcomes(t, "control", 40))
	if _, err := lift.DecisionInterval(treated, control, 0.05); err != nil {
		t.Skip("no variance")
	}
	return treated, control
}

func interval(t *rapid.T, treated, control lift.Sums, alpha float64) lift.Interval {
	i, err := lift.DecisionInterval(treated, control, alpha)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func pValue(t *rapid.T, treated, control lift.Sums) float64 {
	p, err := lift.PValue(treated, control)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// same holds two figures to a tolerance relative to a size of reference.
func same(got, want, scale float64) bool { return math.Abs(got-want) <= 1e-8*math.Abs(scale)+1e-12 }

func scaleOf(i lift.Interval) float64 {
	return math.Max(math.Abs(i.Diff), math.Max(i.SEPooled, i.SEWelch))
}

func TestSumsMergeInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := outcomes(t, "a", 50), outcomes(t, "b", 50), outcomes(t, "c", 50)
		sa, sb, sc := lift.SumsOf(a), lift.SumsOf(b), lift.SumsOf(c)
		left, right := sa.Merge(sb).Merge(sc), sc.Merge(sa.Merge(sb))
		all := lift.SumsOf(append(append(append([]float64{}, a...), b...), c...))
		for _, got := range []lift.Sums{left, right} {
			if got.N != all.N || !same(got.Y, all.Y, 4000*150) || !same(got.Y2, all.Y2, all.Y2) ||
				!same(got.Y3, all.Y3, 4000*all.Y2) {
				t.Fatalf("merged %+v, added up %+v", got, all)
			}
		}
	})
}

func TestMomentsMatchTheirDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ys := outcomes(t, "outcomes", 100)
		s := lift.SumsOf(ys)
		n, mean, squares, cubes, size := float64(len(ys)), 0.0, 0.0, 0.0, 0.0
		for _, y := range ys {
			mean += y / n
		}
		for _, y := range ys {
			squares += (y - mean) * (y - mean)
			cubes += math.Pow(y-mean, 3)
			size += math.Pow(math.Abs(y), 3)
		}
		if !same(s.Mean(), mean, 4000) || !same(s.Variance(), squares/(n-1), s.Y2) || !same(s.ThirdMoment(), cubes/n, size) {
			t.Fatalf("mean %v, variance %v, third moment %v of %v, want %v, %v, %v",
				s.Mean(), s.Variance(), s.ThirdMoment(), ys, mean, squares/(n-1), cubes/n)
		}
	})
}

// TestExchangingTheArmsMirrorsTheInterval: calling the treated customers control must turn every gain into the same
// loss. A skewness of exactly 0 has no mirror: it counts as negative whichever arm is larger.
func TestExchangingTheArmsMirrorsTheInterval(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		treated, control := arms(t)
		alpha := rapid.Float64Range(0.001, 0.5).Draw(t, "alpha")
		i, m := interval(t, treated, control, alpha), interval(t, control, treated, alpha)
		if i.Skew == 0 {
			t.Skip("not skewed")
		}
		scale := scaleOf(i)
		for name, pair := range map[string][2]float64{
			"diff": {i.Diff, -m.Diff}, "low": {i.Low, -m.High}, "high": {i.High, -m.Low}, "skew": {i.Skew, -m.Skew},
			"printed low": {i.PrintLow, -m.PrintHigh}, "printed high": {i.PrintHigh, -m.PrintLow},
		} {
			if !same(pair[0], pair[1], scale) {
				t.Fatalf("%s: %v, mirrored %v", name, pair[0], pair[1])
			}
		}
		if p, q := pValue(t, treated, control), pValue(t, control, treated); !same(p, q, 1) {
			t.Fatalf("p = %v, mirrored %v", p, q)
		}
	})
}

// TestPValueAgreesWithTheInterval: at every alpha the interval excludes 0 exactly if p does not exceed it. Nothing
// but the definition of p is used, so the closed form is held to it.
func TestPValueAgreesWithTheInterval(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		treated, control := arms(t)
		p := pValue(t, treated, control)
		if !(p >= 0 && p <= 1) {
			t.Fatalf("p = %v", p)
		}
		alphas := []float64{1e-9, 1e-6, 0.001, 0.01, 0.04, 0.05, 0.1, 0.2, 0.5, 0.9, 0.99, p * 0.999, p * 1.001}
		alphas = append(alphas, rapid.Float64Range(1e-6, 0.999).Draw(t, "alpha"))
		for _, alpha := range alphas {
			if alpha < 1e-12 || alpha >= 1 || math.Abs(alpha-p) < 1e-7*p { // at p itself the limit is 0
				continue
			}
			i := interval(t, treated, control, alpha)
			if got, want := i.Works() || i.Hurts(), p <= alpha; got != want {
				t.Fatalf("alpha %v, p %v: interval [%v, %v] excludes 0: %v, want %v", alpha, p, i.Low, i.High, got, want)
			}
		}
	})
}

func TestSmallerAlphaGivesAWiderInterval(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		treated, control := arms(t)
		strict := rapid.Float64Range(1e-9, 0.5).Draw(t, "strict")
		loose := rapid.Float64Range(strict, 0.9).Draw(t, "loose")
		outer, inner := interval(t, treated, control, strict), interval(t, treated, control, loose)
		slack := 1e-9 * scaleOf(outer)
		if outer.Low > inner.Low+slack || outer.High < inner.High-slack {
			t.Fatalf("at %v [%v, %v] is not inside [%v, %v] at %v", loose, inner.Low, inner.High, outer.Low, outer.High, strict)
		}
	})
}

// TestPrintedLimitsKeepTheVerdict: what people read says the same about 0 as what decides.
func TestPrintedLimitsKeepTheVerdict(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		treated, control := arms(t)
		i := interval(t, treated, control, rapid.Float64Range(0.001, 0.3).Draw(t, "alpha"))
		if (i.PrintLow > 0) != i.Works() || (i.PrintHigh < 0) != i.Hurts() {
			t.Fatalf("decided [%v, %v], printed [%v, %v]", i.Low, i.High, i.PrintLow, i.PrintHigh)
		}
	})
}

// TestCurrencyDoesNotMatter: amounts in cents give the same interval as amounts in euros, a hundred times as large.
func TestCurrencyDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		treated, control := arms(t)
		factor := rapid.Float64Range(0.01, 1000).Draw(t, "factor")
		scaled := func(s lift.Sums) lift.Sums {
			return lift.Sums{N: s.N, Y: s.Y * factor, Y2: s.Y2 * factor * factor, Y3: s.Y3 * factor * factor * factor}
		}
		i, big := interval(t, treated, control, 0.04), interval(t, scaled(treated), scaled(control), 0.04)
		scale := scaleOf(big)
		if !same(big.Low, i.Low*factor, scale) || !same(big.High, i.High*factor, scale) || !same(big.PrintLow, i.PrintLow*factor, scale) {
			t.Fatalf("[%v, %v] times %v is not [%v, %v]", i.Low, i.High, factor, big.Low, big.High)
		}
		if p, q := pValue(t, treated, control), pValue(t, scaled(treated), scaled(control)); !same(p, q, 1) {
			t.Fatalf("p = %v, scaled %v", p, q)
		}
	})
}

// TestEqualArmsAreTheTextbookCase: at 50/50 the interval is diff -+ z times Welch's standard error.
func TestEqualArmsAreTheTextbookCase(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 100).Draw(t, "n")
		draw := func(name string) lift.Sums {
			return lift.SumsOf(rapid.SliceOfN(rapid.Float64Range(0, 500), n, n).Draw(t, name))
		}
		treated, control := draw("treated"), draw("control")
		i, err := lift.DecisionInterval(treated, control, 0.05)
		if err != nil {
			t.Skip("no variance")
		}
		const z = 1.959963984540054
		if scale := scaleOf(i); !same(i.Low, i.Diff-z*i.SEWelch, scale) || !same(i.High, i.Diff+z*i.SEWelch, scale) {
			t.Fatalf("[%v, %v] is not %v -+ %v", i.Low, i.High, i.Diff, z*i.SEWelch)
		}
	})
}

// TestFiellerAgreesWithTheDifference: the relative interval excludes 0 exactly when the z-test of the difference does.
func TestFiellerAgreesWithTheDifference(t *testing.T) {
	t.Parallel()
	const z = 1.959963984540054
	rapid.Check(t, func(t *rapid.T) {
		treated, control := arms(t)
		r, err := lift.Relative(treated, control, 0.05)
		if err != nil {
			if reason := lift.ReasonOf(err); reason != lift.UncertainBaseline && reason != lift.ZeroBaseline {
				t.Fatalf("reason %q", reason)
			}
			return
		}
		if r.Low > r.Value || r.High < r.Value {
			t.Fatalf("%v lies outside [%v, %v]", r.Value, r.Low, r.High)
		}
		w, err := lift.Welch(treated, control, 0.05)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(math.Abs(w.Diff/w.SE)-z) < 1e-6 {
			return
		}
		if got, want := r.Low > 0 || r.High < 0, math.Abs(w.Diff/w.SE) > z; got != want {
			t.Fatalf("[%v, %v] excludes 0: %v, the difference is %v standard errors", r.Low, r.High, got, w.Diff/w.SE)
		}
		if (r.Value > 0) != (w.Diff > 0) {
			t.Fatalf("relative %v and difference %v have different signs", r.Value, w.Diff)
		}
	})
}

// TestSequenceIsWiderThanAnyFixedRead is the price of reading every day.
func TestSequenceIsWiderThanAnyFixedRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		treated, control := arms(t)
		planned := rapid.Int64Range(1, 100_000).Draw(t, "planned")
		alpha := rapid.Float64Range(0.001, 0.2).Draw(t, "alpha")
		seq, err := lift.AlwaysValid(treated, control, planned, alpha)
		if err != nil {
			t.Fatal(err)
		}
		i := interval(t, treated, control, alpha)
		if !same(seq.SE, math.Max(i.SEPooled, i.SEWelch), seq.SE) {
			t.Fatalf("standard error %v, want the larger of %v and %v", seq.SE, i.SEPooled, i.SEWelch)
		}
		if half := (seq.High - seq.Low) / 2; half < 1.2*(math.Sqrt2*math.Erfinv(1-alpha))*seq.SE {
			t.Fatalf("half-width %v at alpha %v for a standard error of %v", half, alpha, seq.SE)
		}
		if got, want := seq.Low > 0 || seq.High < 0, seq.P < alpha; got != want && math.Abs(seq.P-alpha) > 1e-9 {
			t.Fatalf("[%v, %v] excludes 0: %v, p %v at alpha %v", seq.Low, seq.High, got, seq.P, alpha)
		}
	})
}

// TestPlannersAgree: the control size a planner asks for has the promised effect, and the power at it is the promised
// one (the far tail adds a trace).
func TestPlannersAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		variance := rapid.Float64Range(1, 1e5).Draw(t, "variance")
		treated := rapid.Int64Range(10, 1e6).Draw(t, "treated")
		control := rapid.Int64Range(10, 1e6).Draw(t, "control")
		power := rapid.Float64Range(0.5, 0.99).Draw(t, "power")
		effect, err := lift.PlannedMDE(variance, treated, control, 0.05, power)
		if err != nil {
			t.Fatal(err)
		}
		size, err := lift.ControlSize(variance, effect, treated, 0.05, power)
		if err != nil || size < control || size > control+1+control/1_000_000 {
			t.Fatalf("control of %d (%v) for the effect of %d", size, err, control)
		}
		got, err := lift.Power(variance, effect, treated, control, 0.05)
		if err != nil || got < power-1e-9 || got > power+0.001 {
			t.Fatalf("power %v (%v), want %v", got, err, power)
		}
	})
}

// TestArmsInAnyOrderAndScaleGiveOneSRM: the test knows neither the order of the arms nor the unit of the weights.
func TestArmsInAnyOrderAndScaleGiveOneSRM(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.Int64Range(0, 5000), 3, 3).Draw(t, "counts")
		weights := rapid.SliceOfN(rapid.Float64Range(0.05, 1), 3, 3).Draw(t, "weights")
		p, err := lift.SRM(counts, weights)
		if err != nil || !(p >= 0 && p <= 1) {
			t.Fatalf("p = %v, %v", p, err)
		}
		q, err := lift.SRM([]int64{counts[2], 7, counts[0], counts[1]}, []float64{3 * weights[2], 0, 3 * weights[0], 3 * weights[1]})
		if err != nil || !same(q, p, 1) {
			t.Fatalf("p = %v, in another order %v, %v", p, q, err)
		}
	})
}
