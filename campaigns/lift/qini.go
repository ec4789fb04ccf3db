package lift

import (
	"cmp"
	"slices"
)

// Scored are customers of one score that a model gave before the campaign: how many per arm and their outcomes.
type Scored struct {
	Score                          float64
	Treated, Control               int64
	TreatedOutcome, ControlOutcome float64
}

// Ranking says whether mailing by score beats mailing at random.
type Ranking struct {
	Customers  []int64   // mailed so far, from the highest score down, starting at 0
	Qini       []float64 // outcome gained by then over control scaled to the treated arm's size (Radcliffe 2007)
	Uplift     []float64 // difference of the arms' means by then times the customers
	Area       float64   // under Qini
	Random     float64   // area of a ranking without knowledge: the straight line to Qini's end
	Above      float64   // Area - Random
	PerHead    float64   // Above per squared number of customers: comparable between campaigns
	UpliftArea float64
}

// Rank builds the curves; customers of one score are one step, whatever order they come in.
//
// A ranking is no proof of profit: it says who should come first, the difference of the arms says whether anyone
// should. Undefined with FewerThanTwo without scored customers in both arms.
func Rank(groups []Scored) (Ranking, error) {
	steps := merged(groups)
	r := Ranking{Customers: []int64{0}, Qini: []float64{0}, Uplift: []float64{0}}
	var sum Scored
	for _, g := range steps {
		sum = sum.plus(g)
		r.Customers = append(r.Customers, sum.Treated+sum.Control)
		r.Qini = append(r.Qini, sum.qini())
		r.Uplift = append(r.Uplift, sum.uplift())
	}
	if sum.Treated < 1 || sum.Control < 1 {
		return Ranking{}, &Undefined{FewerThanTwo, "an arm has no scored customers"}
	}
	n := float64(sum.Treated + sum.Control)
	r.Area, r.UpliftArea = area(r.Customers, r.Qini), area(r.Customers, r.Uplift)
	r.Random = r.Qini[len(r.Qini)-1] * n / 2
	r.Above = r.Area - r.Random
	r.PerHead = r.Above / (n * n)
	return r, nil
}

// Coefficient is a ranking's area above random as a share of the best possible one's: 1 is perfect, 0 random. Perfect
// ranks the customers by their own outcomes, treated ones high first; with an outcome of everybody in groups of one.
// It is undefined if no ranking beats random.
func Coefficient(ranking, perfect Ranking) (float64, error) {
	best := perfect.Above
	if best == 0 || !isFinite(best) || !isFinite(ranking.Above) {
		return 0, &Undefined{ZeroVariance, "no ranking of these customers beats chance"}
	}
	return ranking.Above / best, nil
}

// Perfect is the ranking by what nobody can know: treated customers by their outcome, control by minus theirs.
func Perfect(groups []Scored) (Ranking, error) {
	known := slices.Clone(groups)
	for i, g := range known {
		if g.Treated+g.Control != 1 {
			return Ranking{}, &Undefined{OutOfRange, "the perfect ranking needs every customer on their own"}
		}
		known[i].Score = g.TreatedOutcome - g.ControlOutcome
	}
	return Rank(known)
}

// merged sums groups of one score and sorts them from the highest down.
func merged(groups []Scored) []Scored {
	sorted := slices.Clone(groups)
	slices.SortStableFunc(sorted, func(a, b Scored) int { return cmp.Compare(b.Score, a.Score) })
	var steps []Scored
	for _, g := range sorted {
		if last := len(steps) - 1; last >= 0 && steps[last].Score == g.Score {
			steps[last] = steps[last].plus(g)
			continue
		}
		steps = append(steps, g)
	}
	return steps
}

// plus keeps the score of the first.
func (s Scored) plus(g Scored) Scored {
	s.Treated += g.Treated
	s.Control += g.Control
	s.TreatedOutcome += g.TreatedOutcome
	s.ControlOutcome += g.ControlOutcome
	return s
}

// qini is the gain of the treated customers so far; without control among them nothing is subtracted.
func (s Scored) qini() float64 {
	if s.Control == 0 {
		return s.TreatedOutcome
	}
	return s.TreatedOutcome - s.ControlOutcome*float64(s.Treated)/float64(s.Control)
}

// uplift treats an empty arm's mean as 0, as scikit-uplift does.
func (s Scored) uplift() (gain float64) {
	if s.Treated > 0 {
		gain += s.TreatedOutcome / float64(s.Treated)
	}
	if s.Control > 0 {
		gain -= s.ControlOutcome / float64(s.Control)
	}
	return gain * float64(s.Treated+s.Control)
}

// area is that under straight lines between the points.
func area(x []int64, y []float64) (sum float64) {
	for i := 1; i < len(x); i++ {
		sum += float64(x[i]-x[i-1]) * (y[i] + y[i-1]) / 2
	}
	return sum
}
