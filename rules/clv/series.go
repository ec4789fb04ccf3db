package clv

// gaussSeries is 2F1(1, upper; lower; u) for 0 < upper < lower, with tables of
// what does not depend on u, since a fit needs it at many u.
type gaussSeries struct {
	upper, lower float64
	terms        []seriesTerm
}

// seriesTerm is a coefficient of u^k and its derivatives by the parameters.
type seriesTerm struct{ factor, byUpper, byLower float64 }

// seriesSum is the series at one u and its derivatives.
type seriesSum struct{ value, byUpper, byLower, byArgument float64 }

func (g *gaussSeries) reset(upper, lower float64) {
	g.upper, g.lower = upper, lower
	g.terms = append(g.terms[:0], seriesTerm{factor: 1})
}

// extend adds the next coefficient.
func (g *gaussSeries) extend() {
	k := float64(len(g.terms) - 1)
	last := g.terms[len(g.terms)-1]
	over, under := g.upper+k, g.lower+k
	ratio := over / under
	g.terms = append(g.terms, seriesTerm{
		factor:  last.factor * ratio,
		byUpper: last.byUpper*ratio + last.factor/under,
		byLower: (last.byLower - last.factor/under) * ratio,
	})
}

// at sums the series. Coefficients fall, so a geometric series bounds the rest.
func (g *gaussSeries) at(u float64) seriesSum {
	sum, power := seriesSum{value: 1}, 1.0
	enough := restIgnored * (1 - u) * (1 - u)
	for k := 1; ; k++ {
		if k == len(g.terms) {
			g.extend()
		}
		t := &g.terms[k]
		sum.byArgument += float64(k) * t.factor * power
		power *= u
		sum.value += t.factor * power
		sum.byUpper += t.byUpper * power
		sum.byLower += t.byLower * power
		if float64(k)*t.factor*power <= enough {
			return sum
		}
	}
}
