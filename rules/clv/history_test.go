package clv

import (
	"math"
	"strings"
	"testing"
)

func TestDays(t *testing.T) {
	t.Parallel()
	for days, want := range map[int]Weeks{0: 0, 7: 1, 10: 10.0 / 7, 365: 365.0 / 7} {
		if got := Days(days); got != want {
			t.Errorf("Days(%d) = %v, want %v", days, got, want)
		}
	}
}

func TestHistoryValidate(t *testing.T) {
	t.Parallel()
	nan, inf := Weeks(math.NaN()), Weeks(math.Inf(1))
	for name, tt := range map[string]struct {
		h    History
		want string // part of the error, "" for none
	}{
		"new today":         {History{}, ""},
		"bought once":       {History{X: 0, T: 10}, ""},
		"bought again":      {History{X: 3, Tx: 5, T: 10}, ""},
		"bought today":      {History{X: 3, Tx: 10, T: 10}, ""},
		"negative count":    {History{X: -1, T: 10}, "-1 repeat purchases"},
		"absurd count":      {History{X: maxRepeats + 1, Tx: 1, T: 10}, "want 0 to"},
		"from the future":   {History{X: 1, Tx: 11, T: 10}, "as-of date"},
		"before the first":  {History{X: 1, Tx: -1, T: 10}, "-1 weeks after the first"},
		"negative time":     {History{T: -1}, "observed for -1 weeks"},
		"unknown time":      {History{T: nan}, "observed for NaN"},
		"endless time":      {History{T: inf}, "observed for +Inf"},
		"unknown last":      {History{X: 1, Tx: nan, T: 10}, "NaN weeks after"},
		"last without any":  {History{X: 0, Tx: 3, T: 10}, "without a repeat purchase"},
		"last and no count": {History{X: 0, Tx: nan, T: 10}, "NaN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkError(t, tt.h.Validate(), tt.want)
		})
	}
}

// checkError wants an error that contains the text, or none for "".
func checkError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("unexpected error: %v", err)
	case want != "" && err == nil:
		t.Errorf("no error, want one with %q", want)
	case want != "" && !strings.Contains(err.Error(), want):
		t.Errorf("error %q, want %q in it", err, want)
	}
}
