package clv

import "math"

// factors are what a stride of the series of [future] owes to the customer's past alone: the sum grows by
// Pr(K=k) * (terms[0]*z + terms[1]*z^2 + ...), Pr(K=k) by growth * z^stride.
type factors struct {
	terms           [stride]float64
	growth          float64
	ratio, survived float64 // the last ratio, at least 1, and the last sum of survivals
}

// factorsOf tells pasts apart whose factors differ; see [future].
type factorsOf struct{ shape, stay, leave float64 }

// factorSeries makes one after the other.
type factorSeries struct {
	factorsOf
	k                   float64
	surviving, survived float64
}

func newFactorSeries(of factorsOf) factorSeries { return factorSeries{factorsOf: of, surviving: 1} }

func (s *factorSeries) next(f *factors) {
	growth, ratio := 1.0, 0.0
	for i := range f.terms {
		ratio = (s.shape + s.k) / (s.k + 1)
		growth *= ratio
		s.survived += s.surviving
		f.terms[i] = growth * s.survived
		s.surviving *= (s.stay + s.k) / (s.leave + s.stay + s.k)
		s.k++
	}
	f.growth, f.ratio, f.survived = growth, math.Max(ratio, 1), s.survived
}

// keptFactors are those of the customers seen so far: everybody with as many orders has the same. Its nil keeps nothing.
type keptFactors struct{ all map[factorsOf]*pastFactors }

// pastFactors are the first ones of a past, and what makes the others.
type pastFactors struct {
	first []factors
	rest  factorSeries
}

const (
	maxKeptFactors = 128  // of a past: some 1,000 terms
	maxKeptPasts   = 1024 // some 12 MB
)

func newKeptFactors() *keptFactors { return &keptFactors{all: map[factorsOf]*pastFactors{}} }

// of returns what is kept of a past; nil where nothing is, and then the series that makes its factors.
func (k *keptFactors) of(past factorsOf) (*pastFactors, factorSeries) {
	if k == nil {
		return nil, newFactorSeries(past)
	}
	p := k.all[past]
	if p == nil {
		if len(k.all) >= maxKeptPasts {
			clear(k.all)
		}
		p = &pastFactors{rest: newFactorSeries(past)}
		k.all[past] = p
	}
	return p, factorSeries{}
}

// at returns the factors of the k-th stride; k is at most one more than any before.
func (p *pastFactors) at(k int) *factors {
	if k == len(p.first) {
		var f factors
		p.rest.next(&f)
		p.first = append(p.first, f)
	}
	return &p.first[k]
}
