package engine

import (
	"strings"
	"testing"

	"treue/campaigns"
)

func TestLacksInWords(t *testing.T) {
	t.Parallel()
	of := func(kind campaigns.Kind) *campaigns.Campaign {
		return &campaigns.Campaign{Definition: campaigns.Definition{Key: "spring", Kind: kind}}
	}
	for _, test := range []struct {
		lack            Lack
		german, english string
	}{
		{Lack{Campaign: of(campaigns.Winback)}, "hat noch niemanden ausgewählt", "has chosen nobody yet"},
		{Lack{of(campaigns.External), "control", 7}, "Kunden (7) ist niemand im Arm control", "customers (7) nobody is in the arm control"},
		{Lack{of(campaigns.External), "treated", 7}, "Alle Kunden (7) sind im Arm control", "all of its customers (7) are in the arm control"},
		{Lack{Campaign: of(campaigns.External)}, "Bis dahin war niemand", "nobody was in an arm"},
	} {
		for language, want := range map[string]string{"de": test.german, "en": test.english} {
			if got := test.lack.Sentence(language); !strings.Contains(got, want) || !strings.Contains(got, "spring") {
				t.Errorf("%s: %s, want %s in it", language, got, want)
			}
		}
	}
}
