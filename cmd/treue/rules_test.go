package main

import (
	"testing"

	"treue/engine/store"
)

// TestFallout names values with commas of their own as they are.
func TestFallout(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		doubtful []string
		want     string
	}{
		{[]string{"country"}, "12 have no country and fall out at x"},
		{[]string{`days_since_bought("Tee, lose")`, "city"}, `12 have no days_since_bought("Tee, lose") or no city and fall out at x`},
	} {
		if got := fallout(&store.TermCount{Expr: "x", Lost: 12, Doubtful: test.doubtful}); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}
