package clv

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// sample is a set of histories as the fits need it: equal ones counted once,
// in one fixed order, times divided by scale so that the longest is 1.
type sample struct {
	rows      []row
	scale     float64
	customers int
	repeaters int
	repeats   float64   // sum of x
	exposure  float64   // sum of T in weeks
	beyond    []float64 // beyond[i] counts the customers with x > i
	times     []float64 // all tx and t, each once, ascending
}

// row is a group of n customers with one history.
type row struct {
	x, tx, t, n float64
	atTx, atT   int32 // where times has tx and t
}

// gather validates, sorts and groups.
func gather(hs []History) (sample, error) {
	for i, h := range hs {
		if err := h.Validate(); err != nil {
			return sample{}, fmt.Errorf("history %d: %w", i, err)
		}
	}
	sorted := slices.Clone(hs)
	slices.SortFunc(sorted, compareHistories)
	s := sample{customers: len(hs), scale: 1}
	maxX, longest := 0, 0.0
	for _, h := range sorted {
		maxX, longest = max(maxX, h.X), max(longest, float64(h.T))
		s.repeats += float64(h.X)
		s.exposure += float64(h.T)
		if h.X > 0 {
			s.repeaters++
		}
	}
	if longest > 0 {
		s.scale = longest
	}
	s.group(sorted)
	s.index()
	s.count(maxX)
	return s, nil
}

func compareHistories(a, b History) int {
	if a.X != b.X {
		return cmp.Compare(a.X, b.X)
	}
	return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.T, b.T), cmp.Compare(a.Tx, b.Tx))
}

// group fills rows from histories in order.
func (s *sample) group(sorted []History) {
	s.rows = make([]row, 0, len(sorted))
	for i, h := range sorted {
		if i > 0 && h == sorted[i-1] {
			s.rows[len(s.rows)-1].n++
			continue
		}
		s.rows = append(s.rows, row{
			x: float64(h.X), tx: float64(h.Tx) / s.scale, t: float64(h.T) / s.scale, n: 1,
		})
	}
}

// index fills times. Purchases have the grain of a day, so that a shop has some
// thousand different times and a fit takes their logarithms once for all rows.
func (s *sample) index() {
	all := make([]float64, 0, 2*len(s.rows))
	for _, w := range s.rows {
		all = append(all, w.tx, w.t)
	}
	slices.Sort(all)
	s.times = slices.Clip(slices.Compact(all))
	for i := range s.rows {
		w := &s.rows[i]
		tx, _ := slices.BinarySearch(s.times, w.tx)
		t, _ := slices.BinarySearch(s.times, w.t)
		w.atTx, w.atT = int32(tx), int32(t)
	}
}

// count fills beyond. With it the sum over customers of ln(r)_x, the log-gamma
// terms of every likelihood here, is the sum over i of beyond[i] ln(r+i).
func (s *sample) count(maxX int) {
	s.beyond = make([]float64, maxX)
	for _, w := range s.rows {
		if w.x > 0 {
			s.beyond[int(w.x)-1] += w.n
		}
	}
	for i := maxX - 2; i >= 0; i-- {
		s.beyond[i] += s.beyond[i+1]
	}
}

// chances returns how many customers had more than i chances to leave, by i.
func (s *sample) chances(early bool) []float64 {
	if !early {
		return s.beyond
	}
	return append([]float64{float64(s.customers)}, s.beyond...)
}

// logLikelihood turns a minimum of a mean negative log-likelihood in scaled
// time into a log-likelihood in weeks.
func (s *sample) logLikelihood(m minimum) float64 {
	return -m.value*float64(s.customers) - s.repeats*math.Log(s.scale)
}

// history returns the history that the customers of w share.
func (s *sample) history(w row) History {
	return History{X: int(w.x), Tx: Weeks(w.tx * s.scale), T: Weeks(w.t * s.scale)}
}
