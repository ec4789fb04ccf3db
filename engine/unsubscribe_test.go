package engine

import (
	"errors"
	"testing"
	"time"
)

func TestUnsubscribeCustomer(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(2, nil)
	s.start(nil)
	token := s.keys.Token(Unsubscribe, id(0), "winback")
	for range 2 { // mail clients press the button more than once
		s.must(s.UnsubscribeCustomer(t.Context(), token, s.now, "one-click"))
		s.pass(time.Second)
	}
	ran := s.planOnly("winback")
	same(t, "stopped", ran.Plans[0].Count("consent"), 1)
	bad, err := s.Store().CheckChain(t.Context(), id(0))
	s.must(err)
	same(t, "consent chain", bad, int32(0))
	for _, token := range []string{"", ".", token[:len(token)-1], s.keys.Token(Preferences, id(1), "winback"), NewKeys().Token(Unsubscribe, id(1), "winback")} {
		if err := s.UnsubscribeCustomer(t.Context(), token, s.now, "link"); !errors.Is(err, ErrBadToken) {
			t.Errorf("token %q: %v", token, err)
		}
	}
}
