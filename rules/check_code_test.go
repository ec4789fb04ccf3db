package rules

import (
	"errors"
	"testing"
)

// TestCodes holds countries and languages to the codes by which customers are stored.
func TestCodes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ rule, repair string }{
		{`country == "Deutschland"`, `country == "DE"`},
		{`country != "switzerland"`, `country != "CH"`},
		{`country == Deutschland`, `country == "DE"`},
		{`country in ["de", "AT"]`, `country in ["DE", "AT"]`},
		{`country == "UK"`, `country == "GB"`},
		{`language == "DE"`, `language == "de"`},
		{`language == "Deutsch"`, `language == "de"`},
	} {
		_, err := Compile(test.rule)
		faults, isFaults := errors.AsType[Errors](err)
		switch {
		case !isFaults:
			t.Errorf("%s: got %v", test.rule, err)
		case faults[0].Repair != test.repair:
			t.Errorf("%s: repaired as %q, want %q", test.rule, faults[0].Repair, test.repair)
		}
	}
	for _, rule := range []string{`country == "LI"`, `country == "Atlantis"`, `language in ["de", "sq"]`, `lower(country) == "de"`} {
		if _, err := Compile(rule); err != nil {
			t.Errorf("%s: %v", rule, err)
		}
	}
}
