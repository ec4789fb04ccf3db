package lift_test

import (
	"flag"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"treue/campaigns/lift"
)

// The validations draw campaigns of an invented shop whose truth is known. The short form runs with every test; the
// full form gives the published figures:
//
//	go test ./campaigns/lift -run Validation -v -args -lift.full
var full = flag.Bool("lift.full", false, "run the validations at full size")

// runs is the number of simulated campaigns of a cell.
func runs(short, long int) int {
	if *full {
		return long
	}
	return short
}

// noise is two standard errors of a share measured on so many campaigns.
func noise(share float64, campaigns int) float64 {
	return 2 * math.Sqrt(share*(1-share)/float64(campaigns))
}

// The shop: orders a window from Poisson(Gamma(0.7)) with a mean of 0.08, each worth 30 e^a LogN(0, 0.8) with a
// customer's own taste a ~ N(0, 0.9), four windows of history.
const (
	orderRate  = 0.08
	shape      = 0.7
	tasteSD    = 0.9
	orderSD    = 0.8
	orderValue = 30
	windows    = 4
	poolSize   = 50_000 // customers, drawn with replacement
	poolRuns   = 100    // campaigns before another pool takes its place
)

// person is a customer of the shop.
type person struct {
	orders  []float64 // margins in the window
	margin  float64   // their sum
	history float64   // margin in the windows before
	worth   float64   // 30 e^a: what an order is worth before its own luck
}

// pool is a shop's customers.
type pool struct {
	people       []person
	mean, spent  float64 // margin per customer; expected margin of one more order of everybody
	capAt        float64 // frozen: from another shop's window, before any campaign
	history      lift.Sums
	historyBuyer int64
}

func newPool(random *rand.Rand) pool {
	p := pool{people: make([]person, poolSize)}
	rate := distuv.Gamma{Alpha: shape, Beta: shape / orderRate, Src: random}
	before := make([]float64, poolSize)
	for i := range p.people {
		one := person{worth: orderValue * math.Exp(tasteSD*random.NormFloat64())}
		lambda := rate.Rand()
		for range poisson(random, lambda) {
			one.orders = append(one.orders, one.order(random))
			one.margin += one.orders[len(one.orders)-1]
		}
		for w := range windows {
			for range poisson(random, lambda) {
				value := one.order(random)
				one.history += value
				if w == 0 {
					before[i] += value
				}
			}
		}
		if before[i] > 0 {
			p.historyBuyer++
		}
		p.people[i] = one
		p.mean += one.margin / poolSize
		p.spent += one.worth * math.Exp(orderSD*orderSD/2) / poolSize
	}
	p.history = lift.SumsOf(before)
	p.capAt, _ = lift.FrozenCap(before, lift.CapPercentile, false) // a shop without any order has no campaigns either
	return p
}

// order draws one order's margin.
func (p *person) order(random *rand.Rand) float64 {
	return p.worth * math.Exp(orderSD*random.NormFloat64())
}

// poisson draws small counts by inversion.
func poisson(random *rand.Rand, lambda float64) (n int) {
	for u, p := random.Float64(), math.Exp(-lambda); u > p; n++ {
		u -= p
		p *= lambda / float64(n+1)
	}
	return n
}

// under is the margin of a customer whose orders the campaign changes by a share: more orders of their own kind, or
// some of theirs lost.
func (p *person) under(random *rand.Rand, effect float64) float64 {
	y := p.margin
	switch {
	case effect > 0:
		for range poisson(random, effect*orderRate) {
			y += p.order(random)
		}
	case effect < 0:
		for _, order := range p.orders {
			if random.Float64() < -effect {
				y -= order
			}
		}
	}
	return y
}

// truth is the effect per customer.
func (p pool) truth(effect float64) float64 {
	if effect < 0 {
		return effect * p.mean
	}
	return effect * orderRate * p.spent
}

// drawn are the sums of one arm in the forms that reports need.
type drawn struct {
	joint  lift.Joint // margin, history
	capped lift.Sums
	buyers int64
}

func (a *drawn) add(y, history, capAt float64) {
	a.joint.Add(y, math.Min(history, 10*capAt))
	a.capped.Add(math.Min(y, capAt))
	if y > 0 {
		a.buyers++
	}
}

func (a drawn) raw() lift.Sums { return a.joint.Linear(1) }

// draw fills an arm with customers.
func (p pool) draw(random *rand.Rand, a *drawn, customers int, effect float64) {
	for range customers {
		one := &p.people[random.IntN(poolSize)]
		a.add(one.under(random, effect), one.history, p.capAt)
	}
}

// campaigns runs a simulation in parts on two cores; every part has pools and random numbers of its own, so the result
// does not depend on the machine.
func campaigns(seed uint64, n int, one func(random *rand.Rand, p pool, run int)) {
	var wait sync.WaitGroup
	slots := make(chan struct{}, 2)
	for start := 0; start < n; start += poolRuns {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			random := rand.New(rand.NewPCG(seed, uint64(start)))
			p := newPool(random)
			for run := start; run < min(n, start+poolRuns); run++ {
				one(random, p, run)
			}
		})
	}
	wait.Wait()
}

// interval is a decision interval that must exist.
func decide(t *testing.T, treated, control lift.Sums, alpha float64) lift.Interval {
	t.Helper()
	i, err := lift.DecisionInterval(treated, control, alpha)
	if err != nil {
		t.Error(err) // not Fatal: campaigns run beside the test's goroutine
	}
	return i
}

// counter counts campaigns by name; simulations count from several goroutines.
type counter struct {
	mutex sync.Mutex
	n     map[string]int
}

func (c *counter) add(name string, happened bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	if happened {
		c.n[name]++
	}
}

// share of so many campaigns.
func (c *counter) share(name string, campaigns int) float64 {
	return float64(c.n[name]) / float64(campaigns)
}

// mean is a running mean with its Monte-Carlo error.
type mean struct {
	mutex sync.Mutex
	sums  lift.Sums
}

func (m *mean) add(x float64) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.sums.Add(x)
}

func (m *mean) value() float64 { return m.sums.Mean() }

// noise is two standard errors.
func (m *mean) noise() float64 { return 2 * math.Sqrt(m.sums.Variance()/float64(m.sums.N)) }
