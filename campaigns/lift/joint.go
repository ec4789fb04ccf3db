package lift

import "slices"

// Amounts is how many amounts per customer [Joint] sums together: an outcome and three covariates, or two money
// amounts and two of before.
const Amounts = 4

// How many products of one, two and three amounts there are, each counted once whatever its order.
const (
	pairs   = Amounts * (Amounts + 1) / 2
	triples = Amounts * (Amounts + 1) * (Amounts + 2) / 6
)

// Joint are the sufficient statistics of several amounts of the customers of one arm (and stratum): n and the sums of
// all products of up to three amounts, each amount less its origin. They hold n, Σy to Σy³, Σx to Σx³, Σxy, Σx²y and
// Σxy² of every pair and what a weighted sum of the amounts needs besides. Like [Sums] they merge by addition; amounts
// that are not used stay 0.
//
// An origin near the amounts' means keeps the digits that a large common part would eat. It changes no estimate and
// should be the same constant in all arms and strata.
type Joint struct {
	N      int64            // customers
	Origin [Amounts]float64 // subtracted from every customer's amounts
	First  [Amounts]float64 // sums of the amounts
	Second [pairs]float64   // sums of products of two, in the order of [Products]
	Third  [triples]float64 // sums of products of three, in the order of [Products]
}

// Products lists the products whose sums [JointOf] takes, each as the indices of its amounts: all single amounts, then
// all pairs, then all triples. A query that sums them in this order delivers an arm in one pass.
func Products() [][]int {
	var one, two, three [][]int
	for i := range Amounts {
		one = append(one, []int{i})
		for j := i; j < Amounts; j++ {
			two = append(two, []int{i, j})
			for k := j; k < Amounts; k++ {
				three = append(three, []int{i, j, k})
			}
		}
	}
	return slices.Concat(one, two, three)
}

// JointOf puts sums of the order of [Products] together, of amounts less the origin.
//
// Undefined with OutOfRange if there are more or fewer sums than products.
func JointOf(customers int64, origin [Amounts]float64, sums []float64) (Joint, error) {
	s := Joint{N: customers, Origin: origin}
	if want := Amounts + pairs + triples; len(sums) != want || customers < 0 {
		return Joint{}, &Undefined{OutOfRange, "the sums are not those of the products"}
	}
	copy(s.First[:], sums)
	copy(s.Second[:], sums[Amounts:])
	copy(s.Third[:], sums[Amounts+pairs:])
	return s, nil
}

// Add counts one customer with up to [Amounts] amounts; the others are 0. Further ones are ignored.
func (s *Joint) Add(amounts ...float64) {
	var v [Amounts]float64
	copy(v[:], amounts)
	for i := range v {
		v[i] -= s.Origin[i]
	}
	s.N++
	if v == ([Amounts]float64{}) {
		return // most customers of a window did nothing
	}
	two, three := 0, 0
	for i, a := range v {
		s.First[i] += a
		for j := i; j < Amounts; j++ {
			ab := a * v[j]
			s.Second[two] += ab
			two++
			for _, c := range v[j:] {
				s.Third[three] += ab * c
				three++
			}
		}
	}
}

// Merge gives the sums of two disjoint groups of customers together, less the origin of the first that has customers.
func (s Joint) Merge(other Joint) Joint {
	switch {
	case s.N == 0:
		return other
	case other.N == 0:
		return s
	}
	// Arms summed with different origins, such as those of two report revisions, still belong together.
	other = other.Rebase(s.Origin)
	s.N += other.N
	for i := range s.First {
		s.First[i] += other.First[i]
	}
	for i := range s.Second {
		s.Second[i] += other.Second[i]
	}
	for i := range s.Third {
		s.Third[i] += other.Third[i]
	}
	return s
}

// Rebase gives the same customers' sums less another origin.
func (s Joint) Rebase(origin [Amounts]float64) Joint {
	if origin == s.Origin {
		return s
	}
	n, to := float64(s.N), Joint{N: s.N, Origin: origin}
	var d [Amounts]float64
	for i := range d {
		d[i] = origin[i] - s.Origin[i]
		to.First[i] = s.First[i] - n*d[i]
	}
	two, three := 0, 0
	for i := range Amounts {
		for j := i; j < Amounts; j++ {
			to.Second[two] = s.Second[two] - d[i]*s.First[j] - d[j]*s.First[i] + n*d[i]*d[j]
			two++
			for k := j; k < Amounts; k++ {
				to.Third[three] = s.Third[three] - d[i]*s.pair(j, k) - d[j]*s.pair(i, k) - d[k]*s.pair(i, j) +
					d[i]*d[j]*s.First[k] + d[i]*d[k]*s.First[j] + d[j]*d[k]*s.First[i] - n*d[i]*d[j]*d[k]
				three++
			}
		}
	}
	return to
}

// Linear gives the [Sums] of a weighted sum of each customer's amounts less the origin: weights (1, 0.4) turn banked
// and projected value into their CLV, (1, -theta) an outcome into its residual.
func (s Joint) Linear(weights ...float64) Sums {
	var w [Amounts]float64
	copy(w[:], weights)
	to, two, three := Sums{N: s.N}, 0, 0
	for i := range Amounts {
		to.Y += w[i] * s.First[i]
		for j := i; j < Amounts; j++ {
			to.Y2 += float64(orders(i, j)) * w[i] * w[j] * s.Second[two]
			two++
			for k := j; k < Amounts; k++ {
				to.Y3 += float64(orders(i, j, k)) * w[i] * w[j] * w[k] * s.Third[three]
				three++
			}
		}
	}
	return to
}

// Mean is an amount per customer, 0 for an empty arm.
func (s Joint) Mean(amount int) float64 {
	if s.N <= 0 {
		return 0
	}
	return s.Origin[amount] + s.First[amount]/float64(s.N)
}

// Covariance is the sample covariance of two amounts with n-1, 0 below two customers.
func (s Joint) Covariance(a, b int) float64 {
	if s.N < 2 {
		return 0
	}
	return s.scatter(a, b) / float64(s.N-1)
}

// scatter is the sum of products of two amounts' deviations from their means.
func (s Joint) scatter(a, b int) float64 {
	if s.N == 0 {
		return 0
	}
	return s.pair(a, b) - s.First[a]*s.First[b]/float64(s.N)
}

// form is the covariance of two weighted sums of the amounts.
func (s Joint) form(u, w [Amounts]float64) (covariance float64) {
	for i := range u {
		for j := range w {
			covariance += u[i] * w[j] * s.Covariance(i, j)
		}
	}
	return covariance
}

// pair is the sum of a product of two amounts, in either order.
func (s Joint) pair(a, b int) float64 {
	i, j := min(a, b), max(a, b)
	return s.Second[i*Amounts-i*(i-1)/2+j-i]
}

// orders is how often a product appears when a sum is multiplied out: once for each order of its different indices.
func orders(sorted ...int) int {
	different := len(slices.Compact(slices.Clone(sorted)))
	if len(sorted) == 2 {
		return different
	}
	return []int{1, 3, 6}[different-1]
}
