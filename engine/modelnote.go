package engine

import (
	"fmt"

	"treue/engine/store"
	"treue/rules/clv"
)

// ModelNote says, de or en, that values rest on less than the model of purchases that was asked for, and on what instead;
// "" where that model was fitted.
func ModelNote(m *store.Model, language string) string {
	weeks := fmt.Sprintf("%.0f", m.Params["hiatus"])
	var de, en string
	switch clv.Outcome(m.Outcome) {
	case clv.OutcomeConverged, clv.OutcomeSingular, "":
		return ""
	case clv.OutcomeDegenerate:
		de = "Nach den Bestellungen dieses Shops scheint kaum jemand je wegzubleiben; das kann kein Modell des Abwanderns deuten. Gerechnet ist mit dem Kauftempo allein (NBD), und wer länger als %s Wochen schweigt, gilt als weg."
		en = "By the orders of this shop hardly anybody ever seems to leave, which no model of leaving can read. Values rest on the pace of buying alone (NBD), and who is silent for more than %s weeks counts as gone."
	case clv.OutcomeTooFew:
		de = "Für ein Modell haben noch zu wenige Kunden wieder bestellt. Gerechnet ist mit dem Kauftempo allein (NBD), und wer länger als %s Wochen schweigt, gilt als weg."
		en = "Too few customers have ordered again for a model yet. Values rest on the pace of buying alone (NBD), and who is silent for more than %s weeks counts as gone."
	case clv.OutcomeNotConverged, clv.OutcomeAtStart:
		de = "Das Modell ließ sich an diese Bestellungen nicht anpassen. Gerechnet ist mit dem Kauftempo allein (NBD), und wer länger als %s Wochen schweigt, gilt als weg."
		en = "The model could not be fitted to these orders. Values rest on the pace of buying alone (NBD), and who is silent for more than %s weeks counts as gone."
	}
	if language == "de" {
		return fmt.Sprintf(de, weeks)
	}
	return fmt.Sprintf(en, weeks)
}
