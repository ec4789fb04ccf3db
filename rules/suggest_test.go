package rules

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	tests := []struct{ word, want string }{
		{"orders", "orders"},
		{"ORDERS", "orders"},
		{"ordesr", "orders"},
		{"oders", "orders"},
		{"days-since-last-order", "days_since_last_order"},
		{"day_since_last_orders", "days_since_last_order"},
		{"average_ordervalue", "average_order_value"},
		{"letzte_bestellung", "days_since_last_order"},
		{"Deckungsbeitrag", "margin"},
		{"bestelungen", "orders"},
		{"quux", ""},
		{"x", ""},
		{strings.Repeat("o", 100), ""},
	}
	for _, test := range tests {
		if got, _ := nearestField(test.word); got != test.want {
			t.Errorf("%s: got %q, want %q", test.word, got, test.want)
		}
	}
}

func TestDistanceIsAMetricOfTypingErrors(t *testing.T) {
	t.Parallel()
	word := rapid.StringOfN(rapid.SampledFrom([]rune("abc")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := distance(a, b)
		if d != distance(b, a) || (d == 0) != (a == b) || d > max(len(a), len(b)) || d < max(len(a), len(b))-min(len(a), len(b)) {
			t.Fatalf("distance of %q and %q is %d", a, b, d)
		}
	})
}
