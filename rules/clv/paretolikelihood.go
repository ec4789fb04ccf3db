package clv

import "math"

// deathCells lists, for every x of a sample, the times at which the rows with
// that x need the death share. Many rows share a cell: a shop of a million
// customers has some ten thousand.
type deathCells struct {
	groups []deathGroup
	times  []int32    // of each cell, where sample.times has it
	rows   [][2]int32 // of each row, the cells of tx and t
}

// deathGroup is the cells and rows of one x, each from where the last ended.
type deathGroup struct {
	x               float64
	cellEnd, rowEnd int
}

func (s *sample) deathCells() *deathCells {
	c := &deathCells{rows: make([][2]int32, len(s.rows))}
	known := make([]int32, len(s.times)) // the cell of a time, if it is of this x
	first := int32(0)
	cell := func(at int32) int32 {
		if i := known[at]; i >= first && int(i) < len(c.times) && c.times[i] == at {
			return i
		}
		known[at] = int32(len(c.times))
		c.times = append(c.times, at)
		return known[at]
	}
	for i := range s.rows {
		w := &s.rows[i]
		c.rows[i] = [2]int32{cell(w.atTx), cell(w.atT)}
		if i+1 == len(s.rows) || s.rows[i+1].x != w.x {
			c.groups = append(c.groups, deathGroup{x: w.x, cellEnd: len(c.times), rowEnd: i + 1})
			first = int32(len(c.times))
		}
	}
	return c
}

// paretoObjective is the mean negative log-likelihood of Pareto/NBD at
// theta = (r, alpha, s, beta).
func (s *sample) paretoObjective() objective {
	cells := s.deathCells()
	shares := make([]share, len(cells.times))
	buy, die := make([]age, len(s.times)), make([]age, len(s.times))
	var d deathShare
	return func(theta, grad []float64) float64 {
		m := ParetoNBD{R: theta[0], Alpha: theta[1], S: theta[2], Beta: theta[3]}
		clear(grad)
		fillAges(buy, s.times, m.Alpha)
		fillAges(die, s.times, m.Beta)
		ll := risingSum(m.R, s.beyond, &grad[0])
		logAlpha, cell, i := math.Log(m.Alpha), 0, 0
		for _, g := range cells.groups {
			d.reset(m.R+g.x, m.S, m.Alpha < m.Beta)
			for ; cell < g.cellEnd; cell++ {
				y := s.times[cells.times[cell]]
				shares[cell] = d.at(m.Alpha+y, m.Beta+y)
			}
			for ; i < g.rowEnd; i++ {
				w, at := &s.rows[i], cells.rows[i]
				ll += m.accumulate(
					w, logAlpha,
					moment{buy[w.atTx], die[w.atTx], &shares[at[0]]},
					moment{buy[w.atT], die[w.atT], &shares[at[1]]}, grad,
				)
			}
		}
		return s.finish(ll, theta, grad)
	}
}

// moment is what the likelihood of a row takes from one of its two times.
type moment struct {
	buy, die age
	share    *share
}

// accumulate adds one row's derivatives by (r, alpha, s, beta) to grad and
// returns its log-likelihood without the part that depends on x alone. See
// [ParetoNBD.either] for the form.
func (m ParetoNBD) accumulate(w *row, logAlpha float64, last, now moment, grad []float64) float64 {
	shape := m.R + w.x
	buy, die := now.buy.log-last.buy.log, now.die.log-last.die.log
	faded := math.Exp(-shape*buy - m.S*die)
	rest := 1 - now.share.value
	either := last.share.value + faded*rest
	scale := w.n / either
	grad[0] += scale*(last.share.byShape-faded*(now.share.byShape+rest*buy)) - w.n*last.buy.log
	grad[1] += scale*(last.share.byA-faded*(now.share.byA+rest*shape*(now.buy.end-last.buy.end))) +
		w.n*(m.R*(1/m.Alpha-last.buy.end)-w.x*last.buy.end)
	grad[2] += scale*(last.share.byLeave-faded*(now.share.byLeave+rest*die)) - w.n*last.die.log
	grad[3] += scale*(last.share.byB-faded*(now.share.byB+rest*m.S*(now.die.end-last.die.end))) +
		w.n*m.S*(1/m.Beta-last.die.end)
	return w.n * (math.Log(either) - m.R*last.buy.log - w.x*(logAlpha+last.buy.log) - m.S*last.die.log)
}
