package engine

import (
	"sync"

	"treue/rules/clv"
)

// forecasters are those of the model that was used last. Their tables depend on the model alone, which serves for a week:
// made anew for every refresh they cost more than all its forecasts.
type forecasters struct {
	mu   sync.Mutex
	of   string // the model's name and parameters
	idle []*clv.Forecaster
}

// keptPoints bounds the tables of one that is kept, to some 8 MB.
const keptPoints = 500_000

// take returns an idle forecaster of the model, or a new one.
func (f *forecasters) take(model string, anew func() *clv.Forecaster) *clv.Forecaster {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of != model {
		f.of, f.idle = model, nil
	}
	last := len(f.idle) - 1
	if last < 0 {
		return anew()
	}
	one := f.idle[last]
	f.idle = f.idle[:last]
	return one
}

// give takes one back.
func (f *forecasters) give(model string, one *clv.Forecaster) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of == model && one.Points() <= keptPoints {
		f.idle = append(f.idle, one)
	}
}
