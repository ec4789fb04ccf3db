package clv

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// immortal is a shop of n customers whom nobody leaves: NBD.
func immortal(n int) []History {
	c := recipe{seed: 7, truth: BGNBD{R: .8, Alpha: 6, A: 1e-9, B: 1}, days: 365, acquire: 300}
	return histories(c.customers(n))
}

func TestFitFallsBack(t *testing.T) {
	t.Parallel()
	once := func(n int, weeks Weeks) []History { return slices.Repeat([]History{{T: weeks}}, n) }
	again := func(n int) []History { return slices.Repeat([]History{{X: 1, Tx: 5, T: 20}}, n) }
	for name, tt := range map[string]struct {
		hs        []History
		want      string // part of the reason
		hiatus    Weeks
		repeaters int
	}{
		"no customers":           {nil, "0 of 0 customers bought again, a fit needs 10", defaultHiatus, 0},
		"one, today":             {once(1, 0), "0 of 1 customers bought again", defaultHiatus, 0},
		"a thousand, all today":  {once(1000, 0), "pooled rate of 1.0 purchases a year", defaultHiatus, 0},
		"nobody came back":       {once(1000, 9), "assumed spread", defaultHiatus, 0},
		"nine repeat buyers":     {append(once(50, 9), again(9)...), "9 of 59 customers bought again", defaultHiatus, 9},
		"twenty repeat buyers":   {append(once(50, 9), again(20)...), "20 of 70 customers bought again, MBG/NBD needs 50", 5, 20},
		"daily buyers":           {slices.Repeat([]History{{X: 140, Tx: 20, T: 20}, {X: 70, Tx: 20, T: 20}}, 40), "instead", shortestHiatus, 80},
		"nobody leaves":          {immortal(3000), "silent for more than", 0, 0},
		"nobody leaves, smaller": {immortal(300), "silent for more than", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fit, err := FitModel(NameAuto, tt.hs)
			if err != nil {
				t.Fatal(err)
			}
			nbd, ok := fit.Model.(NBD)
			if !ok || !fit.Fallback || fit.Requested != NameMBGNBD {
				t.Fatalf("%+v, want a fallback from mbgnbd to nbd", fit)
			}
			if !strings.Contains(fit.Reason, tt.want) || strings.Contains(fit.Reason, "\n") {
				t.Errorf("reason %q, want %q in one line", fit.Reason, tt.want)
			}
			if tt.hiatus > 0 && math.Abs(float64(nbd.Hiatus-tt.hiatus)) > 1e-9 {
				t.Errorf("hiatus %v, want %v", nbd.Hiatus, tt.hiatus)
			}
			if tt.repeaters > 0 && fit.Repeaters != tt.repeaters || fit.Customers != len(tt.hs) {
				t.Errorf("%d repeat buyers of %d, want %d of %d", fit.Repeaters, fit.Customers, tt.repeaters, len(tt.hs))
			}
			want := OutcomeTooFew
			if fit.Repeaters >= minDropoutRepeaters {
				want = OutcomeDegenerate
			}
			if fit.Outcome != want || fit.Converged && want == OutcomeTooFew {
				t.Errorf("outcome %q, converged %v, want %q", fit.Outcome, fit.Converged, want)
			}
			checkUsable(t, fit, tt.hs)
		})
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	arrived := minimum{converged: true, iterations: 20}
	at := func(found minimum, theta ...float64) minimum {
		found.theta = theta
		return found
	}
	good := at(arrived, .5, 6, .9, 1.6)
	bound := at(minimum{iterations: 500}, .5, 6, .9, 1.6)
	for name, tt := range map[string]struct {
		model   string
		found   minimum
		gain    float64
		outcome Outcome
		want    string
	}{
		"good":            {NameMBGNBD, good, 2, OutcomeConverged, ""},
		"no better":       {NameMBGNBD, good, 1.9, OutcomeDegenerate, "MBG/NBD explains the purchases no better than NBD (log-likelihood higher by 1.9, want 2)"},
		"worse":           {NameParetoNBD, good, -5, OutcomeDegenerate, "no better than NBD"},
		"not a number":    {NameMBGNBD, good, math.NaN(), OutcomeDegenerate, "no better than NBD"},
		"not converged":   {NameMBGNBD, bound, 50, OutcomeNotConverged, "did not converge in 500 iterations"},
		"at start":        {NameBGNBD, at(minimum{atStart: true}, 1, 1, 1, 1), 50, OutcomeAtStart, "BG/NBD ended where it began"},
		"nobody leaves":   {NameBGNBD, at(arrived, .7, 9, 7e-7, 11463), 50, OutcomeDegenerate, "practically nobody leaves (6.1e-11 of the buyers after a purchase"},
		"not in a year":   {NameParetoNBD, at(arrived, .7, 9, 7e-7, 228), 50, OutcomeDegenerate, "of the buyers in a year"},
		"just above":      {NameMBGNBD, at(arrived, .7, 9, 1.01e-3, 1-1.01e-3), 50, OutcomeConverged, ""},
		"rates too spiky": {NameMBGNBD, at(arrived, .001, .01, .9, 1.6), 50, OutcomeDegenerate, "alpha of 0.01 weeks"},
	} {
		outcome, got := candidate{name: tt.model, scale: 1, when: (&sample{scale: 1}).candidate(tt.model).when}.judge(tt.found, tt.gain)
		if outcome != tt.outcome || !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%s: %s, %q, want %s, %q", name, outcome, got, tt.outcome, tt.want)
		}
	}
}

// checkUsable wants a model that can be stored and predicts finite numbers,
// and a log-likelihood that is its own.
func checkUsable(t *testing.T, fit Fit, hs []History) {
	t.Helper()
	if _, err := ModelFromParams(fit.Model.Name(), fit.Model.Params()); err != nil {
		t.Error(err)
	}
	sum := 0.0
	for _, h := range hs {
		sum += fit.Model.(interface{ LogLikelihood(h History) float64 }).LogLikelihood(h)
	}
	if math.Abs(sum-fit.LogLikelihood) > 1e-6*(1+math.Abs(sum)) {
		t.Errorf("log-likelihood %v, sum over the customers %v", fit.LogLikelihood, sum)
	}
	for _, h := range append(slices.Clone(hs), History{}, History{X: 10, Tx: 90, T: 100}) {
		if e := fit.Model.Expected(52, h); !(e > 0) || math.IsInf(e, 0) {
			t.Fatalf("%v: expected %v", h, e)
		}
	}
}

// TestYoungShop: the assumed model carries the shop's own pooled rate, drawn
// a little towards one purchase a year.
func TestYoungShop(t *testing.T) {
	t.Parallel()
	hs := append(slices.Repeat([]History{{T: 10}}, 95), slices.Repeat([]History{{X: 1, Tx: 5, T: 10}}, 5)...)
	fit, err := FitModel(NameAuto, hs)
	if err != nil {
		t.Fatal(err)
	}
	nbd := fit.Model.(NBD)
	if got, want := nbd.ExpectedNew(52), 52*6.0/(1000+52); relative(got, want) > 1e-12 {
		t.Errorf("a new customer is expected to buy %v times a year, want %v", got, want)
	}
	if fit.Converged {
		t.Error("converged without a search")
	}
}

// TestFitAllAlike: without any difference between customers the parameters
// run to their bounds, where predictions must still be numbers.
func TestFitAllAlike(t *testing.T) {
	t.Parallel()
	hs := slices.Repeat([]History{{X: 1, Tx: 5, T: 20}}, 400)
	for _, name := range []string{NameBGNBD, NameMBGNBD, NameParetoNBD, NameNBD} {
		fit, err := FitModel(name, hs)
		if err != nil {
			t.Fatal(err)
		}
		checkUsable(t, fit, hs)
	}
}

func TestFitExplicitNBD(t *testing.T) {
	t.Parallel()
	fit, err := FitModel(NameNBD, immortal(5000))
	if err != nil || fit.Fallback || !fit.Converged || fit.Requested != NameNBD {
		t.Fatalf("%+v, %v", fit, err)
	}
	checkParams(t, fit.Model.Params(), map[string]float64{"r": .8, "alpha": 6}, .1)
	checkUsable(t, fit, immortal(5000))
}

func TestFitWarnsOfSmallSamples(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]bool{600: true, 6000: false} {
		fit, err := FitModel(NameBGNBD, histories(setA().customers(n)))
		if err != nil || fit.Fallback {
			t.Fatalf("%d customers: %+v, %v", n, fit, err)
		}
		if got := strings.Contains(fit.Reason, "rough"); got != want {
			t.Errorf("%d customers: %q", n, fit.Reason)
		}
	}
}

func TestFitRefuses(t *testing.T) {
	t.Parallel()
	good := History{X: 1, Tx: 2, T: 3}
	for name, tt := range map[string]struct {
		model string
		hs    []History
		want  string
	}{
		"no such model":      {"weibull", []History{good}, `unknown model "weibull": choose one of auto, bgnbd, mbgnbd, paretonbd, nbd`},
		"empty name":         {"", []History{good}, `unknown model ""`},
		"impossible history": {NameAuto, []History{good, good, {X: 1, Tx: 4, T: 3}}, "fit mbgnbd: history 2: last purchase 4 weeks"},
	} {
		_, err := FitModel(tt.model, tt.hs)
		checkError(t, err, tt.want)
		if tt.model != NameAuto && !errors.Is(err, ErrUnknownModel) {
			t.Errorf("%s: %v is not ErrUnknownModel", name, err)
		}
	}
}

// TestFitStarts: from every start the search finds the same optimum, in shops
// of both kinds.
func TestFitStarts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]recipe{NameBGNBD: setA(), NameMBGNBD: setA(), NameParetoNBD: setC()} {
		s, err := gather(histories(c.customers(5000)))
		if err != nil {
			t.Fatal(err)
		}
		shop := s.candidate(name)
		first := minimise(shop.objective, shop.starts()[0], shop.hopeless)
		for i, start := range shop.starts() {
			got := minimise(shop.objective, start, shop.hopeless)
			if !got.converged || relative(got.value, first.value) > 1e-11 {
				t.Errorf("%s from start %d: %+v, from the first %+v", name, i, got, first)
			}
		}
	}
}

// TestFitRescues: where the first start ends badly, a later one is taken.
func TestFitRescues(t *testing.T) {
	t.Parallel()
	c := candidate{name: NameBGNBD, scale: 1, params: []string{"r", "alpha", "a", "b"}, when: "after a purchase"}
	calls := 0
	c.objective = func(theta, grad []float64) float64 {
		calls++
		clear(grad)
		if theta[0] > 1 { // where the first start lies
			return math.NaN()
		}
		value := 0.0
		for i, v := range theta {
			grad[i] = 2 * (math.Log(v) + 1)
			value += (math.Log(v) + 1) * (math.Log(v) + 1)
		}
		return value
	}
	s := sample{customers: 100, repeaters: 600, scale: 1}
	plain := Fit{Model: NBD{R: 1, Alpha: 1, Hiatus: 9}, LogLikelihood: -1000, Customers: 100, Repeaters: 600}
	fit := s.search(c, plain)
	if fit.Outcome != OutcomeConverged || fit.Fallback || calls == 0 {
		t.Fatalf("%+v", fit)
	}
	checkParams(t, fit.Model.Params(), map[string]float64{"r": 1 / math.E, "alpha": 1 / math.E, "a": 1 / math.E, "b": 1 / math.E}, 1e-5)
}

func TestFitAutoSaysWhy(t *testing.T) {
	t.Parallel()
	hs := histories(setA().customers(3000))
	auto, err := FitModel(NameAuto, hs)
	if err != nil {
		t.Fatal(err)
	}
	asked, err := FitModel(NameMBGNBD, hs)
	if err != nil {
		t.Fatal(err)
	}
	if auto.Model != asked.Model || !strings.Contains(auto.Reason, "one-time buyers fade") || strings.Contains(asked.Reason, "fade") {
		t.Errorf("auto: %v, %q; asked for: %v, %q", auto.Model, auto.Reason, asked.Model, asked.Reason)
	}
}
