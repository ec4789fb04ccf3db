package report

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"treue/campaigns/lift"
)

// Locale writes words, numbers, money and dates the way one language does.
type Locale struct {
	Language string // de, or else English
	Zone     *time.Location
	Currency string // ISO 4217
}

// german reports which of two texts [Locale.say] takes.
func (l Locale) german() bool { return strings.HasPrefix(l.Language, "de") }

// say is a text in the reader's language. Both take their arguments in the same order.
func (l Locale) say(de, en string, args ...any) string {
	format := en
	if l.german() {
		format = de
	}
	return fmt.Sprintf(format, args...)
}

// Count writes a whole number.
func (l Locale) Count(n int64) string { return lift.FormatNumber(float64(n), 0, l.Language) }

// Decimal writes a number with so many decimals.
func (l Locale) Decimal(x float64, decimals int) string {
	return lift.FormatNumber(x, decimals, l.Language)
}

// Percent writes a share from 0 to 1 in whole per cent. It is cut: 99.6 % are not all.
func (l Locale) Percent(share float64) string {
	return lift.FormatNumber(math.Floor(share*100+1e-9), 0, l.Language) + "\u00a0%"
}

// Rate writes a share from 0 to 1 with one decimal, rounded.
func (l Locale) Rate(share float64) string {
	if math.IsNaN(share) {
		return "–"
	}
	return lift.FormatNumber(share*100, 1, l.Language) + "\u00a0%"
}

// Change writes a relative change: +12,3 %.
func (l Locale) Change(x float64) string {
	if x > 0 {
		return "+" + l.Rate(x)
	}
	return l.Rate(x)
}

// Money writes an amount in major units, on one line.
func (l Locale) Money(amount float64) string {
	return unbroken(lift.FormatMoney(amount, l.Language, l.Currency))
}

// Gain is Money with a plus before a gain.
func (l Locale) Gain(amount float64) string { return plus(amount, l.Money(amount)) }

// Whole is Gain without decimals where the amount has grown beyond them.
func (l Locale) Whole(amount float64) string { return plus(amount, l.total(amount)) }

// total is money without decimals where the amount has grown beyond them.
func (l Locale) total(amount float64) string {
	if math.Abs(amount) < 100 {
		return l.Money(amount)
	}
	return unbroken(lift.FormatWhole(amount, l.Language, l.Currency))
}

// Totals writes both ends of a range of totals, both with decimals or both without.
func (l Locale) Totals(low, high float64) (lowText, highText string) {
	if math.Max(math.Abs(low), math.Abs(high)) >= 100 {
		return unbroken(lift.FormatWhole(low, l.Language, l.Currency)), unbroken(lift.FormatWhole(high, l.Language, l.Currency))
	}
	return l.Money(low), l.Money(high)
}

// Label is money on an axis, where round amounts need no decimals.
func (l Locale) Label(amount float64) string {
	if amount == math.Trunc(amount) {
		return unbroken(lift.FormatWhole(amount, l.Language, l.Currency))
	}
	return l.Money(amount)
}

// Range writes both ends of an interval.
func (l Locale) Range(low, high string) string { return l.say("%s bis %s", "%s to %s", low, high) }

// Date writes a calendar day of the shop.
func (l Locale) Date(t time.Time) string {
	if l.german() {
		return t.In(l.Zone).Format("02.01.2006")
	}
	return t.In(l.Zone).Format("2 Jan 2006")
}

// Moment writes a day and its time of day.
func (l Locale) Moment(t time.Time) string { return l.Date(t) + ", " + t.In(l.Zone).Format("15:04") }

// Month writes a month and its year.
func (l Locale) Month(t time.Time) string {
	t = t.In(l.Zone)
	if !l.german() {
		return t.Format("January 2006")
	}
	names := [...]string{
		"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember",
	}
	return names[t.Month()-1] + t.Format(" 2006")
}

// PValue writes a p value; one that is too small for three decimals is not 0.
func (l Locale) PValue(p float64) string {
	if p < 0.001 {
		return "p < " + l.Decimal(0.001, 3)
	}
	return "p = " + l.Decimal(p, 3)
}

// QValue writes an adjusted p-value; one that is too small for three decimals is not 0.
func (l Locale) QValue(q float64) string {
	if q < 0.001 {
		return "< " + l.Decimal(0.001, 3)
	}
	return l.Decimal(q, 3)
}

// luck says how many useless campaigns in a hundred would look like this or better: half the two-sided p.
func (l Locale) luck(pValue float64) string {
	if n := pValue / 2 * 100; n >= 1 {
		return l.say("etwa %s von 100", "about %s in 100", l.Decimal(math.Round(n), 0))
	}
	return l.say("weniger als 1 von 100", "fewer than 1 in 100")
}

func plus(amount float64, text string) string {
	if amount > 0 {
		return "+" + text
	}
	return text
}

var signAfter = regexp.MustCompile(`(\d) ([€%£$])`)

// unbroken keeps an amount and the sign after it on one line.
func unbroken(text string) string { return signAfter.ReplaceAllString(text, "${1}\u00a0$2") }
