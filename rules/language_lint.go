package rules

// germanLint words contradictions and warnings.
func germanLint() map[string]string {
	return map[string]string{
		"no customer satisfies %s":                                                               "das erfüllt kein Kunde: %s",
		"no customer satisfies both %s (%d:%d) and %s":                                           "kein Kunde erfüllt zugleich %s (%d:%d) und %s",
		"%s is a whole number, %s or more":                                                       "%s ist eine ganze Zahl, mindestens %s",
		"%s is never below %s":                                                                   "%s ist nie kleiner als %s",
		"%s goes from %s to %s":                                                                  "%s geht von %s bis %s",
		"%s has one value at a time: write %s":                                                   "%s hat immer nur einen Wert: schreibe %s",
		"take it out":                                                                            "streiche es",
		"take this branch of || out":                                                             "streiche diesen Zweig von ||",
		"take it out; of what || joins, one is enough":                                           "streiche es; von dem, was || verbindet, genügt eines",
		"%s holds for every customer":                                                            "%s gilt für alle Kunden",
		"write known(%s) if that is meant":                                                       "schreibe known(%s), falls das gemeint ist",
		"%s adds nothing to %s":                                                                  "%s sagt nichts, was nicht schon in %s steht",
		"%s adds nothing beside %s":                                                              "%s bringt niemanden, den nicht schon %s bringt",
		"%s never holds beside %s":                                                               "%s kann neben %s nie zutreffen",
		"leave some days of grace: %s":                                                           "lass ein paar Tage Spielraum: %s",
		"%s holds for everyone whose %s is known":                                                "%s gilt für alle, bei denen %s bekannt ist",
		"%s leaves out everyone whose %s is unknown":                                             "%s lässt alle weg, bei denen %s unbekannt ist",
		"%s also holds for everyone whose %s is unknown":                                         "%s gilt auch für alle, bei denen %s unbekannt ist",
		"%s also holds for everyone who got there years ago":                                     "%s gilt auch für alle, die das vor Jahren erreicht haben",
		"to meet them just then add && days_since_last_order <= 7":                               "um sie genau dann zu treffen, ergänze && days_since_last_order <= 7",
		"to keep them write !(%s); to leave them out, known(%s) && %s":                           "um sie zu behalten, schreibe !(%s); um sie wegzulassen, known(%s) && %s",
		"to leave them out write known(%s) && %s; to keep them, (!known(%s) || %s)":              "um sie wegzulassen, schreibe known(%s) && %s; um sie zu behalten, (!known(%s) || %s)",
		"%s holds on a single day; a schedule that skips it misses the customer":                 "%s gilt nur an einem einzigen Tag; ein Zeitplan, der ihn auslässt, verpasst den Kunden",
		"an unknown value satisfies no comparison: take one of the two out":                      "ein unbekannter Wert erfüllt keinen Vergleich: streiche eines von beiden",
		"no whole number lies between: write %s >= %s && %s <= %s":                               "dazwischen liegt keine ganze Zahl: schreibe %s >= %s && %s <= %s",
		"swap the two bounds, %s > %s && %s < %s, or join them with || if one of them is enough": "vertausche die Grenzen, %s > %s && %s < %s, oder verbinde sie mit ||, wenn eine genügt",
		"take one of them out, or join them with || if one of them is enough":                    "streiche eines von beiden, oder verbinde sie mit ||, wenn eines genügt",
	}
}

// germanElsewhere words what rules leave to other parts, and the forms in which dates and times are asked for.
func germanElsewhere() map[string]string {
	return map[string]string{
		"ranges are of numbers, not of dates":                           "Bereiche gibt es für Zahlen, nicht für Daten",
		"a range of numbers needs a number before in, and %s is a date": "ein Bereich von Zahlen braucht vor in eine Zahl, und %s ist ein Datum",
		"write %s for the days since then":                              "schreibe %s für die Tage seither",
		"write the days: %s":                                            "schreibe die Tage: %s",
		"there is no pixel in the mails, so nobody knows who opened one; ask for what followed: %s":          "die Mails enthalten kein Zählpixel, also weiß niemand, wer eine geöffnet hat; frage nach dem, was folgte: %s",
		"abandoned carts stay with the shop's own tool; its mails count in mails_30d once they are imported": "abgebrochene Warenkörbe bleiben beim Werkzeug des Shops; dessen Mails zählen in mails_30d mit, sobald sie importiert sind",
		"a random share is the comparison group: set holdout in the campaign, or give it a variant":          "ein zufälliger Teil ist die Vergleichsgruppe: setze holdout in der Kampagne, oder gib ihr eine Variante",
	}
}
