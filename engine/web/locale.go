package web

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"

	"treue/campaigns/lift"
)

// locale writes words, numbers, money and dates the way one language does.
type locale struct {
	language string
	zone     *time.Location
	currency string // ISO 4217
}

// functions are what templates can call.
func (l locale) functions() template.FuncMap {
	return template.FuncMap{
		"t": l.text, "title": l.title, "count": l.count, "percent": l.percent, "money": l.money, "gain": l.gain, "whole": l.whole,
		"date": l.date, "moment": l.moment,
	}
}

// text returns a phrase of the catalogue. A missing key is an error, so that no page shows one.
func (l locale) text(key string, args ...any) (string, error) {
	p, ok := lookUp(key)
	if !ok {
		return "", fmt.Errorf("no phrase %q", key)
	}
	format := p.en
	if l.language == german {
		format = p.de
	}
	if len(args) == 0 {
		return format, nil
	}
	return fmt.Sprintf(format, args...), nil
}

// say is text for keys that the code names itself.
func (l locale) say(key string, args ...any) string {
	text, err := l.text(key, args...)
	if err != nil {
		return key // a test holds that this does not happen
	}
	return text
}

// title is a phrase, or else the text itself: some pages are named after a record.
func (l locale) title(keyOrName string) string {
	if text, err := l.text(keyOrName); err == nil {
		return text
	}
	return keyOrName
}

// count writes a whole number.
func (l locale) count(n any) string {
	return lift.FormatNumber(number(n), 0, l.language)
}

// number takes the integers that pages have.
func number(n any) float64 {
	switch v := n.(type) {
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return math.NaN()
}

// percent writes a share from 0 to 1 in whole per cent. It is cut: 99.6 % are not all.
func (l locale) percent(share float64) string {
	return lift.FormatNumber(math.Floor(share*100+1e-9), 0, l.language) + " %"
}

// decimal writes a number with so many decimals.
func (l locale) decimal(x float64, decimals int) string {
	return lift.FormatNumber(x, decimals, l.language)
}

// money writes an amount in major units, on one line.
func (l locale) money(amount float64) string {
	return strings.ReplaceAll(lift.FormatMoney(amount, l.language, l.currency), " ", "\u00a0")
}

// gain is money with a plus before a gain.
func (l locale) gain(amount float64) string {
	if amount > 0 {
		return "+" + l.money(amount)
	}
	return l.money(amount)
}

// whole is a gain without decimals where it has grown beyond them.
func (l locale) whole(amount float64) string {
	if math.Abs(amount) < 100 {
		return l.gain(amount)
	}
	text := strings.ReplaceAll(lift.FormatWhole(amount, l.language, l.currency), " ", "\u00a0")
	if amount > 0 {
		text = "+" + text
	}
	return text
}

// date writes a calendar day of the shop.
func (l locale) date(t time.Time) string {
	if l.language == german {
		return t.In(l.zone).Format("02.01.2006")
	}
	return t.In(l.zone).Format("2 Jan 2006")
}

// moment writes a day and its time of day.
func (l locale) moment(t time.Time) string {
	return l.date(t) + ", " + t.In(l.zone).Format("15:04")
}
