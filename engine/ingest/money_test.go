package ingest

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMoney(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]int64{
		"0": 0, "0.00": 0, "-0.0": 0, "00": 0, "1": 100, "12.5": 1250, "12.50": 1250, "12,50": 1250, "0012.50": 1250, "0.1": 10,
		"22.200000000000003": 2220, "22.2049999": 2220, "22.205": 2221, "22.20500": 2221, "0.004": 0, "0.005": 1, "0.995": 100,
		"99.995": 10000, "139.12": 13912, "1234.567": 123457, "0,125": 13, "1.4210854715202004e-14": 0, "-1e-14": 0,
		"1e3": 100_000, "1.5E+2": 15_000, "9999999999999.99": 999_999_999_999_999, "10000000000000": maxMinor,
	} {
		if got, err := newParser(berlin(t), ',').money(cell); err != nil || got != want {
			t.Errorf("money(%q) = %d, %v; want %d", cell, got, err, want)
		}
	}
}

func TestMoneyRefuses(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"-1":                       "is negative",
		"-0.005":                   "is negative",
		"1.234,50":                 "separator too many: write 1234.50",
		"1,234.50":                 "separator too many",
		"1.234.567":                "separator too many",
		"1 234,50":                 "separator too many",
		"1'234.50":                 "separator too many",
		"1\u202f234,50":            "separator too many",
		"1,234":                    "can be read in two ways: write 1234.00 or 1.23",
		"999,999":                  "two ways",
		".5":                       "is not a number",
		"5.":                       "is not a number",
		"12,50 €":                  "without a currency sign",
		"€12.50":                   "without a currency sign",
		"EUR 12":                   "is not a number",
		"+1":                       "is not a number",
		"--1":                      "is not a number",
		"-":                        "is not a number",
		",":                        "is not a number",
		"abc":                      "is not a number",
		"1e":                       "is not a number",
		"e5":                       "is not a number",
		"1e5e5":                    "is not a number",
		"0x1p4":                    "is not a number",
		"0x1e4":                    "is not a number",
		"NaN":                      "is not a number",
		"Inf":                      "is not a number",
		"Infinity":                 "is not a number",
		"1e300":                    "is not a number",
		"1e1000000000":             "is not a number",
		"١٢":                       "is not a number",
		"10000000000000.01":        "is too large",
		"9223372036854775807":      "is too large",
		"9223372036854775808":      "is too large",
		strings.Repeat("9", 1<<20): "is too large",
	} {
		got, err := newParser(berlin(t), ',').money(cell)
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 500 {
			t.Errorf("money(%.40q) = %d, %v; want an error with %q", cell, got, err, want)
		}
	}
}

// TestMoneyByDelimiter holds that a dot before three digits is refused only where it may separate thousands.
func TestMoneyByDelimiter(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		delimiter rune
		cell      string
		want      int64 // -1: refused
	}{
		{',', "1.234", 123},
		{0, "1.234", 123},
		{';', "1.234", -1},
		{'\t', "1.234", -1},
		{';', "0.125", 13},
		{';', "1234.567", 123457},
		{';', "1.2345", 123},
		{';', "1.23", 123},
		{';', "12.345", -1},
		{';', "1,23", 123},
	} {
		got, err := newParser(berlin(t), tt.delimiter).money(tt.cell)
		if (err != nil) != (tt.want < 0) || err == nil && got != tt.want {
			t.Errorf("with %q, money(%q) = %d, %v; want %d", tt.delimiter, tt.cell, got, err, tt.want)
		}
	}
}

func TestMoneyByCurrency(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]int64{"EUR": 1250, "eur": 1250, "CHF": 1250, "JPY": 13, "KWD": 12500} {
		o := berlin(t)
		o.Currency = code
		if got, err := newParser(o, ',').money("12.5"); err != nil || got != want {
			t.Errorf("12.5 %s = %d, %v; want %d", code, got, err, want)
		}
	}
}

// TestMoneyProperties compares with exact arithmetic, and holds that every amount survives being written.
func TestMoneyProperties(t *testing.T) {
	t.Parallel()
	p := newParser(berlin(t), ',')
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, maxMinor).Draw(t, "amount")
		written := fmt.Sprintf("%d.%02d", amount/100, amount%100)
		for _, cell := range []string{written, strings.Replace(written, ".", ",", 1), written + "0000001"} {
			if got, err := p.money(cell); err != nil || got != amount {
				t.Fatalf("money(%q) = %d, %v; want %d", cell, got, err, amount)
			}
		}
		noisy := strconv.FormatFloat(float64(amount%1e9)/100+rapid.Float64Range(-1e-6, 1e-6).Draw(t, "noise"), 'g', -1, 64)
		got, err := p.money(noisy)
		if want := exact(noisy); err != nil && !want.negative || err == nil && got != want.minor {
			t.Fatalf("money(%q) = %d, %v; want %+v", noisy, got, err, want)
		}
	})
}

type exactly struct {
	minor    int64
	negative bool
}

// exact rounds a decimal text half away from zero with big rationals.
func exact(text string) exactly {
	value, _ := new(big.Rat).SetString(text)
	cents := new(big.Rat).Mul(value, big.NewRat(100, 1))
	cents.Add(cents, big.NewRat(int64(cents.Sign()), 2))
	whole := new(big.Int).Quo(cents.Num(), cents.Denom())
	return exactly{whole.Int64(), whole.Sign() < 0}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	p := newParser(berlin(t), ';')
	for cell, want := range map[string]float64{"1": 1, "0": 0, "0.25": 0.25, "1,5": 1.5, "2.0000": 2, "-0": 0, "1.000": math.NaN(), "-1": math.NaN(), "1000000": 1e6, "1000001": math.NaN(), "x": math.NaN()} {
		got, err := quantity(p, cell)
		if (err != nil) != math.IsNaN(want) || err == nil && got != want {
			t.Errorf("quantity(%q) = %v, %v; want %v", cell, got, err, want)
		}
	}
	for cell, want := range map[string]float64{"0.19": 0.19, "19": 0.19, "19%": 0.19, "19 %": 0.19, "7,00": 0.07, "19.000": 0.19, "0": 0, "0.5%": 0.005, "101": math.NaN(), "-7": math.NaN(), "%": math.NaN()} {
		got, err := p.share(cell)
		if (err != nil) != math.IsNaN(want) || err == nil && math.Abs(got-want) > 1e-15 {
			t.Errorf("share(%q) = %v, %v; want %v", cell, got, err, want)
		}
	}
}
