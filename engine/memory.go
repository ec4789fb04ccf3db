package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"treue/campaigns"
	"treue/engine/store"
)

// slot holds what this process knows from the last time, so that the next time only what changed is read. What is taken is
// forgotten: who dies with it leaves nothing behind.
type slot[T any] struct {
	mu   sync.Mutex
	last *T
}

func (s *slot[T]) keep(one *T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = one
}

func (s *slot[T]) take() (last *T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, s.last = s.last, nil
	return last
}

// candidatesLimit is how many customers and memberships are remembered at most, in some 100 MB. In a larger shop every
// plan reads all.
const candidatesLimit = 200_000

// candidates are the customers whom plans looked up, with what they found.
type candidates struct {
	set     store.Set // whose refresh had begun when they were looked up
	at      time.Time // as of when
	people  map[int64]store.Fact
	known   map[int64]bool      // who was looked up: people, and who was erased
	members map[string]*members // by campaign
}

// members are what customers did in a campaign, as one version of it sees that.
type members struct {
	version, split int
	all            map[int64]store.Membership
	known          map[int64]bool // who was looked up: all, and who never came near it
}

func newCandidates() *candidates {
	return &candidates{people: map[int64]store.Fact{}, known: map[int64]bool{}, members: map[string]*members{}}
}

// of returns what is known of a campaign.
func (c *candidates) of(campaign *campaigns.Campaign) *members {
	m := c.members[campaign.Key]
	if m == nil || m.version != campaign.Version || m.split != campaign.Split {
		m = &members{campaign.Version, campaign.Split, map[int64]store.Membership{}, map[int64]bool{}}
		c.members[campaign.Key] = m
	}
	return m
}

func (c *candidates) count() int {
	n := len(c.known)
	for _, m := range c.members {
		n += len(m.known)
	}
	return n
}

func (c *candidates) forget(ids []int64) {
	for _, id := range ids {
		delete(c.people, id)
		delete(c.known, id)
		for _, m := range c.members {
			delete(m.all, id)
			delete(m.known, id)
		}
	}
}

// unchanged returns those of the candidates to whom nothing happened until now; none if that cannot be told.
func (e *Engine) unchanged(ctx context.Context, c *candidates, now time.Time) (*candidates, error) {
	if c == nil || now.Before(c.at) {
		return newCandidates(), nil
	}
	changed, ok, err := e.store.Happened(ctx, c.set, c.at, now)
	if !ok {
		return newCandidates(), err
	}
	c.forget(changed)
	return c, nil
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
