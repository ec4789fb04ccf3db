package rules

import (
	"maps"
	"slices"
	"strings"

	"treue/rules/features"
)

// miscoded reports a country or language that is written out, or in the wrong case: customers are stored by its code.
func (c *checker) miscoded(field features.Field, value *Node) bool {
	if field.Unit != features.CountryCode && field.Unit != features.LanguageCode {
		return false
	}
	code, found := codeOf(field.Unit, value.text)
	if !found || code == value.text {
		return false
	}
	fix := quote(code)
	c.report(fault{
		from: value.from, to: value.to, message: say("%s is never %s", field.Name, quote(value.text)),
		hint: say("did you mean %s?", fix), fix: &fix,
	})
	return true
}

// codeOf finds the code that a name, or a code in the wrong case, stands for.
func codeOf(unit, text string) (string, bool) {
	names, coded := countries(), strings.ToUpper(text)
	if unit == features.LanguageCode {
		names, coded = languages(), strings.ToLower(text)
	}
	if coded == "UK" && unit == features.CountryCode {
		coded = "GB"
	}
	if _, known := names[coded]; known {
		return coded, true
	}
	for _, code := range slices.Sorted(maps.Keys(names)) {
		if n := names[code]; strings.EqualFold(text, n.de) || strings.EqualFold(text, n.en) {
			return code, true
		}
	}
	return "", false
}
