package rules_test

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"treue/rules/features"
)

// TestStoredComparisonsEqualGeneralOnes: a comparison of a column with a constant has a way of its own, which must
// mean the same as that of any other number. Adding 0 leads to the general way.
func TestStoredComparisonsEqualGeneralOnes(t *testing.T) {
	t.Parallel()
	amounts := []float64{0, 1, 2.5, -1, math.Copysign(0, -1), math.SmallestNonzeroFloat64, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1)}
	constants := []string{"0", "-0.0", "1", "2.5", "100", "-1", "5e-324", "1.7976931348623157e308"}
	holds := 0
	rapid.Check(t, func(t *rapid.T) {
		s := regular()
		s.Revenue = rapid.SampledFrom(amounts).Draw(t, "amount")
		s.Orders = rapid.SampledFrom([]int64{0, 1, 2, 100, math.MaxInt64}).Draw(t, "orders")
		s.LastOrderOn = rapid.SampledFrom([]features.Day{features.NoDay, 0, evaluated(), evaluated() - 1, evaluated() - 100, evaluated() + 1}).Draw(t, "day")
		for _, number := range []string{"revenue", "orders", "days_since_last_order", "days_since(last_order_at)"} {
			symbol := rapid.SampledFrom([]string{"==", "!=", "<", "<=", ">", ">="}).Draw(t, "symbol")
			c := rapid.SampledFrom(constants).Draw(t, "constant")
			own := drawn(t, sample{text: fmt.Sprintf("%s %s %s", number, symbol, c)})
			general := drawn(t, sample{text: fmt.Sprintf("%s + 0 %s %s", number, symbol, c)})
			if own == nil || general == nil {
				continue
			}
			got, want := own.Match(s, evaluated()), general.Match(s, evaluated())
			if got != want {
				t.Fatalf("%s %s %s: got %v, want %v with %v, %d, %s", number, symbol, c, got, want, s.Revenue, s.Orders, s.LastOrderOn)
			}
			if got {
				holds++
			}
		}
	})
	if holds < 20 {
		t.Errorf("only %d comparisons held", holds)
	}
}

func TestStoredRangesHaveBothEnds(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]bool{20.999: false, 21: true, 30.5: true, 56: true, 56.001: false, math.Inf(1): false} {
		s := regular()
		s.Revenue = value
		if got := compile(t, `revenue in 21..56`).Match(s, evaluated()); got != want {
			t.Errorf("%s in 21..56: got %v", strconv.FormatFloat(value, 'g', -1, 64), got)
		}
	}
}
