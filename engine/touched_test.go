package engine

import (
	"testing"

	"treue/campaigns"
	"treue/engine/store"
)

// TestTouched: a send counts once, in its last state, and takes no memory when that is final.
func TestTouched(t *testing.T) {
	t.Parallel()
	key := func(id int64) store.SendKey { return store.SendKey{CustomerID: id} }
	n := newTouched()
	for id := range int64(10) {
		n.note(key(id), campaigns.Sending)
	}
	for id := range int64(7) {
		n.note(key(id), campaigns.Accepted)
	}
	n.note(key(7), campaigns.Deferred)
	n.note(key(7), campaigns.Sending)
	n.note(key(7), campaigns.Bounced)
	n.note(key(8), campaigns.Unknown)
	same(t, "by state", n.byState(), states{campaigns.Accepted: 7, campaigns.Bounced: 1, campaigns.Unknown: 1, campaigns.Sending: 1})
	same(t, "in all", n.sends(), 10)
	same(t, "remembered one by one", len(n.open), 2)
}
