package lift

import (
	"math"
	"strconv"
	"strings"

	"golang.org/x/text/currency"
)

// minus is the typographic minus sign: a hyphen would read as a dash between the two ends of a range.
const minus = "\u2212"

// FormatMoney writes an amount in major units the way people of a language do: "1.234,50 €" (de), "€1,234.50" (any
// other). Currencies without minor units get no decimals (ISO 4217), and less than one minor unit shows two more.
func FormatMoney(amount float64, language, isoCurrency string) string {
	decimals := minorDigits(isoCurrency)
	if unit := math.Pow10(-decimals); amount != 0 && math.Abs(amount) < unit {
		decimals += 2
	}
	return formatMoney(amount, decimals, language, isoCurrency)
}

// FormatWhole writes an amount without decimals, for totals.
func FormatWhole(amount float64, language, isoCurrency string) string {
	return formatMoney(amount, 0, language, isoCurrency)
}

// FormatNumber writes a number with the language's separators: "1.234,5" (de), "1,234.5" (any other).
func FormatNumber(x float64, decimals int, language string) string {
	thousands, point := ",", "."
	if german(language) {
		thousands, point = ".", ","
	}
	digits := strconv.FormatFloat(math.Abs(x), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(digits, ".")
	var b strings.Builder
	if x < 0 && strings.Trim(digits, "0.") != "" { // nobody wants to read "-0.00"
		b.WriteString(minus)
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(thousands)
		}
		b.WriteRune(digit)
	}
	if fraction != "" {
		b.WriteString(point + fraction)
	}
	return b.String()
}

// formatMoney puts sign, symbol and number in the language's order.
func formatMoney(amount float64, decimals int, language, isoCurrency string) string {
	number := FormatNumber(amount, decimals, language)
	symbol := symbolOf(isoCurrency)
	if german(language) {
		return number + " " + symbol
	}
	sign := ""
	if rest, ok := strings.CutPrefix(number, minus); ok {
		sign, number = minus, rest
	}
	if symbol == isoCurrency {
		symbol += " "
	}
	return sign + symbol + number
}

// signed puts a plus before a gain; only the difference itself carries one, its limits do not.
func signed(amount float64, text string) string {
	if amount > 0 {
		return "+" + text
	}
	return text
}

// symbolOf gives the sign of the currencies shops here use; letters are clear for all others, and "$" for the
// Australian dollar would not be.
func symbolOf(isoCurrency string) string {
	switch isoCurrency {
	case "EUR":
		return "€"
	case "GBP":
		return "£"
	case "USD":
		return "$"
	}
	return isoCurrency
}

// minorDigits is 2 for codes nobody has registered: a wrong currency should not change the number.
func minorDigits(isoCurrency string) int {
	unit, err := currency.ParseISO(isoCurrency)
	if err != nil {
		return 2
	}
	digits, _ := currency.Standard.Rounding(unit)
	return digits
}

// german covers the regional forms, too; all other languages read the English report.
func german(language string) bool { return strings.HasPrefix(strings.ToLower(language), "de") }
