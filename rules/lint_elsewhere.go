package rules

import (
	"slices"
	"strings"

	"treue/rules/features"
)

// elsewhere answers for what people look for in a rule and what is kept out of it on purpose.
func elsewhere(word string) (phrase, bool) {
	lower := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "-", "_").Replace(strings.ToLower(word))
	if slices.ContainsFunc(described(), func(f features.Field) bool { return slices.Contains(f.Aliases, lower) }) {
		return phrase{}, false
	}
	if lower == "open" || lower == "open_rate" || strings.HasSuffix(lower, "last_open") {
		return notOpened(), true
	}
	for _, part := range append(strings.Split(lower, "_"), lower) {
		switch part {
		case "opened", "unopened", "opens", "geoeffnet", "ungeoeffnet", "oeffnungen", "oeffnungsrate", "openrate", "gelesen":
			return notOpened(), true
		case "cart", "carts", "basket", "warenkorb", "warenkorbabbruch", "warenkorbabbrecher", "abandoned", "abgebrochen":
			return say("abandoned carts stay with the shop's own tool; its mails count in mails_30d once they are imported"), true
		case "random", "rand", "zufall", "zufaellig", "zufaellige", "stichprobe", "sample", "abtest", "ab_test":
			return say("a random share is the comparison group: set holdout in the campaign, or give it a variant"), true
		}
	}
	return phrase{}, false
}

func notOpened() phrase {
	return say("there is no pixel in the mails, so nobody knows who opened one; ask for what followed: %s",
		`received("winback", 14) && orders_within(14) == 0`)
}
