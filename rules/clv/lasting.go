package clv

import "math"

// lasting is one customer's coming purchases under Pareto/NBD. If alive, the
// customer buys at a rate from Gamma(shape, time) and leaves at a rate from
// Gamma(leave, life), the two independent: the posterior given alive.
type lasting struct{ alive, shape, time, leave, life float64 }

// expected returns the expected purchases in the next t weeks.
func (l lasting) expected(t Weeks) float64 {
	return l.pace() * growth(1-l.leave, l.ages(t))
}

func (l lasting) fill(out []float64, ts []Weeks, _ *keptFactors) {
	for i, t := range ts {
		out[i] = l.expected(t)
	}
}

// pace is what expected purchases are, but for the integral over time.
func (l lasting) pace() float64 { return l.alive * l.shape / l.time * l.life }

// ages measures time in the unit in which the customer ages: after t weeks the
// probability of being alive still is exp(-leave*ages).
func (l lasting) ages(t Weeks) float64 { return math.Log1p(math.Max(0, float64(t)) / l.life) }

// growth is the integral of exp(k*v) for v from 0 to end.
func growth(k, end float64) float64 {
	if k == 0 {
		return end
	}
	return math.Expm1(k*end) / k
}

// discounted returns the purchases expected in the next t weeks, which may be
// infinite, discounted continuously at rate per week. The published form of
// the endless sum has Tricomi's U, which overflows; this is its integral.
func (l lasting) discounted(t Weeks, rate float64) float64 {
	end, k := l.ages(t), 1-l.leave
	fall := rate * l.life
	switch {
	case rate == 0 && (k < 0 || !math.IsInf(end, 1)):
		return l.pace() * growth(k, end)
	case !(rate > 0) && math.IsInf(end, 1):
		return math.Inf(1)
	}
	width := math.Min(0.5, 4/math.Abs(k))
	if rate > 0 {
		end = math.Min(end, math.Log1p(beyondFloat/fall))
	}
	if k < 0 {
		end = math.Min(end, -beyondFloat/k)
	}
	sum, rule := 0.0, fineRule()
	panels := math.Ceil(end / width)
	for i := range int(panels) {
		panel(rule[:], float64(i)/panels*end, float64(i+1)/panels*end, func(v, weight float64) {
			sum += weight * math.Exp(k*v-fall*math.Expm1(v))
		})
	}
	return l.pace() * sum
}

const (
	beyondFloat = 45   // an exponent at which a factor has fallen out of sight
	restCoarse  = 1e-9 // where counts may be off by some 1e-6
)

// counts mixes over the moment of leaving: purchases until then, or until t for
// who stays. (Fader and Hardie 2014, note 033 at brucehardie.com, has a closed
// form, but of differences of 2F1.)
func (l lasting) counts(out []float64, t Weeks, rest float64) []float64 {
	from, weeks := len(out), float64(t)
	out = newPurchaseCounts(l.shape, l.time, weeks).appendTo(out, rest)
	all := out[from:]
	stays := l.alive * math.Exp(-l.leave*l.ages(t))
	for k := range all {
		all[k] *= stays
	}
	all[0] += 1 - l.alive
	fine, coarse := fineRule(), coarseRule()
	rule := fine[:]
	if rest > restCoarse {
		rule = coarse[:]
	}
	l.moments(rule, weeks, func(at, weight float64) {
		newPurchaseCounts(l.shape, l.time, at).addTo(all, weight)
	})
	return out
}

// moments visits moments of leaving before weeks and their probabilities. The
// panels are short enough for the count of purchases up to such a moment, whose
// probability has a peak of relative width 1/sqrt(shape), and for the fall of
// exp(-leave*ages).
func (l lasting) moments(rule [][2]float64, weeks float64, visit func(at, weight float64)) {
	step := math.Exp(math.Min(2, 4/math.Sqrt(1+l.shape)))
	to := 2 * l.time / (1 + l.shape)
	for at := 0.0; at < weeks; {
		from := l.ages(Weeks(at))
		if l.leave*from > beyondFloat {
			return
		}
		to = math.Min(to, l.life*math.Expm1(from+4/l.leave))
		to = math.Min(to, weeks)
		panel(rule, from, l.ages(Weeks(to)), func(v, weight float64) {
			visit(l.life*math.Expm1(v), weight*l.alive*l.leave*math.Exp(-l.leave*v))
		})
		at, to = to, to*step
	}
}
