package templates

import (
	"slices"
	"strconv"
	"strings"
)

// nbsp keeps an amount and its currency on one line.
const nbsp = "\u00a0"

// Format writes the amount as readers of the language are used to: "12,50 €" in
// German, "€12.50" in English. The space is a no-break space.
func (m Money) Format(language string) string {
	digits := minorDigits(m.Currency)
	thousands, point := ",", "."
	if language == german {
		thousands, point = ".", ","
	}
	number := group(m.Minor, digits, thousands, point)
	sign := ""
	if m.Minor < 0 {
		sign = "-"
	}
	symbol := currencySymbol(m.Currency)
	if language == german {
		return sign + number + nbsp + symbol
	}
	if symbol == m.Currency {
		symbol += nbsp
	}
	return sign + symbol + number
}

// group writes the absolute amount with separators.
func group(minor int64, digits int, thousands, point string) string {
	text := strconv.FormatUint(magnitude(minor), 10)
	if len(text) <= digits {
		text = strings.Repeat("0", digits-len(text)+1) + text
	}
	whole, fraction := text[:len(text)-digits], text[len(text)-digits:]
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + thousands + whole[i:]
	}
	if digits == 0 {
		return whole
	}
	return whole + point + fraction
}

// magnitude is the absolute value, also of the smallest integer.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// minorDigits is the number of decimal places, after ISO 4217.
func minorDigits(currency string) int {
	switch {
	case slices.Contains([]string{"JPY", "KRW", "ISK", "CLP", "VND", "XAF", "XOF"}, currency):
		return 0
	case slices.Contains([]string{"BHD", "KWD", "OMR", "TND", "JOD"}, currency):
		return 3
	default:
		return 2
	}
}

// currencySymbol is the sign readers know, else the ISO code itself.
func currencySymbol(currency string) string {
	switch currency {
	case "EUR":
		return "€"
	case "USD":
		return "$"
	case "GBP":
		return "£"
	case "JPY":
		return "¥"
	default:
		return currency
	}
}
