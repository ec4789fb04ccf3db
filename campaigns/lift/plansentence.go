package lift

import (
	"fmt"
	"math"
	"strings"
)

// planWords are the phrases of a planner in one language; figures come in the order of the comments.
type planWords struct {
	offer    string // mailed of how many, day, visible from, price, gain
	free     string // the same without a price: mailed of how many, day, visible from
	everyone string
	refused  string // mailed of how many, what is missing
	chance   string // effect, cases of 100
	hundred  string // mailed of 100
	warnings map[Reason]string
	parts    map[int]string // by percent held out
}

func englishPlan() planWords {
	return planWords{
		offer:    "%s: verdict on %s, visible from %s per customer; costs at most %s if the mail brings %s per customer",
		free:     "%s: verdict on %s, visible from %s per customer",
		everyone: ". Everybody gets newsletter and service mail.",
		refused:  "%s: no verdict to be had, too few customers; missing in two years of entries: %s.",
		chance:   "If the mail brings %s per customer, %s of 100 such campaigns would show it.",
		hundred:  "%s in 100",
		warnings: map[Reason]string{
			SmallShare:       "With less than a fifth held out the range is at least a quarter wider than with half.",
			SmallSample:      "Fewer than 100 buyers in the comparison: a small sample.",
			SkewedDifference: "A few large buyers decide here: the range will be cautious, and small effects stay hidden.",
			OnlyLargeEffects: "Only an effect above half of the usual amount per customer would be visible.",
		},
		parts: map[int]string{
			50: "One in two", 33: "Two in three", 25: "Three in four", 20: "Four in five", 10: "Nine in ten", 5: "19 in 20",
		},
	}
}

func germanPlan() planWords {
	return planWords{
		offer:    "%s: Urteil am %s, sichtbar ab %s je Kunde; kostet höchstens %s, wenn die Mail %s je Kunde bringt",
		free:     "%s: Urteil am %s, sichtbar ab %s je Kunde",
		everyone: ". Newsletter und Service bekommt jeder.",
		refused:  "%s: Kein Urteil möglich, zu wenige Kunden; nach zwei Jahren fehlen noch: %s.",
		chance:   "Bringt die Mail %s je Kunde, sähe man das bei %s von 100 solchen Kampagnen.",
		hundred:  "%s von 100",
		warnings: map[Reason]string{
			SmallShare:       "Mit weniger als einem Fünftel im Vergleich ist die Spanne mindestens ein Viertel breiter als mit der Hälfte.",
			SmallSample:      "Weniger als 100 Käufer im Vergleich: eine kleine Stichprobe.",
			SkewedDifference: "Wenige große Käufe entscheiden hier: Die Spanne fällt vorsichtig aus, und kleine Wirkungen bleiben verborgen.",
			OnlyLargeEffects: "Nur eine Wirkung über der Hälfte des üblichen Betrags je Kunde wäre sichtbar.",
		},
		parts: map[int]string{
			50: "Jeder Zweite", 33: "Zwei von drei", 25: "Drei von vier", 20: "Vier von fünf", 10: "Neun von zehn", 5: "19 von 20",
		},
	}
}

// OfferSentence offers a choice with its day, its sight and its price, in German ("de", "de-AT" ...) or else in
// English: nobody chooses a method, but a day and a price can be weighed.
func (l Launch) OfferSentence(c Choice, language, isoCurrency string) string {
	w, p := planWriter(language, isoCurrency)
	mailed := p.mailed(c.Share, language)
	if c.Refused != "" {
		return fmt.Sprintf(p.refused, mailed, w.needs(c.Needs))
	}
	day, visible := w.date(c.VerdictOn), w.money(c.MDE)
	// Without an assumed gain there is no price, and "at most 0" would be wrong.
	if !(c.Price > 0) {
		return fmt.Sprintf(p.free, mailed, day, visible) + p.everyone
	}
	return fmt.Sprintf(p.offer, mailed, day, visible, w.totals(c.Price)[0], w.rounded(l.Gain)) + p.everyone
}

// ChanceSentence says how often an effect of the size asked would be seen, "" where nobody asked or none can be.
func (l Launch) ChanceSentence(c Choice, language, isoCurrency string) string {
	if l.Effect == 0 || c.Refused != "" {
		return ""
	}
	w, p := planWriter(language, isoCurrency)
	return fmt.Sprintf(p.chance, w.rounded(l.Effect), FormatNumber(math.Floor(100*c.Chance), 0, language))
}

// WarningSentences say what the reader of a choice should know before choosing it, one sentence each.
func (c Choice) WarningSentences(language string) []string {
	_, p := planWriter(language, "")
	var texts []string
	for _, r := range c.Warnings {
		texts = append(texts, p.warnings[r])
	}
	return texts
}

func planWriter(language, isoCurrency string) (writer, planWords) {
	if german(language) {
		return writer{language: language, currency: isoCurrency, words: deutsch()}, germanPlan()
	}
	return writer{language: language, currency: isoCurrency, words: english()}, englishPlan()
}

// mailed says a share as people count: two in three.
func (p planWords) mailed(share float64, language string) string {
	if text, ok := p.parts[int(math.Floor(100*share+1e-9))]; ok && math.Abs(100*share-math.Round(100*share)) < 0.4 {
		return text
	}
	return fmt.Sprintf(p.hundred, FormatNumber(math.Round(100*(1-share)), 0, language))
}

// rounded drops the decimals of a whole amount: what somebody assumes is not measured to the cent.
func (w writer) rounded(amount float64) string {
	if amount == math.Trunc(amount) {
		return FormatWhole(amount, w.language, w.currency)
	}
	return w.money(amount)
}

// needs lists what a gate lacks.
func (w writer) needs(n Needs) string {
	var parts []string
	if n.ControlCustomers > 0 {
		parts = append(parts, FormatNumber(float64(n.ControlCustomers), 0, w.language)+" "+plural(n.ControlCustomers, w.words.customer))
	}
	if n.ControlBuyers > 0 {
		parts = append(parts, FormatNumber(float64(n.ControlBuyers), 0, w.language)+" "+plural(n.ControlBuyers, w.words.buyer))
	}
	return strings.Join(parts, w.words.and)
}
