package clv

import (
	"math"
	"testing"
)

// method predicts the purchases of the next 39 weeks.
type method func(h History) float64

// methods returns the fitted models and the benchmarks beside them.
func methods(t *testing.T, hs []History) (map[string]method, map[string]Model) {
	t.Helper()
	const weeks = 39
	out := map[string]method{
		"rate":  func(h History) float64 { return RateForward(weeks, h) },
		"again": SameAgain,
		"zero":  func(History) float64 { return 0 },
	}
	models := map[string]Model{}
	for _, name := range []string{NameBGNBD, NameMBGNBD, NameParetoNBD} {
		fit, err := FitModel(name, hs)
		if err != nil || fit.Fallback {
			t.Fatal(err, fit.Reason)
		}
		models[name] = fit.Model
		out[name] = func(h History) float64 { return fit.Model.Expected(weeks, h) }
	}
	return out, models
}

func predictions(hs []History, m method) []float64 {
	out := make([]float64, len(hs))
	for i, h := range hs {
		out[i] = m(h)
	}
	return out
}

func actuals(bs []buyer) []float64 {
	out := make([]float64, len(bs))
	for i, b := range bs {
		out[i] = float64(b.holdout)
	}
	return out
}

// TestReferenceHoldout checks what the fits are for: the 39 weeks after the 39
// of the fit, against an independent computation.
func TestReferenceHoldout(t *testing.T) {
	t.Parallel()
	for file, table := range map[string]map[string]Accuracy{
		"cdnow_sample.csv": {
			NameBGNBD:     {2357, .785, 1.608, .626, .879, .633},
			NameMBGNBD:    {2357, .765, 1.607, .627, .838, .630},
			NameParetoNBD: {2357, .755, 1.603, .630, .885, .629},
			"rate":        {2357, 1.024, 2.212, .584, 1.56, .642},
			"again":       {2357, .897, 1.971, .577, 1.31, .623},
			"zero":        {2357, .798, 2.206, 0, 0, .177},
		},
		"cdnow_master.csv": {
			NameBGNBD:     {23570, .819, 1.733, .669, .857, .630},
			NameMBGNBD:    {23570, .795, 1.740, .670, .809, .630},
			NameParetoNBD: {23570, .794, 1.726, .671, .871, .632},
			"rate":        {23570, 1.038, 2.158, .651, 1.47, .626},
			"again":       {23570, .912, 1.936, .650, 1.24, .619},
			"zero":        {23570, .835, 2.467, 0, 0, .209},
		},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			buyers := cdnow(t, file, "1997-09-30")
			hs, _ := buyerHistories(buyers)
			all, _ := methods(t, hs)
			for name, want := range table {
				got, err := Assess(predictions(hs, all[name]), actuals(buyers))
				if err != nil {
					t.Fatal(err)
				}
				checkAccuracy(t, name, got, want)
			}
		})
	}
}

// checkAccuracy compares with figures printed to three digits, or two above 1.
func checkAccuracy(t *testing.T, name string, got, want Accuracy) {
	t.Helper()
	for _, c := range []struct {
		what            string
		got, want, slop float64
	}{
		{"customers", float64(got.Customers), float64(want.Customers), 0},
		{"MAE", got.MAE, want.MAE, .00055},
		{"RMSE", got.RMSE, want.RMSE, .00055},
		{"correlation", got.Correlation, want.Correlation, .00055},
		{"ratio", got.Ratio, want.Ratio, .00055 + .0045*math.Floor(want.Ratio)},
		{"top fifth", got.TopShare, want.TopShare, .00055},
	} {
		if !(math.Abs(c.got-c.want) <= c.slop) {
			t.Errorf("%s: %s %.5f, want %v", name, c.what, c.got, c.want)
		}
	}
}

// TestReferenceTotals: sums to more digits than the table prints.
func TestReferenceTotals(t *testing.T) {
	t.Parallel()
	buyers := cdnow(t, "cdnow_sample.csv", "1997-09-30")
	hs, _ := buyerHistories(buyers)
	all, models := methods(t, hs)
	for name, want := range map[string]struct{ sum, mae, rmse, corr, alive float64 }{
		NameBGNBD:     {1653.408, .78545, 1.60798, .62565, .813},
		NameMBGNBD:    {1576.73, .76478, 1.60718, .62725, .449},
		NameParetoNBD: {1665.54, .75453, 1.60285, .63022, .446},
	} {
		got, err := Assess(predictions(hs, all[name]), actuals(buyers))
		if err != nil {
			t.Fatal(err)
		}
		alive := 0.0
		for _, h := range hs {
			alive += models[name].PAlive(h) / float64(len(hs))
		}
		for _, c := range []struct {
			what            string
			got, want, slop float64
		}{
			{"sum", got.Ratio * 1882, want.sum, .1},
			{"MAE", got.MAE, want.mae, 2e-5},
			{"RMSE", got.RMSE, want.rmse, 2e-5},
			{"correlation", got.Correlation, want.corr, 2e-5},
			{"mean P(alive)", alive, want.alive, 5e-4},
		} {
			if math.Abs(c.got-c.want) > c.slop {
				t.Errorf("%s: %s %v, want %v", name, c.what, c.got, c.want)
			}
		}
	}
}

// TestReferenceBins reproduces the calibration plots of the BTYD walkthrough.
func TestReferenceBins(t *testing.T) {
	t.Parallel()
	buyers := cdnow(t, "cdnow_sample.csv", "1997-09-30")
	hs, _ := buyerHistories(buyers)
	all, _ := methods(t, hs)
	sizes := []int{1411, 439, 214, 100, 62, 38, 29, 64}
	actual := []float64{.2367, .697, 1.3925, 1.56, 2.5323, 2.9474, 3.8621, 6.3594}
	for name, want := range map[string]struct {
		predicted []float64
		slop      float64
	}{
		NameBGNBD:     {[]float64{.2251, .5231, 1.0441, 1.5203, 2.1638, 2.6538, 3.504, 6.157}, 2e-4},
		NameParetoNBD: {[]float64{.138, .6, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403}, 1e-3},
	} {
		bins, err := ByFrequency(hs, predictions(hs, all[name]), actuals(buyers))
		if err != nil || len(bins) != len(sizes) {
			t.Fatal(err, bins)
		}
		for i, b := range bins {
			if b.Customers != sizes[i] || b.From != i || math.Abs(b.Actual-actual[i]) > 5.1e-5 {
				t.Errorf("%+v, want %d customers from %d repeats with %v", b, sizes[i], i, actual[i])
			}
			if math.Abs(b.Predicted-want.predicted[i]) > want.slop {
				t.Errorf("%s: %d repeats: predicted %.5f, want %v", name, i, b.Predicted, want.predicted[i])
			}
		}
	}
}

// TestReferenceActivity: who will buy again at all. BG/NBD takes every one-time
// buyer for alive, which is why it is not the default; the plain rule is as
// good as any model.
func TestReferenceActivity(t *testing.T) {
	t.Parallel()
	buyers := cdnow(t, "cdnow_sample.csv", "1997-09-30")
	hs, _ := buyerHistories(buyers)
	_, models := methods(t, hs)
	alive := func(name string) func(h History) bool {
		return func(h History) bool { return models[name].PAlive(h) >= .5 }
	}
	for name, tt := range map[string]struct {
		active func(h History) bool
		want   float64
	}{
		"BG/NBD":            {alive(NameBGNBD), .339},
		"MBG/NBD":           {alive(NameMBGNBD), .775},
		"Pareto/NBD":        {alive(NameParetoNBD), .774},
		"bought lately":     {func(h History) bool { return BoughtWithin(26, h) }, .771},
		"best in hindsight": {func(h History) bool { return BoughtWithin(23, h) }, .782},
	} {
		active := make([]bool, len(hs))
		for i, h := range hs {
			active[i] = tt.active(h)
		}
		got, err := Accurate(active, actuals(buyers))
		if err != nil || math.Abs(got-tt.want) > 5.1e-4 {
			t.Errorf("%s: right for %.4f of the customers, want %v (%v)", name, got, tt.want, err)
		}
	}
}

// TestReferenceRanking: by value, the model leads a little.
func TestReferenceRanking(t *testing.T) {
	t.Parallel()
	buyers := cdnow(t, "cdnow_sample.csv", "1997-09-30")
	hs, xs := buyerHistories(buyers)
	_, models := methods(t, hs)
	spend, err := FitSpend(xs, 30)
	if err != nil || spend.Fallback {
		t.Fatal(err, spend.Reason)
	}
	value := func(name string) func(b buyer) float64 {
		return func(b buyer) float64 { return models[name].Expected(39, b.History) * spend.Model.Expected(b.spend) }
	}
	earned := make([]float64, len(buyers))
	for i, b := range buyers {
		earned[i] = b.earned
	}
	for name, tt := range map[string]struct {
		score func(b buyer) float64
		want  float64
	}{
		"Pareto/NBD": {value(NameParetoNBD), .672},
		"MBG/NBD":    {value(NameMBGNBD), .669},
		"BG/NBD":     {value(NameBGNBD), .663},
		"past spend": {func(b buyer) float64 { return PastSpend(b.first, b.spend) }, .663},
		"perfect":    {func(b buyer) float64 { return b.earned }, .942},
	} {
		scores := make([]float64, len(buyers))
		for i, b := range buyers {
			scores[i] = tt.score(b)
		}
		got, err := Assess(scores, earned)
		if err != nil || math.Abs(got.TopShare-tt.want) > 1e-3 {
			t.Errorf("%s: top fifth brings %.4f, want %v (%v)", name, got.TopShare, tt.want, err)
		}
	}
}

// TestReferenceTracking reproduces the cumulative repeat purchases of weeks 20
// to 25 that the BTYD walkthrough prints, from the models for new customers.
func TestReferenceTracking(t *testing.T) {
	t.Parallel()
	buyers := cdnow(t, "cdnow_sample.csv", "1997-09-30")
	hs, _ := buyerHistories(buyers)
	_, models := methods(t, hs)
	calibration := between(parseDay(t, "1997-01-01"), parseDay(t, "1997-09-30"))
	for name, want := range map[string][]float64{
		NameBGNBD:     {1312.458, 1387.346, 1460.392, 1531.713, 1601.418, 1669.6},
		NameParetoNBD: {1308.856, 1385.275, 1459.923, 1532.906, 1604.32, 1674.253},
	} {
		for i, w := range want {
			sum := 0.0
			for _, h := range hs {
				born := calibration - h.T
				sum += models[name].Expected(max(0, Weeks(20+i)-born), History{})
			}
			if relative(sum, w) > 5e-5 {
				t.Errorf("%s: %.3f purchases by week %d, BTYD prints %v", name, sum, 20+i, w)
			}
		}
	}
}
