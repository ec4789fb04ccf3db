package lift

// words are the phrases of one language. Formats take their figures in the order of the comments, in every language.
type words struct {
	works, hurts               string // look, difference, level, low, high, total, its low, its high
	anyLook                    string
	noEffect                   string // bound, level, low, high, the bound for the whole arm
	early                      string // day, share of windows over
	earlyUndated               string // share of windows over
	few, missing, and          string
	noVariance                 string
	imprecise, settles         string // further control customers
	possible                   string // low, high, level
	pool                       string
	sampleRatio, notReconciled string
	smallSample, undecided     string
	date                       string // day, month, year
	customer, buyer            [2]string
	months                     [12]string
}

// english is the report's language for everybody without their own.
func english() words {
	return words{
		works:         "It works%s: %s per customer (%s range %s to %s), %s in all (%s to %s)",
		hurts:         "It hurts and should stop%s: %s per customer (%s range %s to %s), %s in all (%s to %s)",
		anyLook:       ", read with a range that is valid on any day",
		noEffect:      "No effect larger than %s per customer (%s range %s to %s), which would be at most %s in all",
		early:         "Too early to tell: the verdict comes on %s; %s of the windows are over",
		earlyUndated:  "Too early to tell: %s of the windows are over",
		few:           "Not proven, too few customers",
		missing:       "; still needed: %s",
		and:           " and ",
		noVariance:    "; the outcomes do not differ enough to compare them",
		imprecise:     "Not proven, still too imprecise",
		settles:       ": about %s more comparison customers would settle it",
		possible:      "; anything from %s to %s per customer is possible (%s range)",
		pool:          "; it can also be read together with other campaigns of its kind",
		sampleRatio:   "Not trustworthy: the groups do not have the sizes they were drawn with, so their difference may not come from the mail",
		notReconciled: "Not trustworthy: stored groups, mails or counts contradict each other, so their difference may not come from the mail",
		smallSample:   " (small sample)",
		undecided:     "No verdict yet",
		date:          "%d %s %d",
		customer:      [2]string{"comparison customer", "comparison customers"},
		buyer:         [2]string{"comparison buyer", "comparison buyers"},
		months: [12]string{
			"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
			"December",
		},
	}
}

// deutsch says the same as [english], in the same order.
func deutsch() words {
	return words{
		works:         "Es wirkt%s: %s je Kunde (mit %s Sicherheit %s bis %s), insgesamt %s (%s bis %s)",
		hurts:         "Es schadet und sollte enden%s: %s je Kunde (mit %s Sicherheit %s bis %s), insgesamt %s (%s bis %s)",
		anyLook:       ", gemessen mit einer Spanne, die an jedem Tag gilt",
		noEffect:      "Keine Wirkung über %s je Kunde (mit %s Sicherheit %s bis %s), insgesamt wären das höchstens %s",
		early:         "Noch zu früh: Das Urteil kommt am %s; %s der Zeitfenster sind um",
		earlyUndated:  "Noch zu früh: %s der Zeitfenster sind um",
		few:           "Nicht bewiesen, zu wenige Kunden",
		missing:       "; noch nötig: %s",
		and:           " und ",
		noVariance:    "; die Ergebnisse unterscheiden sich zu wenig für einen Vergleich",
		imprecise:     "Nicht bewiesen, noch zu ungenau",
		settles:       ": Etwa %s weitere Kunden im Vergleich brächten Klarheit",
		possible:      "; möglich ist alles von %s bis %s je Kunde (mit %s Sicherheit)",
		pool:          "; das Urteil lässt sich auch mit anderen Kampagnen dieser Art gemeinsam lesen",
		sampleRatio:   "Nicht auswertbar: Die Gruppen sind nicht so groß, wie sie ausgelost wurden; ihr Unterschied muss nicht von der Mail kommen",
		notReconciled: "Nicht auswertbar: Gespeicherte Gruppen, Mails oder Zahlen widersprechen sich; ihr Unterschied muss nicht von der Mail kommen",
		smallSample:   " (kleine Stichprobe)",
		undecided:     "Noch kein Urteil",
		date:          "%d. %s %d",
		customer:      [2]string{"Kunde im Vergleich", "Kunden im Vergleich"},
		buyer:         [2]string{"Käufer im Vergleich", "Käufer im Vergleich"},
		months: [12]string{
			"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
			"Dezember",
		},
	}
}
