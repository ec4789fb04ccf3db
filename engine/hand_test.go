package engine

import (
	"strings"
	"testing"

	"treue/engine/store"
)

// TestHand: one worker fills it for all, before it is empty if more is due.
func TestHand(t *testing.T) {
	t.Parallel()
	due := func(n int) []*errand {
		all := make([]*errand, n)
		for i := range all {
			all[i] = &errand{}
		}
		return all
	}
	h := &hand{}
	const enough, size = 2, 4
	take := func() (next *errand, f *filling, mine bool) {
		next = h.spare()
		f, mine = h.fill(next == nil, enough)
		return next, f, mine
	}
	next, first, mine := take()
	same(t, "the first one to come fills it", mine && next == nil, true)
	next, f, mine := take()
	same(t, "the second one waits for that", f == first && !mine && next == nil, true)
	h.filled(first, due(size), size)
	<-f.done
	same(t, "both know what came", f.got, size)
	for i, want := range []bool{false, false, true} { // 3, 2 and 1 are left
		next, f, mine = take()
		same(t, "there is one", next != nil, true)
		same(t, "and who fills the hand before it is empty", mine, want)
		same(t, "nobody else thinks of it", f != nil, i == 2)
	}
	next, other, mine := take()
	same(t, "others go on with what is there", next != nil && !mine && other == f, true)
	h.filled(f, due(size-1), size)
	h.giveBack(next)
	same(t, "what is given back is the next", h.spare() == next, true)
	for range size - 1 {
		next, f, mine = take()
		same(t, "what was all there was is used up first", next != nil && !mine && f == nil, true)
	}
	_, f, mine = take()
	same(t, "then somebody looks again", mine, true)
	h.filled(f, nil, size)
	same(t, "in vain", f.got, 0)
}

func TestLastTurn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ hand, after, want string }{
		{"", "", ""}, {"", "b", "b"}, {"a b", "", "b"}, {"c", "b", "c"}, {"c a", "b", "a"}, {"a b", "b", "b"}, {"c d a", "b", "a"},
	} {
		var hand []store.Claim
		for p := range strings.FieldsSeq(test.hand) {
			hand = append(hand, store.Claim{Provider: p})
		}
		same(t, test.hand+" after "+test.after, lastTurn(hand, test.after), test.want)
	}
}
