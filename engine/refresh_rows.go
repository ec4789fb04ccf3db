package engine

import (
	"context"
	"fmt"

	"treue/engine/store"
	"treue/rules/features"
)

// A refresh works in portions: while one is computed, the database reads the next and takes in the one before.
const (
	portionSize = 4096
	inFlight    = 3
)

// portion is some customers on their way from the database and back.
type portion struct {
	customers []store.Aggregate
	buyers    []int32 // places in the population; noBuyer for a customer who never bought
	rows      *store.SnapshotRows
	count     tally
	done      chan struct{}
}

const noBuyer = -1

func newPortion(set store.Set, size int) *portion {
	return &portion{customers: make([]store.Aggregate, size), buyers: make([]int32, size), rows: set.Rows(), done: make(chan struct{}, 1)}
}

// complete makes the rows of the first n customers.
func (p *portion) complete(all *population, f *finishing, n int) {
	p.rows.Reset()
	p.count = tally{}
	var days []features.OrderDay
	for i := range p.customers[:n] {
		a := &p.customers[i]
		a.Consent = mailable(a)
		if at := p.buyers[i]; at != noBuyer {
			days = all.fill(&a.Snapshot, int(at), f, days)
		}
		p.count.add(&a.Snapshot)
		p.rows.Add(&a.Snapshot)
	}
	p.done <- struct{}{}
}

// write computes and writes every customer, or those who are listed.
func (f *refresh) write(ctx context.Context, set store.Set, p *population, to *finishing, onlyListed bool) (total tally, err error) {
	read, err := f.Customers(ctx, onlyListed, true)
	if err != nil {
		return total, err
	}
	size := portionSize
	if onlyListed {
		size = min(size, max(len(f.base.listed)/inFlight, 1))
	}
	var free, busy []*portion
	for range inFlight {
		free = append(free, newPortion(set, size))
	}
	settle := func() error {
		next := busy[0]
		busy = busy[1:]
		<-next.done
		free = append(free, next)
		total.join(next.count)
		return f.Write(ctx, set, next.rows)
	}
	defer func() {
		for _, b := range busy {
			<-b.done
		}
	}()
	at := 0
	for {
		if len(free) == 0 {
			if err := settle(); err != nil {
				return total, err
			}
		}
		next := free[0]
		n, err := read.Next(ctx, next.customers)
		if err != nil {
			return total, err
		}
		if n == 0 {
			if at < len(p.buyers) && !onlyListed {
				return total, p.strange(at)
			}
			break
		}
		if at, err = p.assign(next, n, at, onlyListed); err != nil {
			return total, err
		}
		free, busy = free[1:], append(busy, next)
		go next.complete(p, to, n)
	}
	for len(busy) > 0 {
		if err := settle(); err != nil {
			return total, err
		}
	}
	return total, nil
}

// assign finds the first n customers among the buyers, of whom those before at are used up. Both ascend by customer; only
// where some customers are listed may other buyers lie in between.
func (p *population) assign(to *portion, n, at int, onlyListed bool) (int, error) {
	for i := range to.customers[:n] {
		id := to.customers[i].CustomerID
		for ; at < len(p.buyers) && p.buyers[at].id < id; at++ {
			if !onlyListed {
				return at, p.strange(at)
			}
		}
		to.buyers[i] = noBuyer
		if at < len(p.buyers) && p.buyers[at].id == id {
			to.buyers[i] = int32(at)
			at++
		}
	}
	return at, nil
}

// strange says that a buyer is no customer.
func (p *population) strange(at int) error {
	return fmt.Errorf("customer %d is a buyer here and not there: the database changed under a refresh", p.buyers[at].id)
}

// listed computes the customers who are listed.
func (f *refresh) listed(ctx context.Context, set store.Set, m store.Model, n *norms) (*store.SnapshotRows, tally, error) {
	v, err := newValuation(m, f.day, f.kept)
	if err != nil {
		return nil, tally{}, err
	}
	read, err := f.Customers(ctx, true, false)
	if err != nil {
		return nil, tally{}, err
	}
	value, done := v.worker()
	defer done()
	to := newFinishing(f.day, n, m)
	rows, count := set.Rows(), tally{}
	customers := make([]store.Aggregate, portionSize)
	for {
		got, err := read.Next(ctx, customers)
		if got == 0 || err != nil {
			return rows, count, err
		}
		for i := range customers[:got] {
			a := &customers[i]
			a.Consent = mailable(a)
			if a.Orders > 0 {
				b := buyerOf(a)
				out := value(&b, &a.Before)
				to.place(&a.Snapshot, &out, a.OrderDays)
			}
			count.add(&a.Snapshot)
			rows.Add(&a.Snapshot)
		}
	}
}
