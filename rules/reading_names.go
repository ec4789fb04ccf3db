package rules

import "sync"

// name is a proper name in both languages.
type name struct {
	de, en string
	from   string // German after "aus", where it differs from de
}

// countries are those that shops in Europe mostly write to, by ISO 3166-1 code; others are quoted as they are.
var countries = sync.OnceValue(func() map[string]name {
	return map[string]name{
		"AT": {de: "Österreich", en: "Austria"}, "AU": {de: "Australien", en: "Australia"},
		"BE": {de: "Belgien", en: "Belgium"}, "BG": {de: "Bulgarien", en: "Bulgaria"},
		"BR": {de: "Brasilien", en: "Brazil"}, "CA": {de: "Kanada", en: "Canada"},
		"CH": {de: "Schweiz", en: "Switzerland", from: "der Schweiz"}, "CN": {de: "China", en: "China"},
		"CY": {de: "Zypern", en: "Cyprus"}, "CZ": {de: "Tschechien", en: "Czechia"},
		"DE": {de: "Deutschland", en: "Germany"}, "DK": {de: "Dänemark", en: "Denmark"},
		"EE": {de: "Estland", en: "Estonia"}, "ES": {de: "Spanien", en: "Spain"},
		"FI": {de: "Finnland", en: "Finland"}, "FR": {de: "Frankreich", en: "France"},
		"GB": {de: "Vereinigtes Königreich", en: "the United Kingdom", from: "dem Vereinigten Königreich"},
		"GR": {de: "Griechenland", en: "Greece"}, "HR": {de: "Kroatien", en: "Croatia"},
		"HU": {de: "Ungarn", en: "Hungary"}, "IE": {de: "Irland", en: "Ireland"},
		"IS": {de: "Island", en: "Iceland"}, "IT": {de: "Italien", en: "Italy"},
		"JP": {de: "Japan", en: "Japan"}, "LI": {de: "Liechtenstein", en: "Liechtenstein"},
		"LT": {de: "Litauen", en: "Lithuania"}, "LU": {de: "Luxemburg", en: "Luxembourg"},
		"LV": {de: "Lettland", en: "Latvia"}, "MT": {de: "Malta", en: "Malta"},
		"NL": {de: "Niederlande", en: "the Netherlands", from: "den Niederlanden"},
		"NO": {de: "Norwegen", en: "Norway"}, "PL": {de: "Polen", en: "Poland"},
		"PT": {de: "Portugal", en: "Portugal"}, "RO": {de: "Rumänien", en: "Romania"},
		"RS": {de: "Serbien", en: "Serbia"}, "SE": {de: "Schweden", en: "Sweden"},
		"SI": {de: "Slowenien", en: "Slovenia"},
		"SK": {de: "Slowakei", en: "Slovakia", from: "der Slowakei"},
		"TR": {de: "Türkei", en: "Turkey", from: "der Türkei"},
		"UA": {de: "Ukraine", en: "Ukraine", from: "der Ukraine"},
		"US": {de: "USA", en: "the USA", from: "den USA"},
	}
})

// languages are those that shops in Europe mostly write in, by ISO 639-1 code.
var languages = sync.OnceValue(func() map[string]name {
	return map[string]name{
		"cs": {de: "Tschechisch", en: "Czech"}, "da": {de: "Dänisch", en: "Danish"},
		"de": {de: "Deutsch", en: "German"}, "en": {de: "Englisch", en: "English"},
		"es": {de: "Spanisch", en: "Spanish"}, "fi": {de: "Finnisch", en: "Finnish"},
		"fr": {de: "Französisch", en: "French"}, "hu": {de: "Ungarisch", en: "Hungarian"},
		"it": {de: "Italienisch", en: "Italian"}, "nl": {de: "Niederländisch", en: "Dutch"},
		"pl": {de: "Polnisch", en: "Polish"}, "pt": {de: "Portugiesisch", en: "Portuguese"},
		"ro": {de: "Rumänisch", en: "Romanian"}, "sv": {de: "Schwedisch", en: "Swedish"},
		"tr": {de: "Türkisch", en: "Turkish"}, "uk": {de: "Ukrainisch", en: "Ukrainian"},
	}
})

// SegmentName returns a built-in segment as people read it: "de" is German, any other language English. The shop's own
// segments are called as the shop calls them.
func SegmentName(segment, language string) string {
	known, built := segmentNames()[segment]
	switch {
	case !built:
		return segment
	case language == "de":
		return known.de
	}
	return known.en
}

// segmentNames are the built-in segments as people read them.
var segmentNames = sync.OnceValue(func() map[string]name {
	return map[string]name{
		"champions":          {de: "Champions", en: "champions"},
		"loyal":              {de: "treu", en: "loyal"},
		"potential_loyalist": {de: "auf dem Weg zum Stammkunden", en: "potential loyalists"},
		"new":                {de: "neu", en: "new"},
		"promising":          {de: "vielversprechend", en: "promising"},
		"needs_attention":    {de: "braucht Aufmerksamkeit", en: "needs attention"},
		"about_to_sleep":     {de: "schläft bald ein", en: "about to fall asleep"},
		"at_risk":            {de: "gefährdet", en: "at risk"},
		"cant_lose":          {de: "nicht zu verlieren", en: "can't lose"},
		"hibernating":        {de: "eingeschlafen", en: "hibernating"},
	}
})
