package clv

import "testing"

func BenchmarkFit(b *testing.B) {
	shop := setA().customers(100_000)
	hs, xs := histories(shop), spends(shop)
	for _, name := range []string{NameBGNBD, NameMBGNBD, NameNBD} {
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
	shop := recipe{seed: 3, truth: BGNBD{.55, 10.5, .8, 2.5}, days: 730, acquire: 700}.customers(12_000)
	var gg SpendModel = GammaGamma{6.25, 3.74, 15.44}
	for _, m := range []Model{BGNBD{.55, 10.5, .8, 2.5}, MBGNBD{.525, 6.183, .891, 1.614}, NBD{.4, 12, 20}} {
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
