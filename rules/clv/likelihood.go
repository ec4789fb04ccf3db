package clv

import "math"

// dropoutObjective is the mean negative log-likelihood of BG/NBD, or of
// MBG/NBD when early is set, at theta = (r, alpha, a, b).
func (s *sample) dropoutObjective(early bool) objective {
	chances, ages := s.chances(early), make([]age, len(s.times))
	return func(theta, grad []float64) float64 {
		d := dropout{r: theta[0], alpha: theta[1], a: theta[2], b: theta[3], early: early}
		clear(grad)
		fillAges(ages, s.times, d.alpha)
		ll := risingSum(d.r, s.beyond, &grad[0]) + stayedSum(d.a, d.b, chances, grad[2:])
		logAlpha, odds, x := math.Log(d.alpha), 0.0, -1.0
		for i := range s.rows {
			w := &s.rows[i]
			if w.x != x { // rows come in order of x
				x, odds = w.x, d.logOddsLeaving(d.chances(int(w.x)))
			}
			ll += d.accumulate(w, ages, logAlpha, odds, grad)
		}
		return s.finish(ll, theta, grad)
	}
}

// age is what a fit needs to know of a time y for a parameter p: ln(1+y/p) and
// 1/(p+y).
type age struct{ log, end float64 }

func fillAges(ages []age, times []float64, p float64) {
	for i, y := range times {
		ages[i] = age{log: math.Log1p(y / p), end: 1 / (p + y)}
	}
}

// accumulate adds one row's derivatives by (r, alpha, a, b) to grad and
// returns its log-likelihood without the parts that depend on x alone.
func (d dropout) accumulate(w *row, ages []age, logAlpha, odds float64, grad []float64) float64 {
	now, last := ages[w.atT], ages[w.atTx]
	ll := -d.r*now.log - w.x*(logAlpha+now.log)
	byR := -now.log
	byAlpha := d.r*(1/d.alpha-now.end) - w.x*now.end
	if n := d.chances(int(w.x)); n > 0 {
		gap := now.log - last.log
		rate := d.r + w.x
		u, dead := softplusLogistic(odds + rate*gap)
		ll += u
		byR += dead * gap
		byAlpha += dead * rate * (now.end - last.end)
		grad[2] += w.n * dead / d.a
		grad[3] -= w.n * dead / (d.b + float64(n-1))
	}
	grad[0] += w.n * byR
	grad[1] += w.n * byAlpha
	return w.n * ll
}

// nbdObjective is the mean negative log-likelihood of NBD at (r, alpha).
func (s *sample) nbdObjective() objective {
	ages := make([]age, len(s.times))
	return func(theta, grad []float64) float64 {
		r, alpha := theta[0], theta[1]
		logAlpha := math.Log(alpha)
		clear(grad)
		fillAges(ages, s.times, alpha)
		ll := risingSum(r, s.beyond, &grad[0])
		for i := range s.rows {
			w := &s.rows[i]
			now := ages[w.atT]
			ll -= w.n * (r*now.log + w.x*(logAlpha+now.log))
			grad[0] -= w.n * now.log
			grad[1] += w.n * (r*(1/alpha-now.end) - w.x*now.end)
		}
		return s.finish(ll, theta, grad)
	}
}

// finish turns sums into means, derivatives by theta into derivatives by
// ln theta, and both into what a minimiser wants.
func (s *sample) finish(ll float64, theta, grad []float64) float64 {
	n := float64(s.customers)
	for i := range grad {
		grad[i] *= -theta[i] / n
	}
	return -ll / n
}

// risingSum returns the sum over customers of ln (r)_x and adds its derivative.
func risingSum(r float64, beyond []float64, byR *float64) float64 {
	sum := 0.0
	for i, n := range beyond {
		sum += n * math.Log(r+float64(i))
		*byR += n / (r + float64(i))
	}
	return sum
}

// stayedSum returns the sum over customers of ln (b)_n/(a+b)_n and adds its
// derivatives by a and b to byAB.
func stayedSum(a, b float64, chances, byAB []float64) float64 {
	sum := 0.0
	for i, n := range chances {
		bi := b + float64(i)
		sum -= n * math.Log1p(a/bi)
		byAB[0] -= n / (a + bi)
		byAB[1] += n * a / (bi * (a + bi))
	}
	return sum
}

// softplusLogistic returns ln(1+exp(u)) and its derivative from one exponential.
func softplusLogistic(u float64) (float64, float64) {
	if u > 0 {
		e := math.Exp(-u)
		return u + logOnePlus(e), 1 / (1 + e)
	}
	e := math.Exp(u)
	return logOnePlus(e), e / (1 + e)
}

// logOnePlus returns ln(1+e) for e from 0 to 1 in half the time of [math.Log1p], and as exactly: the rounding of the sum
// is undone (Goldberg 1991, theorem 4).
func logOnePlus(e float64) float64 {
	sum := 1 + e
	if sum == 1 {
		return e
	}
	return math.Log(sum) * (e / (sum - 1))
}
