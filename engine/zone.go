package engine

import (
	"sync"
	"time"
)

// zones are the time zones of customers, each loaded once. It is safe for concurrent use.
type zones struct {
	mu    sync.Mutex
	known map[string]*time.Location
}

// get returns the zone of an IANA name; nil: none is known by it.
func (z *zones) get(name string) *time.Location {
	if name == "" || name == "Local" { // which is the machine's, not the customer's
		return nil
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	zone, ok := z.known[name]
	if ok {
		return zone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		zone = nil
	}
	if z.known == nil {
		z.known = map[string]*time.Location{}
	}
	z.known[name] = zone
	return zone
}
