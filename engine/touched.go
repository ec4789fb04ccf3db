package engine

import (
	"sync"

	"treue/campaigns"
	"treue/engine/store"
)

// touched counts the sends that a dispatch touched by their last state. Those that are finished are but a number: a large
// outbox has millions of them.
type touched struct {
	mu       sync.Mutex
	open     map[store.SendKey]campaigns.State
	finished map[campaigns.State]int
}

func newTouched() *touched {
	return &touched{open: map[store.SendKey]campaigns.State{}, finished: map[campaigns.State]int{}}
}

// note keeps the state of a send. It is the last one if it is final.
func (t *touched) note(k store.SendKey, s campaigns.State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.Final() {
		delete(t.open, k)
		t.finished[s]++
		return
	}
	t.open[k] = s
}

// byState counts sends, each once.
func (t *touched) byState() map[campaigns.State]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := map[campaigns.State]int{}
	for s, finished := range t.finished {
		n[s] += finished
	}
	for _, s := range t.open {
		n[s]++
	}
	return n
}

// sends is how many they are in all.
func (t *touched) sends() (n int) {
	for _, some := range t.byState() {
		n += some
	}
	return n
}
