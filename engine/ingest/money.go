package ingest

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxMinor is the greatest amount in minor units. Ten thousand of them still add up without an overflow, and
// every one is exact as a float64.
const maxMinor = 1_000_000_000_000_000

// money returns an amount in minor units of the shop's currency, rounded half away from zero: exports carry
// noise such as 22.200000000000003. Negative amounts are refused.
func (p *parser) money(cell string) (int64, error) { return p.fixed(cell, p.decimals) }

// fixed returns a decimal number in units of its last decimal place that is kept, rounded half away from zero and at
// most maxMinor. Negative ones are refused.
func (p *parser) fixed(cell string, decimals int) (int64, error) {
	whole, fraction, negative, err := decimal(cell)
	if err == nil {
		err = p.unambiguous(cell, whole, fraction)
	}
	if err != nil {
		return 0, err
	}
	amount := int64(0)
	for i := range len(whole) + decimals {
		// Past maxMinor the amount stays too large, whatever follows.
		amount = min(amount, maxMinor+1)*10 + int64(digitAt(whole, fraction, i))
	}
	if digitAt(whole, fraction, len(whole)+decimals) >= 5 {
		amount++
	}
	switch {
	case amount > maxMinor:
		return 0, fmt.Errorf("%s is too large", quote(cell))
	case negative && amount > 0:
		return 0, fmt.Errorf("%s is negative", quote(cell))
	}
	return amount, nil
}

// digitAt returns the i-th digit of a decimal number, 0 after its end.
func digitAt(whole, fraction string, i int) byte {
	switch {
	case i < len(whole):
		return whole[i] - '0'
	case i-len(whole) < len(fraction):
		return fraction[i-len(whole)] - '0'
	}
	return 0
}

// number returns a decimal number that is not negative and at most limit.
func (p *parser) number(cell string, limit float64) (float64, error) {
	whole, fraction, negative, err := decimal(cell)
	if err == nil && limit >= 1000 {
		err = p.unambiguous(cell, whole, fraction)
	}
	if err != nil {
		return 0, err
	}
	value, err := strconv.ParseFloat(whole+"."+fraction, 64)
	switch {
	case err != nil || value > limit:
		return 0, fmt.Errorf("%s is too large, at most %v is possible", quote(cell), limit)
	case negative && value > 0:
		return 0, fmt.Errorf("%s is negative", quote(cell))
	}
	return value, nil
}

// share returns a tax rate as a share; 19 and 19 % are 0.19.
func (p *parser) share(cell string) (float64, error) {
	number, percent := strings.CutSuffix(cell, "%")
	rate, err := p.number(strings.TrimSpace(number), 100)
	if percent || rate > 1 {
		rate /= 100
	}
	return rate, err
}

// decimal takes a decimal number apart: the digits before and after the separator, a dot or a comma.
func decimal(cell string) (whole, fraction string, negative bool, err error) {
	text, negative := strings.CutPrefix(cell, "-")
	if strings.ContainsAny(text, "eE") {
		if text, err = spelledOut(text); err != nil {
			return "", "", false, fmt.Errorf("%s is not a number: write 1234.50", quote(cell))
		}
	}
	whole, fraction = text, ""
	at := strings.IndexAny(text, ".,")
	if at >= 0 {
		whole, fraction = text[:at], text[at+1:]
	}
	switch {
	case digits(whole) && (at < 0 || digits(fraction)):
	case grouped(text):
		return "", "", false, fmt.Errorf("%s has a separator too many: write 1234.50, without separators between thousands", quote(cell))
	default:
		return "", "", false, fmt.Errorf("%s is not a number: write 1234.50, without a currency sign", quote(cell))
	}
	return whole, fraction, negative, nil
}

// grouped reports whether a text is groups of digits with something between them.
func grouped(text string) bool {
	const separators = ".,' \u00a0\u202f"
	isSeparator := func(r rune) bool { return strings.ContainsRune(separators, r) }
	return strings.Trim(text, "0123456789"+separators) == "" && len(strings.FieldsFunc(text, isSeparator)) > 1
}

// unambiguous refuses what may have its separator between thousands instead of before decimals. A comma always
// may; a dot only in a file whose delimiter speaks for decimal commas.
func (p *parser) unambiguous(cell, whole, fraction string) error {
	if len(fraction) != 3 || len(whole) > 3 || whole[0] == '0' || !(p.german || strings.Contains(cell, ",")) {
		return nil
	}
	return fmt.Errorf("%s can be read in two ways: write %s%s.00 or %s.%s", quote(cell), whole, fraction, whole, fraction[:2])
}

// spelledOut writes a number such as 1.4e-14 without its exponent. Programs write noise around zero that way.
func spelledOut(text string) (string, error) {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(value, 0) || value > math.MaxInt64 || !digits(text[:1]) || strings.ContainsAny(text, "xX_pP") {
		return "", errors.New("not a number")
	}
	return strconv.FormatFloat(value, 'f', 20, 64), nil
}
