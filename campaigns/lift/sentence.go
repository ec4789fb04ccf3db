package lift

import (
	"fmt"
	"math"
	"time"
)

// Sentence says a verdict in one plain sentence for a manager, in German ("de", "de-AT" ...) or else in English.
// Amounts are in the currency's own writing and never stand without their range.
func Sentence(v Verdict, e Estimate, language, isoCurrency string) string {
	return speaker(language, isoCurrency).sentence(v, e)
}

// AloneSentence is Sentence without its remark that the campaign can be read together with others: for a whole kind, and
// for readers who are told with which.
func AloneSentence(v Verdict, e Estimate, language, isoCurrency string) string {
	w := speaker(language, isoCurrency)
	w.words.pool = ""
	return w.sentence(v, e)
}

func speaker(language, isoCurrency string) writer {
	if german(language) {
		return writer{language: language, currency: isoCurrency, words: deutsch()}
	}
	return writer{language: language, currency: isoCurrency, words: english()}
}

func (w writer) sentence(v Verdict, e Estimate) string {
	text := w.body(v, e)
	if v.SmallSample && (v.Code == Works || v.Code == Hurts || v.Code == NoLargerEffect) {
		text += w.words.smallSample
	}
	return text + "."
}

// writer puts figures into the words of one language.
type writer struct {
	language, currency string
	words              words
}

// body is the sentence without its full stop.
func (w writer) body(v Verdict, e Estimate) string {
	switch v.Code {
	case NotTrustworthy:
		return w.distrust(v.Reason)
	case Works, Hurts:
		return w.effect(v, e)
	case TooEarly:
		return w.early(v)
	case TooFew:
		return w.few(v, e)
	case NoLargerEffect:
		return fmt.Sprintf(w.words.noEffect, w.money(v.Bound), w.level(e.Level), w.money(e.PrintLow), w.money(e.PrintHigh),
			w.totals(v.Bound * float64(e.Treated))[0])
	}
	return w.words.undecided
}

// distrust names the cause and no figure: whoever sees one remembers it, whatever stands beside it.
func (w writer) distrust(r Reason) string {
	if r == SampleRatio {
		return w.words.sampleRatio
	}
	return w.words.notReconciled
}

// effect names the difference with the interval the verdict rests on.
func (w writer) effect(v Verdict, e Estimate) string {
	format := w.words.works
	if v.Code == Hurts {
		format = w.words.hurts
	}
	diff, low, high, level, look := e.Diff, e.PrintLow, e.PrintHigh, e.Level, ""
	if v.Reason == AnyLook {
		diff, low, high, level, look = v.Sequence.Diff, v.Sequence.Low, v.Sequence.High, v.Sequence.Level, w.words.anyLook
	}
	n := float64(e.Treated)
	total := w.totals(diff*n, low*n, high*n)
	return fmt.Sprintf(format, look, signed(diff, w.money(diff)), w.level(level), w.money(low), w.money(high),
		signed(diff, total[0]), total[1], total[2])
}

// early names the day and no figure: a difference in open windows is nobody's result yet.
func (w writer) early(v Verdict) string {
	over := w.level(v.MaturedShare)
	if v.KnownOn.IsZero() {
		return fmt.Sprintf(w.words.earlyUndated, over)
	}
	return fmt.Sprintf(w.words.early, w.date(v.KnownOn), over)
}

// few says what is missing and, where there is a range, what it leaves possible.
func (w writer) few(v Verdict, e Estimate) string {
	text := w.words.few + w.missing(v)
	if v.Reason == TooImprecise {
		text = w.words.imprecise
		if v.Needs.ControlCustomers > 0 {
			text += fmt.Sprintf(w.words.settles, FormatNumber(float64(v.Needs.ControlCustomers), 0, w.language))
		}
	}
	if e.Defined() {
		text += fmt.Sprintf(w.words.possible, w.money(e.PrintLow), w.money(e.PrintHigh), w.level(e.Level))
	}
	return text + w.words.pool
}

// missing lists what a gate lacks; with an undefined estimate there is nothing to count.
func (w writer) missing(v Verdict) string {
	parts := w.needs(v.Needs)
	if parts == "" {
		return w.words.noVariance
	}
	return fmt.Sprintf(w.words.missing, parts)
}

func plural(n int64, forms [2]string) string {
	if n == 1 {
		return forms[0]
	}
	return forms[1]
}

func (w writer) money(x float64) string { return FormatMoney(x, w.language, w.currency) }

// totals drops the decimals if an amount has grown beyond them, unless another would then read as nothing: a call whose
// range ends at "€0" would contradict itself.
func (w writer) totals(amounts ...float64) []string {
	smallest, largest := math.Inf(1), 0.0
	for _, x := range amounts {
		largest = math.Max(largest, math.Abs(x))
		if x != 0 {
			smallest = math.Min(smallest, math.Abs(x))
		}
	}
	texts := make([]string, len(amounts))
	for i, x := range amounts {
		texts[i] = w.money(x)
		if largest >= 100 && smallest >= 1 {
			texts[i] = FormatWhole(x, w.language, w.currency)
		}
	}
	return texts
}

// level writes a share as a whole percentage. It is cut, not rounded: 99.6 % of the windows are not all of them.
func (w writer) level(share float64) string {
	return FormatNumber(math.Floor(share*100+1e-9), 0, w.language) + " %"
}

// date writes the calendar day of the time's own zone.
func (w writer) date(t time.Time) string {
	return fmt.Sprintf(w.words.date, t.Day(), w.words.months[t.Month()-1], t.Year())
}
