package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"treue/engine/store"
)

// memory is what this process knows from its last refresh and its last plan, so that the next ones read only what changed. What
// is taken is forgotten: who dies with it leaves nothing behind.
type memory struct {
	mu         sync.Mutex
	regulars   *regulars
	candidates *candidates
}

func (m *memory) keepRegulars(r *regulars) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.regulars = r
}

func (m *memory) takeRegulars() (last *regulars) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last, m.regulars = m.regulars, nil
	return last
}

func (m *memory) keepCandidates(c *candidates) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.candidates = c
}

func (m *memory) takeCandidates() (last *candidates) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last, m.candidates = m.candidates, nil
	return last
}

// candidatesLimit is how many customers are remembered at most, in some 40 MB. In a larger shop every plan reads all.
const candidatesLimit = 100_000

// candidates are the customers whom a plan looked up, with what it found.
type candidates struct {
	set    store.Set // whose refresh had begun when they were looked up
	at     time.Time // as of when
	people map[int64]store.Fact
	known  map[int64]bool
}

// unchanged returns those of the candidates of whom nothing happened until now; none if that cannot be told.
func (e *Engine) unchanged(ctx context.Context, c *candidates, now time.Time) (people map[int64]store.Fact, known map[int64]bool, err error) {
	if c != nil && !now.Before(c.at) {
		changed, ok, err := e.store.Happened(ctx, c.set, c.at, now)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			for _, id := range changed {
				delete(c.people, id)
				delete(c.known, id)
			}
			return c.people, c.known, nil
		}
	}
	return map[int64]store.Fact{}, map[int64]bool{}, nil
}

// look is the moment from which on a refresh no longer sees what happens: what is read later stays true until the next one
// lists who changed.
type look struct {
	taken chan struct{}
	times atomic.Int32
}

func newLook() *look { return &look{taken: make(chan struct{})} }

// take notes that a refresh has taken it, or that there is none.
func (l *look) take() {
	if l.times.Add(1) == 1 {
		close(l.taken)
	}
}

// once reports whether no refresh had to look again.
func (l *look) once() bool { return l.times.Load() == 1 }

// wait returns when it is taken.
func (l *look) wait(ctx context.Context) error {
	select {
	case <-l.taken:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
