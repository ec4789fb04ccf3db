package customer

import (
	"testing"

	"pgregory.net/rapid"
)

// TestNewIDVectors pins the identity: ids are stored, so that it may never change. The vectors come from
// printf 'shop\0k1' | sha256sum, first 16 digits, the top bit cleared.
func TestNewIDVectors(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]int64{"k1": 0x3f8da477a0de3fc8, "Käthe": 0x316279c7f8dab89e, "": 0x131477fb318aff9a} {
		if got := NewID("shop", id); got != want {
			t.Errorf("NewID(shop, %q) = %#x, want %#x", id, got, want)
		}
	}
}

func TestNewIDProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		source, id := rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "source"), rapid.String().Draw(t, "id")
		got := NewID(source, id)
		if got < 0 {
			t.Fatalf("NewID(%q, %q) = %d is negative", source, id, got)
		}
		if got == NewID(source+"x", id) || got == NewID(source, id+"x") {
			t.Fatalf("NewID(%q, %q) does not depend on both", source, id)
		}
	})
}

func TestStatusCounts(t *testing.T) {
	t.Parallel()
	not := map[Status]bool{StatusCancelled: true, StatusTest: true}
	if n := len(Statuses()); n != 6 {
		t.Fatalf("%d states", n)
	}
	for _, s := range Statuses() {
		if s.Counts() == not[s] {
			t.Errorf("%s.Counts() = %v", s, s.Counts())
		}
	}
}

func TestOrderRevenue(t *testing.T) {
	t.Parallel()
	if got := (&Order{Total: 1999, Refund: 499}).Revenue(); got != 1500 {
		t.Errorf("Revenue = %d, want 1500", got)
	}
}
