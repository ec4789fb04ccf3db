package engine

import (
	"context"
	"fmt"

	"treue/engine/store"
)

// A refresh works in portions: while one is computed, the database reads the next and takes in the one before.
const (
	portionSize = 4096
	inFlight    = 3
)

// portion is some customers on their way from the database and back.
type portion struct {
	customers []store.Aggregate
	outlooks  []*outlook // nil for a customer who never bought
	rows      *store.SnapshotRows
	count     tally
	done      chan struct{}
}

func newPortion(set store.Set) *portion {
	return &portion{customers: make([]store.Aggregate, portionSize), outlooks: make([]*outlook, portionSize), rows: set.Rows(), done: make(chan struct{}, 1)}
}

// complete makes the rows of the first n customers.
func (p *portion) complete(f *finishing, n int) {
	p.rows.Reset()
	p.count = tally{}
	for i := range p.customers[:n] {
		a := &p.customers[i]
		f.finish(a, p.outlooks[i])
		p.count.add(&a.Snapshot)
		p.rows.Add(&a.Snapshot)
	}
	p.done <- struct{}{}
}

// write computes and writes every customer, or those who are listed.
func (f *refresh) write(ctx context.Context, set store.Set, p *population, to *finishing, onlyListed bool) (total tally, err error) {
	read, err := f.Customers(ctx, onlyListed)
	if err != nil {
		return total, err
	}
	var free, busy []*portion
	for range inFlight {
		free = append(free, newPortion(set))
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
			break
		}
		if at, err = p.assign(next, n, at, onlyListed); err != nil {
			return total, err
		}
		free, busy = free[1:], append(busy, next)
		go next.complete(to, n)
	}
	for len(busy) > 0 {
		if err := settle(); err != nil {
			return total, err
		}
	}
	return total, nil
}

// assign gives the first n customers their outlooks, of which those before at are used up. Both ascend by customer; only
// where some are listed may others lie in between.
func (p *population) assign(to *portion, n, at int, onlyListed bool) (int, error) {
	for i := range to.customers[:n] {
		a := &to.customers[i]
		to.outlooks[i] = nil
		if a.Orders == 0 {
			continue
		}
		for onlyListed && at < len(p.buyers) && p.buyers[at].id < a.CustomerID {
			at++
		}
		if at == len(p.buyers) || p.buyers[at].id != a.CustomerID {
			return at, fmt.Errorf("customer %d is a buyer here and not there: the database changed under a refresh", a.CustomerID)
		}
		to.outlooks[i] = &p.outlooks[at]
		at++
	}
	return at, nil
}

// listed computes the customers who are listed.
func (f *refresh) listed(ctx context.Context, set store.Set, m store.Model, n *norms) (*store.SnapshotRows, tally, error) {
	v, err := newValuation(m, f.day, f.kept)
	if err != nil {
		return nil, tally{}, err
	}
	read, err := f.Customers(ctx, true)
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
			var out *outlook
			if a.Orders > 0 {
				b := buyerOf(a)
				o := value(&b)
				out = &o
			}
			to.finish(a, out)
			count.add(&a.Snapshot)
			rows.Add(&a.Snapshot)
		}
	}
}
