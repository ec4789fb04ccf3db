package clv

import "testing"

func BenchmarkFit(b *testing.B) {
	shop := setA().customers(100_000)
	hs, xs := histories(shop), spends(shop)
	for _, name := range []string{NameBGNBD, NameMBGNBD, NameParetoNBD, NameNBD} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				fit, err := FitModel(name, hs)
				if err != nil || fit.Fallback {
					b.Fatal(err, fit.Reason)
				}
				b.ReportMetric(float64(fit.Evaluations), "evaluations")
			}
		})
	}
	b.Run(NameGammaGamma, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if fit, err := FitSpend(xs, 30); err != nil || fit.Fallback {
				b.Fatal(err, fit.Reason)
			}
		}
	})
}

// BenchmarkPredict is a refresh of 12,000 customers over a year.
func BenchmarkPredict(b *testing.B) {
	shop := setB().customers(12_000)
	var gg SpendModel = GammaGamma{6.25, 3.74, 15.44}
	for _, m := range []Model{
		BGNBD{.55, 10.5, .8, 2.5}, MBGNBD{.525, 6.183, .891, 1.614}, ParetoNBD{.553, 10.578, .606, 11.669}, NBD{.4, 12, 20},
	} {
		b.Run(m.Name(), func(b *testing.B) {
			b.ReportAllocs()
			sum := 0.0
			for b.Loop() {
				for _, s := range shop {
					sum += Residual(m, gg, s.History, s.spend) + m.PAlive(s.History)
				}
			}
			if !(sum > 0) {
				b.Fatal(sum)
			}
		})
	}
}

// BenchmarkForecast is a refresh with predictive intervals. An operation is
// 100,000 customers, a million with -large, the tables made anew; see the
// metric for one.
func BenchmarkForecast(b *testing.B) {
	n := 100_000
	if *large {
		n = 1_000_000
	}
	shop := setB().customers(n)
	gg := GammaGamma{6.25, 3.74, 15.44}
	for _, m := range []Model{
		BGNBD{.55, 10.5, .8, 2.5}, MBGNBD{.525, 6.183, .891, 1.614}, ParetoNBD{.553, 10.578, .606, 11.669}, NBD{.4, 12, 20},
	} {
		b.Run(m.Name(), func(b *testing.B) {
			b.ReportAllocs()
			sum := 0.0
			for b.Loop() {
				f := NewForecaster(Year(), m, gg, .9)
				for _, s := range shop {
					sum += f.Forecast(s.History, s.spend).High
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/customer")
			if !(sum > 0) {
				b.Fatal(sum)
			}
		})
	}
}

// BenchmarkInterval is the plain computation that BenchmarkForecast replaces.
func BenchmarkInterval(b *testing.B) {
	shop := setB().customers(200)
	m, gg := MBGNBD{.525, 6.183, .891, 1.614}, GammaGamma{6.25, 3.74, 15.44}
	for b.Loop() {
		for _, s := range shop {
			if low, high := Year().Interval(m, gg, s.History, s.spend, .9); low > high {
				b.Fatal(low, high)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/200, "ns/customer")
}

// BenchmarkFitMillion fits a million customers at the grain of a day; see
// TestFitBeatsNaive for the plain search.
func BenchmarkFitMillion(b *testing.B) {
	if !*large {
		b.Skip("a million customers are fitted with -large only")
	}
	hs := byDay(histories(setB().customers(1_000_000)))
	for _, name := range []string{NameBGNBD, NameMBGNBD, NameParetoNBD} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if fit, err := FitModel(name, hs); err != nil || fit.Fallback {
					b.Fatal(err, fit.Reason)
				}
			}
		})
	}
}
